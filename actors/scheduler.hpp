// The actor system: CAF's actors run on the loops (one event loop a core), so that a request and the actor it
// asks share a thread and a round trip costs no wake-up of another one.
//
// How it works: a CAF scheduler module (scheduler.cpp) gives each loop an execution unit. What becomes ready
// on a loop is queued there and run by one deferred handler a loop turn; what becomes ready elsewhere is
// posted over. One more thread keeps CAF's clock for delayed messages.
#pragma once

#include "storage/loop.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace caf {
class actor_system;
}

namespace mvp::actors {

struct system_options {
    std::size_t asks_per_loop =
        8192; ///< answers waited for on a loop; an ask beyond it gets errc::unavailable
};

/// Upper bounds, in seconds, of the buckets that actors' runs are counted in; a run handles one or more
/// messages.
inline constexpr std::array<double, 10> run_buckets{1e-6, 2e-6, 5e-6, 1e-5, 2e-5,
                                                    5e-5, 1e-4, 1e-3, 1e-2, 1e-1};

struct system_counts {
    std::uint64_t runs = 0;           ///< times an actor was given the thread
    std::uint64_t asks = 0;           ///< begun
    std::uint64_t asks_in_flight = 0; ///< now
    std::uint64_t asks_refused = 0;   ///< beyond the bound
    std::uint64_t asks_late = 0;      ///< deadline passed
    // One run in 64 is timed.
    std::array<std::uint64_t, run_buckets.size() + 1>
        timed_runs{}; ///< not cumulative; the last: longer than all
    double timed_seconds = 0;
};

class unit; // a loop's part of the system (actors/unit.hpp)

/// One a process (tests may have several, each on loops of its own). Construct it before the loops start or
/// while they run, stop() it while they still run.
class system {
  public:
    explicit system(loops& all, system_options options = {});
    ~system(); ///< stop()
    system(const system&) = delete;
    system& operator=(const system&) = delete;

    /// Fails the asks that wait, refuses new ones, and waits until every actor has ended. Whoever spawned
    /// actors ends them first. Not on a loop.
    void stop();

    /// Calls `what` on loop 0 again and again, `period` after the last call ended, until stop().
    void every(std::chrono::milliseconds period, std::function<void()> what);

    caf::actor_system& caf();
    loops& all() { return all_; }
    system_counts counts() const; ///< any thread

  private:
    loops& all_;
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace mvp::actors
