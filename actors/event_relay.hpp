// Turns committed events into notifications, soon and at least once: the outbox' reader. One actor a process;
// any number of processes may drain at once.
//
// It looks when told so: by commits of this process and by wake(), and twice a second for what other
// processes committed and did not live to deliver. What it made it announces to the inboxes, here and on the
// other processes.
#pragma once

#include "storage/notifications.hpp"

#include <cstdint>
#include <memory>

namespace mvp::actors {

class inboxes;
class system;

struct relay_counts {
    std::uint64_t delivered = 0; ///< events done by this process
    std::uint64_t made = 0;      ///< notifications made of them
    std::uint64_t failures = 0;  ///< rounds that failed
    std::uint64_t put_aside = 0; ///< single events that failed and wait for another attempt
    double lag_seconds = 0;      ///< how long the oldest event of the last round had waited
};

class relay {
  public:
    /// Construct before `db` starts: it listens there. All three must outlive it. `watcher` sees every event
    /// (see deliver_events()); cached answers fall there.
    relay(system& actors, storage::database& db, inboxes& announce_to, storage::event_watcher watcher = {});
    ~relay(); ///< stop()
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    /// There may be rows in the outbox. Any thread, cheap, after the commit.
    void wake();
    /// Finishes the round it is in; waits for it. Not on a loop; before inboxes::stop(), while the loops run.
    void stop();

    relay_counts counts() const; ///< any thread

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
