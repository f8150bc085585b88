// The plain verbs for any table: what needs no more than a resource's declaration.
#pragma once

#include "storage/query.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mvp::storage {

/// A row after a change (none: no such row), and the files that nothing refers to any more.
struct changed_row {
    rows shown{};
    std::vector<std::string> dropped{};
};

/// Rows of a page (perhaps more than asked for, see page_bound) and how many there are in all.
struct page {
    rows items;
    std::int64_t count = 0;
    std::vector<rows> inner{}; ///< for each item what its shape's `many` shows, if the shape has one
};

/// One round trip; without `known_count` the rows are counted too. `size` 0: all of them.
task<result<page>> list(database& db, const resource& of, shape shown, conditions where, std::string order,
                        int size, std::int64_t offset,
                        std::optional<std::int64_t> known_count = std::nullopt);

/// Whose row it is that a statement finds, and whether others see it: its two columns. Empty: no such row.
task<result<std::optional<ownership>>> find_ownership(database& db, const statement& find, parameters with);

/// One row's change by change_row_sql().
task<result<changed_row>> change_row(database& db, const resource& of, shape shown, unsigned flags, uuid id,
                                     const void* object, field_set what);
/// The files of the row that is gone; empty: there was none.
task<result<std::optional<std::vector<std::string>>>> remove_row(database& db, const resource& of, uuid id);

/// False if there was no such row.
task<result<bool>> remove(database& db, const resource& of, uuid id);

} // namespace mvp::storage
