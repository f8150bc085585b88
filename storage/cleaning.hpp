// Deletes rows that are of no use any more, some of which hold addresses and links: log-outs of tokens that
// have expired, phone codes that have expired, events that were done a week ago, mails and text messages that
// were sent or given up a month ago, and who looked at a thread in an hour that is over. What waits stays,
// however old.
#pragma once

#include "storage/async.hpp"
#include "storage/postgres/database.hpp"

namespace mvp::storage {

/// At most this many rows of a table are deleted at once, so that nobody waits long for them.
inline constexpr std::size_t cleaning_batch = 1000;

/// One batch of each table, each a transaction of its own; true: there may be more. Any number of processes
/// at once: none waits for rows that another one deletes or that are being changed.
task<result<bool>> clean(database& db);

} // namespace mvp::storage
