// One making for many askers: the first who asks for a key makes the value, those who ask meanwhile wait for
// his. Any thread; everybody resumes on his own loop.
#pragma once

#include "storage/cache.hpp"
#include "storage/suspend.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mvp::storage {

class single_flight {
  public:
    using outcome = result<cached_body_ptr>;

    class flight {
      public:
        /// Waits for the leader; he lands when his maker ends, whose own deadlines bound the wait.
        task<outcome> wait(std::shared_ptr<flight> self) {
            co_await suspend([&self](continuation c) {
                std::unique_lock lock(self->mutex_);
                if (self->outcome_) {
                    lock.unlock();
                    return c.post();
                }
                self->waiting_.push_back(std::move(c));
            });
            co_return *self->outcome_; // not written again
        }

      private:
        friend class single_flight;
        std::mutex mutex_;
        std::optional<outcome> outcome_;
        std::vector<continuation> waiting_;
    };
    using flight_ptr = std::shared_ptr<flight>;

    struct boarding {
        flight_ptr which;
        bool leads; ///< the caller must make the value and land() it
    };

    boarding join(std::string_view tag, std::string_view variant) {
        std::lock_guard lock(mutex_);
        auto& slot = flights_[std::string(tag)][std::string(variant)];
        const bool leads = !slot;
        if (leads)
            slot = std::make_shared<flight>();
        return {slot, leads};
    }

    /// Hands the outcome to everybody who waits.
    void land(std::string_view tag, std::string_view variant, const flight_ptr& which, outcome value) {
        forget(tag, variant, which);
        std::vector<continuation> waiting;
        {
            std::lock_guard lock(which->mutex_);
            which->outcome_ = std::move(value);
            waiting.swap(which->waiting_);
        }
        for (auto& c : waiting)
            c.post();
    }

    /// Those who ask from now on do not join what is under way: it may have read what was before.
    void detach(std::string_view tag) {
        std::lock_guard lock(mutex_);
        if (const auto found = flights_.find(tag); found != flights_.end())
            flights_.erase(found);
    }
    void detach_all() {
        std::lock_guard lock(mutex_);
        flights_.clear();
    }

  private:
    void forget(std::string_view tag, std::string_view variant, const flight_ptr& which) {
        std::lock_guard lock(mutex_);
        const auto of_tag = flights_.find(tag);
        if (of_tag == flights_.end())
            return;
        const auto found = of_tag->second.find(variant);
        if (found != of_tag->second.end() && found->second == which)
            of_tag->second.erase(found);
        if (of_tag->second.empty())
            flights_.erase(of_tag);
    }

    std::mutex mutex_;
    std::map<std::string, std::map<std::string, flight_ptr, std::less<>>, std::less<>> flights_;
};

} // namespace mvp::storage
