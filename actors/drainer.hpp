// Works off a table of things to do, round after round: when told that there is something, as long as a round
// says that there is more, and every now and then in case that a word was lost. Rounds that fail are repeated
// after growing pauses. The event relay, the senders
// of mails and of text messages, and the cleaner are one each.
#pragma once

#include "storage/async.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace mvp::actors {

class system;

struct drainer_options {
    std::chrono::milliseconds tick{1000}; ///< looks at least this often
    std::size_t parallel = 1;             ///< rounds at once, when there is much
    /// After failures. The longest is short: notifications follow 2 s after the database is back.
    std::chrono::milliseconds shortest_pause{100}, longest_pause{1000};
};

class drainer {
  public:
    /// One round; true: there may be more. Runs on some loop; only take what no other process has taken.
    using round = std::function<task<result<bool>>()>;

    drainer(system& actors, std::string name, round work, drainer_options options = {});
    ~drainer(); ///< stop()
    drainer(const drainer&) = delete;
    drainer& operator=(const drainer&) = delete;

    /// Any thread, cheap; many at once make one round.
    void wake();
    /// Begins no more rounds and waits for those that run (10 s at most). Not on a loop, while the loops run.
    void stop();

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
