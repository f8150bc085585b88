#include "storage/notification_preferences.hpp"

#include "storage/query.hpp"

#include <date/tz.h>
#include <fmt/format.h>

namespace mvp::storage {
namespace {

/// Inserts the row or, if it is there, locks it; either way it is returned.
const statement& find_or_make() {
    static const statement one(
        fmt::format("INSERT INTO notification_preferences AS p (user_id) VALUES ($1)"
                    " ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id RETURNING {}",
                    select_list(notification_preference_shown, "p")));
    return one;
}

constexpr field_table table = notification_preference_fields;

/// `values` where `present`, else what is stored.
notification_preference merged(const row& stored, const notification_preference& values,
                               const field_set& present) {
    notification_preference all;
    read_object(stored, table, &all); // what is shown is the whole table, in its order
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (!present.test(i))
            continue;
        std::string text;
        const bool has_value = table[i].to_text(&values, text);
        const std::string_view view = text;
        table[i].from_text(&all, has_value ? &view : nullptr);
    }
    return all;
}

result<> check_quiet_hours(const notification_preference& p) {
    constexpr auto needed = "This field is required when quiet hours are enabled.";
    if (p.quiet_hours_enabled && !p.quiet_hours_start)
        return fail(error::invalid("quiet_hours_start", needed));
    if (p.quiet_hours_enabled && !p.quiet_hours_end)
        return fail(error::invalid("quiet_hours_end", needed));
    return {};
}

} // namespace

task<result<rows>> notification_preferences(database& db, uuid user) {
    static const statement find(fmt::format("SELECT {} FROM notification_preferences p WHERE p.user_id = $1",
                                            select_list(notification_preference_shown, "p")));
    auto found = co_await db.query(find, parameters(user));
    if (!found || !found->empty())
        co_return found;
    co_return co_await db.execute(find_or_make(), parameters(user));
}

task<result<rows>> update_notification_preferences(database& db, uuid user, notification_preference values,
                                                   field_set present) {
    static const auto set = update_sql(notification_preferences_resource, flag::updated, "p");
    static const statement update(fmt::format(
        "UPDATE notification_preferences p SET updated_at = now(), {} WHERE p.user_id = ${} RETURNING {}",
        set.text, set.next_place, select_list(notification_preference_shown, "p")));
    // Under the row's lock, since what is valid depends on what is stored.
    co_return co_await db.transact([&](transaction& t) -> task<result<rows>> {
        auto stored = co_await t.query(find_or_make(), parameters(user));
        if (!stored)
            co_return fail(std::move(stored.error()));
        if (auto good = check_quiet_hours(merged(stored->front(), values, present)); !good)
            co_return fail(std::move(good.error()));
        auto p = update_values(table, flag::updated, &values, present);
        p.add(user);
        co_return co_await t.query(update, std::move(p));
    });
}

bool is_time_zone(std::string_view name) {
    try {
        return date::locate_zone(std::string(name)) != nullptr;
    } catch (const std::runtime_error&) {
        return false;
    }
}

} // namespace mvp::storage
