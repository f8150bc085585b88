#include "storage/repository.hpp"

#include <fmt/format.h>

namespace mvp::storage {

task<result<page>> list(database& db, const resource& of, shape shown, conditions where, std::string order,
                        int size, std::int64_t offset, std::optional<std::int64_t> known_count) {
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

task<result<std::optional<ownership>>> find_ownership(database& db, const statement& find, uuid id) {
    auto found = co_await db.query(find, parameters(id));
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

task<result<bool>> remove(database& db, const resource& of, uuid id) {
    auto erase = prepared(fmt::format("DELETE FROM {} WHERE id = $1", of.table));
    auto done = co_await db.execute(erase, parameters(id));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return done->affected() > 0;
}

} // namespace mvp::storage
