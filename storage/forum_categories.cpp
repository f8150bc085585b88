#include "storage/forum_categories.hpp"

#include <fmt/format.h>

namespace mvp::storage::forum_categories {
namespace {

conditions conditions_for(const viewer& by, const std::string& search) {
    conditions where;
    if (!by.staff)
        where.add("k.is_active");
    add_search(where, "k.search_text", search);
    return where;
}

error known_conflict(error e) {
    if (e.code == errc::conflict && e.constraint == "forum_categories_name_key")
        return error::invalid("name", "forum category with this name already exists.");
    return e;
}

} // namespace

task<result<rows>> all(database& db, viewer by, std::string search) {
    auto where = conditions_for(by, search);
    auto text = prepared(
        fmt::format("{}{} ORDER BY {}", select_sql(forum_categories_resource, forum_category_shown),
                    where.text().empty() ? "true" : where.text(), forum_categories_resource.default_order));
    co_return co_await db.query(text, std::move(where.values));
}

task<result<page>> list(database& db, viewer by, std::string search, int size, std::int64_t offset) {
    auto where = conditions_for(by, search);
    std::string order(forum_categories_resource.default_order);
    co_return co_await storage::list(db, forum_categories_resource, forum_category_shown, std::move(where),
                                     std::move(order), size, offset);
}

task<result<rows>> find(database& db, uuid id, viewer by) {
    static const statement by_id(select_sql(forum_categories_resource, forum_category_shown) +
                                 "k.id = $1 AND (k.is_active OR $2::boolean)");
    co_return co_await db.query(by_id, parameters(id, by.staff));
}

task<result<rows>> create(database& db, forum_category c) {
    static const statement add(fmt::format("WITH k AS ({} RETURNING *) SELECT {} FROM k",
                                           insert_sql(forum_categories_resource, flag::created),
                                           select_list(forum_category_shown, "k")));
    auto made = co_await db.execute(add, insert_values(forum_category_fields, flag::created, &c));
    if (!made)
        co_return fail(known_conflict(std::move(made.error())));
    co_return made;
}

task<result<changed_category>> update(database& db, uuid id, forum_category c, field_set changed) {
    static const auto list = update_sql(forum_categories_resource, flag::updated, "k");
    static const statement change(fmt::format(
        "WITH old AS (SELECT id, icon FROM forum_categories WHERE id = ${1} FOR UPDATE) "
        "UPDATE forum_categories k SET {0}, updated_at = now() FROM old WHERE k.id = old.id RETURNING {2}, "
        "CASE WHEN old.icon IS DISTINCT FROM k.icon THEN old.icon END",
        list.text, list.next_place, select_list(forum_category_shown, "k")));
    parameters values = update_values(forum_category_fields, flag::updated, &c, changed);
    values.add(id);
    auto done = co_await db.execute(change, std::move(values));
    if (!done)
        co_return fail(known_conflict(std::move(done.error())));
    changed_category now;
    now.category = *done;
    if (!done->empty())
        now.replaced = done->front().text(static_cast<int>(forum_category_shown.size()));
    co_return now;
}

task<result<std::optional<std::string>>> remove(database& db, uuid id) {
    static const statement erase("DELETE FROM forum_categories WHERE id = $1 RETURNING icon");
    auto done = co_await db.execute(erase, parameters(id));
    if (!done)
        co_return fail(std::move(done.error()));
    std::optional<std::string> icon;
    if (!done->empty())
        icon = std::string(done->front().text(0));
    co_return icon;
}

} // namespace mvp::storage::forum_categories
