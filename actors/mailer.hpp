// Writes the mails about notifications when they are due: at once, after a user's quiet hours, or in his
// digest (storage/notification_mails.hpp); sender.hpp sends them. One actor a process; any number of
// processes share the work.
//
// It looks when a delivery of this process put something down, and every second for what has become due.
#pragma once

#include "storage/notification_mails.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace mvp::actors {

class system;

struct mailer_counts {
    std::uint64_t written = 0;  ///< mails
    std::uint64_t dropped = 0;  ///< items that were not wanted any more
    storage::backlog waiting{}; ///< of all processes, some seconds ago
};

class mailer {
  public:
    /// Construct before `db` starts: it listens there. Both must outlive it.
    mailer(system& actors, storage::database& db, storage::mail_links links);
    ~mailer(); ///< stop()
    mailer(const mailer&) = delete;
    mailer& operator=(const mailer&) = delete;

    /// Finishes what it writes. Not on a loop, while the loops run.
    void stop();

    mailer_counts counts() const; ///< any thread

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
