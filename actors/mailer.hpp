// Sends the mails that wait in their table. One actor a process; any number of processes may send at once.
#pragma once

#include "storage/mails.hpp"

#include <cstdint>
#include <memory>

namespace mvp::actors {

class system;

struct mailer_counts {
    std::uint64_t sent = 0, postponed = 0, failed = 0;
};

class mailer {
  public:
    /// Construct before `db` starts: it listens there. `send` runs on a loop and must not block it. Without a
    /// mail server construct none: mails stay in the table.
    mailer(system& actors, storage::database& db, storage::mail_sender send);
    ~mailer(); ///< stop()
    mailer(const mailer&) = delete;
    mailer& operator=(const mailer&) = delete;

    /// There may be mails. Any thread, cheap, after the commit.
    void wake();
    /// Waits for those that are being sent. Not on a loop, while the loops run.
    void stop();

    mailer_counts counts() const; ///< any thread

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
