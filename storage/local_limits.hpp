// The rate limiter's memory while Redis is away: the moments that each key used lately, bounded. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mvp::storage {

class local_limits {
  public:
    using clock = std::chrono::steady_clock;

    /// `bound`: how many moments are remembered, about; keys that were not used lately are forgotten first.
    explicit local_limits(std::size_t bound) : half_(bound / 2 + 1) {}

    /// Zero: allowed, and counted. Else how long until the next one would be.
    clock::duration take(const std::string& key, int count, clock::duration per, clock::time_point now) {
        if (count <= 0)
            return per;
        std::lock_guard lock(mutex_);
        auto& moments = recall(key);
        const auto first =
            std::find_if(moments.begin(), moments.end(), [&](auto m) { return m + per > now; });
        young_moments_ -= static_cast<std::size_t>(first - moments.begin());
        moments.erase(moments.begin(), first);
        if (moments.size() >= static_cast<std::size_t>(count))
            return moments.front() + per - now;
        moments.push_back(now);
        if (++young_moments_ + young_.size() > half_)
            rotate();
        return {};
    }

    std::size_t keys() const {
        std::lock_guard lock(mutex_);
        return young_.size() + old_.size();
    }

  private:
    std::vector<clock::time_point>& recall(const std::string& key) {
        if (auto node = old_.extract(key)) {
            young_moments_ += node.mapped().size();
            return young_.insert(std::move(node)).position->second;
        }
        return young_[key];
    }
    void rotate() {
        std::swap(young_, old_);
        young_.clear();
        young_moments_ = 0;
    }

    const std::size_t half_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::vector<clock::time_point>> young_, old_;
    std::size_t young_moments_ = 0;
};

} // namespace mvp::storage
