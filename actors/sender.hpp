// Sends what waits in a table until another server has taken it: mails, text messages. One actor a process
// and table; any number of processes may send at once.
#pragma once

#include "storage/send_queue.hpp"

#include <cstdint>
#include <memory>

namespace mvp::actors {

class system;

struct sender_counts {
    std::uint64_t sent = 0, postponed = 0, failed = 0;
};

class sender {
  public:
    /// Sends one, if any is due; on a loop, which it must not block.
    using deliver = std::function<task<result<storage::send_outcome>>()>;

    /// Construct before `db` starts: it listens there to inserts into `table`. Without a server to send to
    /// construct none: rows stay in the table.
    sender(system& actors, storage::database& db, std::string table, deliver one);
    ~sender(); ///< stop()
    sender(const sender&) = delete;
    sender& operator=(const sender&) = delete;

    /// There may be something to send. Any thread, cheap, after the commit.
    void wake();
    /// Waits for what is being sent. Not on a loop, while the loops run.
    void stop();

    sender_counts counts() const; ///< any thread

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
