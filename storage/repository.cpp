#include "storage/repository.hpp"

#include <fmt/format.h>

namespace mvp::storage {

task<result<page>> list(database& db, const resource& of, shape shown, conditions where, std::string order,
                        int size, std::int64_t offset, std::optional<std::int64_t> known_count) {
    if (size == 0) {
        const auto condition = where.text().empty() ? std::string_view("true") : where.text();
        auto whole = prepared(sorted_sql(of, shown, condition, order));
        auto found = co_await db.query(std::move(whole), std::move(where.values));
        if (!found)
            co_return fail(std::move(found.error()));
        page all;
        all.items = *found;
        all.count = static_cast<std::int64_t>(all.items.size());
        co_return all;
    }
    const auto text = list_sql(of, shown, where, order, page_bound(size));
    parameters values = where.values;
    values.add(offset);
    std::vector<command> commands;
    commands.emplace_back(prepared(text.rows), std::move(values));
    if (!known_count)
        commands.emplace_back(prepared(text.count), std::move(where.values));
    auto done = co_await db.batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    page p;
    p.items = (*done)[0];
    p.count = known_count ? *known_count : (*done)[1].front().integer(0);
    co_return p;
}

task<result<std::optional<ownership>>> find_ownership(database& db, const statement& find, parameters with) {
    auto found = co_await db.query(find, std::move(with));
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<ownership> row;
    if (!found->empty()) {
        row.emplace();
        row->owner = found->front().id(0);
        row->is_public = found->front().boolean(1);
    }
    co_return row;
}

task<result<changed_row>> change_row(database& db, const resource& of, shape shown, unsigned flags, uuid id,
                                     const void* object, field_set what) {
    auto change = prepared(change_row_sql(of, shown, flags));
    parameters values = update_values(of.fields, flags, object, what);
    values.add(id);
    auto done = co_await db.execute(std::move(change), std::move(values));
    if (!done)
        co_return fail(std::move(done.error()));
    changed_row now;
    now.shown = *done;
    now.dropped = files_from(*done, static_cast<int>(column_count(shown)));
    co_return now;
}

task<result<std::optional<std::vector<std::string>>>> remove_row(database& db, const resource& of, uuid id) {
    auto erase = prepared(remove_row_sql(of));
    auto done = co_await db.execute(std::move(erase), parameters(id));
    if (!done)
        co_return fail(std::move(done.error()));
    std::optional<std::vector<std::string>> dropped;
    if (!done->empty())
        dropped = files_from(*done, 1);
    co_return dropped;
}

task<result<bool>> remove(database& db, const resource& of, uuid id) {
    auto erase = prepared(fmt::format("DELETE FROM {} WHERE id = $1", of.table));
    auto done = co_await db.execute(erase, parameters(id));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return done->affected() > 0;
}

} // namespace mvp::storage
