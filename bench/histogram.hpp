// Latencies with three significant digits in constant memory, as HDR histograms keep them (Debian packages
// none).
#pragma once

#include <cstdint>
#include <vector>

namespace mvp::bench {

class histogram {
  public:
    histogram();
    void add(std::uint64_t microseconds);
    void merge(const histogram& other);
    /// The value (µs) at or below which `fraction` (0…1) of all lie; 0 when empty.
    std::uint64_t quantile(double fraction) const;
    std::uint64_t count() const { return count_; }
    std::uint64_t max() const { return max_; }

  private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0, max_ = 0;
};

} // namespace mvp::bench
