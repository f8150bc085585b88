// Drives HTTP load from one thread: closed loop (each connection asks again when answered) or open loop
// (requests begin on a fixed schedule, and their latency counts from when they should have begun, so that a
// stall is not hidden).
#pragma once

#include "bench/generator.hpp"
#include "bench/histogram.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>

namespace mvp::bench {

struct load_options {
    unsigned short port = 0;
    int connections = 64;
    std::chrono::milliseconds warm_up{1000}, duration{5000};
    double rate = 0; ///< requests/s of an open loop; 0: closed loop
    /// Takes a processor whole. Else who answers pays for waking us, but only if he is slow: a quick rival
    /// finds us awake.
    bool never_sleeps = false;
};

struct load_result {
    std::uint64_t requests = 0; ///< answered while measuring
    std::uint64_t errors = 0;   ///< answers of 500 and more, and lost connections
    std::uint64_t refused = 0;  ///< answers of 400 to 499
    double seconds = 0;
    histogram latency; ///< µs
    double per_second() const { return seconds > 0 ? static_cast<double>(requests) / seconds : 0; }
};

/// Runs on the calling thread. `measuring(true)` is called when the warm-up is over, `measuring(false)` at
/// the end: read the CPU clocks there.
load_result run_load(const load_options& options, generator& source,
                     const std::function<void(bool)>& measuring);

} // namespace mvp::bench
