#include "bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mvp::bench {
namespace {

// 1024 linear buckets below 1024 µs, then 512 a doubling: every value is kept to 0.2 %.
constexpr unsigned linear_bits = 10;
constexpr std::uint64_t linear = 1u << linear_bits;
constexpr std::uint64_t half = linear / 2;
constexpr unsigned doublings = 24; // up to about five hours

std::size_t index_of(std::uint64_t v) {
    if (v < linear)
        return v;
    const unsigned shift = std::bit_width(v) - linear_bits;
    if (shift > doublings)
        return linear + half * doublings - 1;
    return linear + (shift - 1) * half + (v >> shift) - half;
}

std::uint64_t value_of(std::size_t index) {
    if (index < linear)
        return index;
    const std::uint64_t beyond = index - linear;
    const unsigned shift = static_cast<unsigned>(beyond / half) + 1;
    return (half + beyond % half) << shift;
}

} // namespace

histogram::histogram() : buckets_(linear + half * doublings) {}

void histogram::add(std::uint64_t microseconds) {
    ++buckets_[index_of(microseconds)];
    ++count_;
    max_ = std::max(max_, microseconds);
}

void histogram::merge(const histogram& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

std::uint64_t histogram::quantile(double fraction) const {
    if (count_ == 0)
        return 0;
    const auto rank = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= std::max<std::uint64_t>(rank, 1))
            return std::min(value_of(i), max_);
    }
    return max_;
}

} // namespace mvp::bench
