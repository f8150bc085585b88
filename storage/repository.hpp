// The plain verbs for any table: what needs no more than a resource's declaration.
#pragma once

#include "storage/query.hpp"

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

/// One round trip; without `known_count` the rows are counted too.
task<result<page>> list(database& db, const resource& of, shape shown, conditions where, std::string order,
                        int size, std::int64_t offset,
                        std::optional<std::int64_t> known_count = std::nullopt);

/// A row as an object. Empty if there is none.
task<result<rows>> get_row(database& db, const resource& of, uuid id);
template <class T> task<result<std::optional<T>>> get(database& db, const resource& of, uuid id) {
    auto found = co_await get_row(db, of, id);
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<T> object;
    if (!found->empty() && !read_object(found->front(), of.fields, &object.emplace()))
        co_return fail(errc::internal, std::string(of.table) + " holds what its fields cannot");
    co_return object;
}

/// Inserts the columns with any of `flags`; the new id.
task<result<uuid>> insert(database& db, const resource& of, unsigned flags, const void* object);
/// Changes the columns in `changed` that have any of `flags`; false if there is no such row.
task<result<bool>> update(database& db, const resource& of, unsigned flags, uuid id, const void* object,
                          field_set changed);
/// False if there was no such row.
task<result<bool>> remove(database& db, const resource& of, uuid id);

} // namespace mvp::storage
