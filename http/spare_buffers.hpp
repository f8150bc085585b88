// A loop's buffers for answers that nobody is filling now. Nearly every answer is written at once, so a few
// buffers, warm in the processor's cache, serve all connections of the loop, and an idle one holds none.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mvp::http {

/// Used by its loop alone.
class spare_buffers {
  public:
    static constexpr std::size_t most = 16;              ///< kept
    static constexpr std::size_t least_bytes = 2 * 1024; ///< of each: room for a head and a small body
    static constexpr std::size_t most_bytes = 32 * 1024; ///< of each

    /// An empty one, the last that was given back if there is any.
    std::string take() {
        std::string one;
        if (kept_.empty()) {
            one.reserve(least_bytes);
        } else {
            one = std::move(kept_.back());
            kept_.pop_back();
        }
        return one;
    }
    /// Keeps it, unless it is none, or large, or there are enough.
    void give(std::string&& one) {
        std::string gone = std::move(one);
        if (gone.capacity() < least_bytes || gone.capacity() > most_bytes || kept_.size() == most)
            return;
        gone.clear();
        kept_.push_back(std::move(gone));
    }

  private:
    std::vector<std::string> kept_;
};

} // namespace mvp::http
