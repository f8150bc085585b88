// Which cached answers fall because of what an event is about. Writers drop them themselves, right after
// their commit; the relay does so again before the event is done, in case that the writer's process was
// killed between the two.
#pragma once

#include "storage/cache.hpp"
#include "storage/outbox.hpp"
#include "storage/postgres/database.hpp"

#include <vector>

namespace mvp::storage {

/// A user: his account, what others see of him, and his listings. A car or part: its detail and the count of
/// public ones. A category of parts: their list. Anything else: nothing. With an error only a user's listings
/// may be left.
task<result<>> invalidate(database& db, cache& cache, std::vector<event_subject> about);

} // namespace mvp::storage
