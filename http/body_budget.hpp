// How much memory the request bodies of a process may take together: thousands of clients that each send a
// large one and never end it must not take it all.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace mvp::http {

/// Any thread.
class body_budget {
  public:
    explicit body_budget(std::size_t bytes) : bytes_(bytes) {}
    std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }
    /// False: there is not so much left, and nothing is taken.
    bool take(std::size_t bytes) {
        if (taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_)
            return true;
        give_back(bytes);
        return false;
    }
    void give_back(std::size_t bytes) { taken_.fetch_sub(bytes, std::memory_order_relaxed); }

  private:
    const std::size_t bytes_;
    std::atomic<std::size_t> taken_{0};
};

/// What one connection has taken of it. On its loop.
class body_share {
  public:
    static constexpr std::size_t free_bytes = 16 * 1024; ///< of a body: small ones are not counted

    explicit body_share(std::shared_ptr<body_budget> of) : of_(std::move(of)) {}
    body_share(const body_share&) = delete;
    body_share& operator=(const body_share&) = delete;
    ~body_share() { give_back(); }

    std::size_t taken() const { return taken_; }
    /// Takes what is missing for a body of that many bytes; false: it cannot be had.
    bool grow_to(std::size_t bytes) {
        if (bytes <= free_bytes + taken_)
            return true;
        const auto missing = bytes - free_bytes - taken_;
        if (!of_->take(missing))
            return false;
        taken_ += missing;
        return true;
    }
    void give_back() {
        if (taken_ > 0)
            of_->give_back(std::exchange(taken_, 0));
    }

  private:
    const std::shared_ptr<body_budget> of_;
    std::size_t taken_ = 0;
};

} // namespace mvp::http
