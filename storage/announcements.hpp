// What staff tell everybody: every user who is active gets a notification (if he wants that type), in batches
// in the order of users' ids.
//
// A batch is one transaction that also moves the announcement's mark ("everybody up to this id was told"), so
// a process that is killed midway leaves nobody out, and nobody is told twice. The announcement's row is
// locked meanwhile: several processes take different announcements. Batches do not go through the outbox,
// where whatever happens meanwhile would have to wait behind them.
#pragma once

#include "storage/async.hpp"
#include "storage/model/uuid.hpp"
#include "storage/postgres/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mvp::storage {

struct announcement {
    std::string title, message;
    std::optional<std::string> action_url{}; ///< a path of the site, or a URL
};

/// Queues it; how many users there are to be told: all who are active, without its author.
task<result<std::int64_t>> announce(database& db, uuid author, announcement what);

struct announced {
    bool more = false;         ///< some announcement is not finished
    std::vector<uuid> users{}; ///< who got a notification
};
/// Tells the next `limit` users of the oldest announcement that no other process is working on.
task<result<announced>> announce_some(database& db, std::size_t limit);

} // namespace mvp::storage
