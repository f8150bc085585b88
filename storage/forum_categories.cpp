#include "storage/forum_categories.hpp"

#include <fmt/format.h>

namespace mvp::storage::forum_categories {
namespace {

constexpr const resource& of = forum_categories_resource;

error known_conflict(error e) {
    if (e.code == errc::conflict && e.constraint == "forum_categories_name_key")
        return error::invalid("name", "forum category with this name already exists.");
    return e;
}

} // namespace

task<result<page>> list(database& db, viewer by, std::string search, int size, std::int64_t offset) {
    conditions where;
    if (!by.staff)
        where.add("k.is_active");
    add_search(where, "k.search_text", search);
    std::string order(of.default_order);
    co_return co_await storage::list(db, of, forum_category_shown, std::move(where), std::move(order), size,
                                     offset);
}

task<result<rows>> find(database& db, uuid id, viewer by) {
    static const statement by_id(select_sql(of, forum_category_shown) +
                                 "k.id = $1 AND (k.is_active OR $2::boolean)");
    co_return co_await db.query(by_id, parameters(id, by.staff));
}

task<result<rows>> create(database& db, forum_category c) {
    static const statement add(fmt::format("WITH k AS ({} RETURNING *) SELECT {} FROM k",
                                           insert_sql(of, flag::created),
                                           select_list(forum_category_shown, "k")));
    auto made = co_await db.execute(add, insert_values(of.fields, flag::created, &c));
    if (!made)
        co_return fail(known_conflict(std::move(made.error())));
    co_return made;
}

task<result<changed_row>> update(database& db, uuid id, forum_category c, field_set what) {
    auto changed = co_await change_row(db, of, forum_category_shown, flag::updated, id, &c, what);
    if (!changed)
        co_return fail(known_conflict(std::move(changed.error())));
    co_return changed;
}

task<result<std::optional<std::vector<std::string>>>> remove(database& db, uuid id) {
    return remove_row(db, of, id);
}

} // namespace mvp::storage::forum_categories
