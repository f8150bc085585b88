// Works off the announcements of staff (storage/announcements.hpp), batch by batch, and yields: after each it
// rests as long as that took, so that what else happens is delivered as usual. One actor a process; any
// number of processes share the work.
#pragma once

#include "storage/async.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace mvp::storage {
class database;
}

namespace mvp::actors {

class inboxes;
class system;

class announcer {
  public:
    /// Users a batch: their rows are locked for some ten milliseconds, for which notifications to them wait.
    static constexpr std::size_t usual_batch = 250;

    /// Construct before `db` starts: it listens there. All three must outlive it.
    announcer(system& actors, storage::database& db, inboxes& announce_to, std::size_t batch = usual_batch);
    ~announcer(); ///< stop()
    announcer(const announcer&) = delete;
    announcer& operator=(const announcer&) = delete;

    /// Finishes the batch it is in; the rest is for other processes, or the next start. Not on a loop; before
    /// inboxes::stop(), while the loops run.
    void stop();

    std::uint64_t made() const; ///< notifications made by this process; any thread

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
