// The moderators of the forum's threads on this process as http sees them: respond, vote, change a thread's
// status, note a view.
//
// One actor per thread that somebody writes to (actors/thread_moderator.hpp), and one that notes views
// (actors/view_book.hpp). PostgreSQL decides, so any number of processes may have a moderator of one thread.
#pragma once

#include "actors/messages.hpp"
#include "storage/async.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace mvp::storage {
class database;
}

namespace mvp::actors {

class system;

struct moderators_options {
    bool any_number = false; ///< no refusal of floods: RATE_LIMITS=off
    std::chrono::milliseconds idle{60'000};
    std::size_t limit = 50'000;                 ///< moderators alive; beyond it errc::unavailable
    std::chrono::milliseconds deadline{10'000}; ///< of each question
};

struct moderators_counts {
    std::uint64_t live = 0, waiting = 0, longest_mailbox = 0;
    std::uint64_t batches = 0, written = 0; ///< transactions, and what was asked in them
};

class moderators {
  public:
    /// Both must outlive it.
    moderators(system& actors, storage::database& db, moderators_options options = {});
    ~moderators(); ///< stop()
    moderators(const moderators&) = delete;
    moderators& operator=(const moderators&) = delete;

    /// Writes the views that wait (10 s at most), and ends all. Before system::stop(), while the loops run;
    /// not on one.
    void stop();

    // On a loop; the errors are those of storage/forum.hpp.
    task<result<moderated>> respond(uuid thread, uuid author, std::string content);
    task<result<moderated>> vote(uuid thread, storage::forum::new_vote what);
    task<result<moderated>> change(uuid thread, storage::forum::thread_change what);

    /// Does not wait. Any thread.
    void viewed(uuid thread, std::string viewer);

    moderators_counts counts() const; ///< any thread

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
