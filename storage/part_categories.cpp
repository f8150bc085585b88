#include "storage/part_categories.hpp"

#include "storage/outbox.hpp"
#include "storage/parts.hpp"

#include <fmt/format.h>

namespace mvp::storage::part_categories {
namespace {

/// One writer at a time: two that hang two categories below each other would not see each other's row.
const statement& lock_all() {
    static const statement text("SELECT pg_advisory_xact_lock(hashtext('part_categories'))");
    return text;
}
/// From here on no part comes into the category.
const statement& lock_one() {
    static const statement text("SELECT id FROM part_categories WHERE id = $1 FOR UPDATE");
    return text;
}

/// CTEs that let what is cached of the category fall, and of the public parts in it, also if this process is
/// killed. `changed` has the category's id; `by` is SQL.
std::string notes_sql(std::string_view changed, std::string_view by) {
    return fmt::format(
        ", noted AS ({}), parts_noted AS ({})",
        insert_silent_event_sql(changed, fmt::format("{}::uuid", by), "'part_category'",
                                fmt::format("{}.id", changed)),
        insert_silent_event_sql(
            fmt::format("parts p, {0} WHERE p.category = {0}.id AND p.status = 'active'", changed),
            "p.seller_id", "'part'", "p.id"));
}

error known_conflict(error e, const part_category& c) {
    if (e.constraint == "part_categories_name_key")
        return error::invalid("name", std::string(name_taken));
    if (e.constraint == "part_categories_parent_category_fkey" && c.parent_category)
        return error::invalid("parent_category", parts::no_such_category(c.parent_category->text()));
    return e;
}

std::vector<std::string> tags_of(const rows& parts_in_it) {
    std::vector<std::string> tags{tag};
    for (std::size_t i = 0; i < parts_in_it.size(); ++i)
        tags.push_back(parts::all().tag_of(parts_in_it[i].id(0)));
    return tags;
}

const statement& parts_in_it() {
    static const statement text("SELECT id FROM parts WHERE category = $1");
    return text;
}

} // namespace

task<result<page>> list(database& db, std::string search, int size, std::int64_t offset) {
    conditions where;
    add_search(where, "t.search_text", search);
    std::string order(part_categories_resource.default_order);
    co_return co_await storage::list(db, part_categories_resource, part_category_shown, std::move(where),
                                     std::move(order), size, offset);
}

task<result<rows>> find(database& db, uuid id) {
    static const statement by_id(select_sql(part_categories_resource, part_category_shown) + "t.id = $1");
    co_return co_await db.query(by_id, parameters(id));
}

task<result<references>> find_references(database& db, std::string name, std::optional<uuid> parent,
                                         std::optional<uuid> except) {
    static const statement ask(
        "SELECT EXISTS (SELECT FROM part_categories WHERE name = $1 AND id IS DISTINCT FROM $3::uuid),"
        " $2::uuid IS NULL OR EXISTS (SELECT FROM part_categories WHERE id = $2::uuid)");
    parameters p(name, parent, except);
    auto found = co_await db.query(ask, std::move(p));
    if (!found)
        co_return fail(std::move(found.error()));
    references r;
    r.name_taken = found->front().boolean(0);
    r.parent_exists = found->front().boolean(1);
    co_return r;
}

task<result<rows>> create(database& db, cache& cache, uuid by, part_category c) {
    static const statement add([] {
        const auto by = fmt::format("${}::uuid", columns_with(part_category_fields, flag::created) + 1);
        return fmt::format("WITH made AS ({} RETURNING *), noted AS ({}) SELECT {} FROM made t",
                           insert_sql(part_categories_resource, flag::created),
                           insert_silent_event_sql("made", by, "'part_category'", "made.id"),
                           select_list(part_category_shown, "t"));
    }());
    parameters values = insert_values(part_category_fields, flag::created, &c);
    values.add(by);
    auto made = co_await db.execute(add, std::move(values));
    if (!made)
        co_return fail(known_conflict(std::move(made.error()), c));
    std::vector<std::string> tags{tag};
    co_await cache.invalidate(std::move(tags));
    co_return made;
}

task<result<changed_row>> update(database& db, cache& cache, uuid id, uuid by, part_category c,
                                 field_set what) {
    // Behind the values of change_row_sql(): its new parent, whose ancestors must not hold it, and the actor.
    static const statement change([] {
        const auto id = update_sql(part_categories_resource, flag::updated, "t").next_place;
        return change_row_sql(
            part_categories_resource, part_category_shown, flag::updated,
            "NOT EXISTS (SELECT FROM above WHERE above.id = t.id)",
            fmt::format(", above AS (SELECT id, parent_category FROM part_categories WHERE id = ${}::uuid"
                        " UNION SELECT u.id, u.parent_category FROM part_categories u"
                        " JOIN above ON u.id = above.parent_category)",
                        id + 1) +
                notes_sql("changed", fmt::format("${}", id + 2)));
    }());
    parameters values = update_values(part_category_fields, flag::updated, &c, what);
    const bool moved = what[position(part_category_fields, "parent_category")];
    values.add(id).add(moved ? c.parent_category : std::nullopt).add(by);
    std::vector<command> commands;
    commands.emplace_back(lock_all());
    commands.emplace_back(lock_one(), parameters(id));
    commands.emplace_back(change, std::move(values));
    commands.emplace_back(parts_in_it(), parameters(id));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(known_conflict(std::move(done.error()), c));
    changed_row now;
    if ((*done)[1].empty())
        co_return now;
    if ((*done)[2].empty())
        co_return fail(error::invalid("parent_category", "A category cannot be below itself."));
    auto tags = tags_of((*done)[3]);
    co_await cache.invalidate(std::move(tags));
    now.shown = (*done)[2];
    now.dropped = files_from(now.shown, static_cast<int>(column_count(part_category_shown)));
    co_return now;
}

task<result<std::optional<std::vector<std::string>>>> remove(database& db, cache& cache, uuid id, uuid by) {
    static const statement erase(fmt::format("WITH gone AS ({}){} SELECT * FROM gone",
                                             remove_row_sql(part_categories_resource),
                                             notes_sql("gone", "$2")));
    std::vector<command> commands;
    commands.emplace_back(lock_all());
    commands.emplace_back(lock_one(), parameters(id));
    commands.emplace_back(parts_in_it(), parameters(id));
    commands.emplace_back(erase, parameters(id, by));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    std::optional<std::vector<std::string>> dropped;
    if ((*done)[3].empty())
        co_return dropped;
    auto tags = tags_of((*done)[2]);
    co_await cache.invalidate(std::move(tags));
    dropped = files_from((*done)[3], 1);
    co_return dropped;
}

} // namespace mvp::storage::part_categories
