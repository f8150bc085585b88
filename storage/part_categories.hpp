// Categories of parts: few, written by staff. The whole list is cached (tag "part-categories"), and details
// of parts hold their category, so that a change drops both.
#pragma once

#include "storage/cache.hpp"
#include "storage/model/part.hpp"
#include "storage/repository.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mvp::storage::part_categories {

inline constexpr char tag[] = "part-categories";

/// By name; `size` 0: all, and no count.
task<result<page>> list(database& db, std::string search, int size = 0, std::int64_t offset = 0);
/// No row: no such category.
task<result<rows>> find(database& db, uuid id);

inline constexpr std::string_view name_taken = "part category with this name already exists.";
/// What other rows say about a category that is to be written.
struct references {
    bool name_taken = false, parent_exists = true;
};
/// `except`: the category itself, when it is changed.
task<result<references>> find_references(database& db, std::string name, std::optional<uuid> parent,
                                         std::optional<uuid> except);

/// `by`: the member of staff.
task<result<rows>> create(database& db, cache& cache, uuid by, part_category c);
/// errc::invalid if it would become its own ancestor.
task<result<changed_row>> update(database& db, cache& cache, uuid id, uuid by, part_category c,
                                 field_set what);
/// Files that nothing refers to any more; empty: no such category. Parts and categories in it are in none
/// then.
task<result<std::optional<std::vector<std::string>>>> remove(database& db, cache& cache, uuid id, uuid by);

} // namespace mvp::storage::part_categories
