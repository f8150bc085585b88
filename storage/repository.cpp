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

task<result<rows>> get_row(database& db, const resource& of, uuid id) {
    auto find = prepared(fmt::format("{}{}.id = $1", select_all_sql(of), of.alias));
    co_return co_await db.query(find, parameters(id));
}

task<result<uuid>> insert(database& db, const resource& of, unsigned flags, const void* object) {
    auto add = prepared(insert_sql(of, flags) + " RETURNING id");
    auto done = co_await db.execute(add, insert_values(of.fields, flags, object));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return done->front().id(0);
}

task<result<bool>> update(database& db, const resource& of, unsigned flags, uuid id, const void* object,
                          field_set changed) {
    const auto list = update_sql(of, flags, of.alias);
    auto change = prepared(fmt::format("UPDATE {0} {1} SET {2} WHERE {1}.id = ${3}", of.table, of.alias,
                                       list.text, list.next_place));
    parameters values = update_values(of.fields, flags, object, changed);
    values.add(id);
    auto done = co_await db.execute(change, std::move(values));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return done->affected() > 0;
}

task<result<bool>> remove(database& db, const resource& of, uuid id) {
    auto erase = prepared(fmt::format("DELETE FROM {} WHERE id = $1", of.table));
    auto done = co_await db.execute(erase, parameters(id));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return done->affected() > 0;
}

} // namespace mvp::storage
