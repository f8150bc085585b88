// The steady clock to about four milliseconds, at a fraction of its price: for what every request asks.
#pragma once

#include <cstdint>
#include <time.h>

namespace mvp {

/// Nanoseconds; comparable with itself only.
inline std::int64_t coarse_now() noexcept {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

} // namespace mvp
