#include "storage/notification_preferences.hpp"

#include "storage/query.hpp"
#include "storage/zones.hpp"

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

// First, so that mails are not written by what he wanted before.
const statement lock_user("SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE");
// What waits to become a mail is looked at again, by what he wants now.
const statement plan_again("UPDATE mail_items SET due_at = now() WHERE user_id = $1 AND due_at > now()");

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

} // namespace

result<> check_quiet_hours(const row& stored, const notification_preference& values,
                           const field_set& present) {
    constexpr auto needed = "This field is required when quiet hours are enabled.";
    const auto all = merged(stored, values, present);
    if (all.quiet_hours_enabled && !all.quiet_hours_start)
        return fail(error::invalid("quiet_hours_start", needed));
    if (all.quiet_hours_enabled && !all.quiet_hours_end)
        return fail(error::invalid("quiet_hours_end", needed));
    return {};
}

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
        std::vector<command> steps;
        steps.push_back(command(lock_user, parameters(user)));
        steps.push_back(command(find_or_make(), parameters(user)));
        auto stored = co_await t.batch(std::move(steps));
        if (!stored)
            co_return fail(std::move(stored.error()));
        if (auto good = check_quiet_hours((*stored)[1].front(), values, present); !good)
            co_return fail(std::move(good.error()));
        auto p = update_values(table, flag::updated, &values, present);
        p.add(user);
        std::vector<command> changes;
        changes.push_back(command(update, std::move(p)));
        changes.push_back(command(plan_again, parameters(user)));
        auto done = co_await t.batch(std::move(changes));
        if (!done)
            co_return fail(std::move(done.error()));
        co_return (*done)[0];
    });
}

task<result<bool>> turn_off_mails(database& db, uuid user, std::vector<std::string> types) {
    static const statement make(
        "INSERT INTO notification_preferences (user_id) SELECT id FROM users WHERE id = $1 "
        "ON CONFLICT DO NOTHING");
    static const statement turn_off([] {
        std::string set;
        for (const auto name : choice_names<notification_type>)
            set += fmt::format(", email_{0} = email_{0} AND '{0}' <> ALL ($2::text[])", name);
        return fmt::format("UPDATE notification_preferences SET updated_at = now(){} WHERE user_id = $1",
                           set);
    }());
    std::vector<command> steps;
    steps.push_back(command(lock_user, parameters(user)));
    steps.push_back(command(make, parameters(user)));
    steps.push_back(command(turn_off, parameters(user, types)));
    steps.push_back(command(plan_again, parameters(user)));
    auto done = co_await db.execute_batch(std::move(steps));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return (*done)[2].affected() == 1;
}

bool is_time_zone(std::string_view name) {
    return find_zone(name) != nullptr;
}

} // namespace mvp::storage
