// The forum's categories in PostgreSQL: everybody sees the active ones, staff see and write all of them.
#pragma once

#include "storage/model/forum.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mvp::storage::forum_categories {

/// By name; `size` 0: all of them.
task<result<page>> list(database& db, viewer by, std::string search, int size = 0, std::int64_t offset = 0);
/// No row: not there, or not for these eyes.
task<result<rows>> find(database& db, uuid id, viewer by);

/// errc::invalid with the sentence that clients know if the name is taken.
task<result<rows>> create(database& db, forum_category c);
task<result<changed_row>> update(database& db, uuid id, forum_category c, field_set what);
/// Threads in it have none from then on. Files that nothing refers to any more; empty: no such category.
task<result<std::optional<std::vector<std::string>>>> remove(database& db, uuid id);

} // namespace mvp::storage::forum_categories
