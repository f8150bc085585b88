// The forum's categories in PostgreSQL: everybody sees the active ones, staff see and write all of them.
#pragma once

#include "storage/model/forum.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>

namespace mvp::storage::forum_categories {

/// All of them, by name; rows with the columns of forum_category_shown.
task<result<rows>> all(database& db, viewer by, std::string search);
/// A page of them.
task<result<page>> list(database& db, viewer by, std::string search, int size, std::int64_t offset);
/// No row: not there, or not for these eyes.
task<result<rows>> find(database& db, uuid id, viewer by);

/// errc::invalid with the sentence that clients know if the name is taken.
task<result<rows>> create(database& db, forum_category c);
struct changed_category {
    rows category{};        ///< no row: no such category
    std::string replaced{}; ///< the icon that this one replaces; empty: none
};
task<result<changed_category>> update(database& db, uuid id, forum_category c, field_set changed);
/// Threads in it have none from then on. The path of its icon, perhaps empty; no value: no such category.
task<result<std::optional<std::string>>> remove(database& db, uuid id);

} // namespace mvp::storage::forum_categories
