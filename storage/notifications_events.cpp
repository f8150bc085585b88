// The outbox' events become notifications, and what may become mails.
#include "storage/log.hpp"
#include "storage/model/notification.hpp"
#include "storage/notifications.hpp"
#include "storage/notifications_sql.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace mvp::storage {

std::string wants_sql(std::string_view how, std::string_view type, std::string_view p) {
    static const notification_preference defaults{};
    std::string sql = fmt::format("CASE {} WHEN '{}' THEN false", type, silent_event);
    for (const auto name : choice_names<notification_type>) {
        const auto column = fmt::format("{}_{}", how, name);
        std::string fallback;
        field_table table = notification_preference_fields;
        table[position(table, column)].to_text(&defaults, fallback);
        sql += fmt::format(" WHEN '{}' THEN coalesce({}.{}, '{}')", name, p, column, fallback);
    }
    // Of a type that does not exist nobody can have a wish: the table refuses the row, and the event is put
    // aside.
    return sql + " ELSE true END";
}

std::string notify_sql(std::string_view events) {
    return fmt::format(
        "WITH events AS ({}), wanted AS ("
        "  SELECT e.*, row_number() OVER (PARTITION BY e.recipient ORDER BY e.id) AS nth FROM events e "
        "  JOIN users u ON u.id = e.recipient "
        "  LEFT JOIN notification_preferences p ON p.user_id = e.recipient WHERE {}), "
        "raised AS (UPDATE users u SET notification_seq = u.notification_seq + w.n "
        "  FROM (SELECT recipient, count(*) AS n FROM wanted GROUP BY recipient) w WHERE u.id = w.recipient "
        "  RETURNING u.id, u.notification_seq - w.n AS before), "
        "made AS (INSERT INTO notifications (user_id, seq, notification_type, title, message, "
        "    related_object_type, related_object_id, action_url) "
        "  SELECT w.recipient, r.before + w.nth, w.type, w.title, w.message, w.related_type, w.related_id, "
        "    w.action_url FROM wanted w JOIN raised r ON r.id = w.recipient ORDER BY w.recipient, w.nth "
        "  RETURNING user_id), "
        "mailed AS (INSERT INTO mail_items (user_id, type, title, message, action_url) "
        "  SELECT e.recipient, e.type, e.title, e.message, e.action_url FROM events e "
        "  JOIN users u ON u.id = e.recipient "
        "  LEFT JOIN notification_preferences p ON p.user_id = e.recipient WHERE {} ORDER BY e.id)",
        events, wants_sql("app", "e.type", "p"), wants_sql("email", "e.type", "p"));
}

namespace {

struct taken_events {
    std::vector<std::string> ids;
    std::vector<uuid> recipients; ///< of those that may become notifications
    std::vector<event_subject> about;
    double oldest_seconds = 0;
};

task<result<taken_events>> take(transaction& t, std::size_t limit) {
    static const statement due(
        "SELECT id, recipient, extract(epoch FROM now() - created_at), type, related_type, "
        "related_id, is_news FROM outbox "
        "WHERE done_at IS NULL AND next_attempt_at <= now() "
        "ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED");
    auto got = co_await t.query(due, parameters(static_cast<std::int64_t>(limit)));
    if (!got)
        co_return fail(std::move(got.error()));
    taken_events taken;
    for (std::size_t i = 0; i < got->size(); ++i) {
        const row r = (*got)[i];
        taken.ids.emplace_back(r.text(0));
        if (r.text(3) != silent_event)
            taken.recipients.push_back(r.id(1));
        double seconds = 0;
        std::from_chars(r.text(2).data(), r.text(2).data() + r.text(2).size(), seconds);
        taken.oldest_seconds = std::max(taken.oldest_seconds, seconds);
        if (r.boolean(6))
            continue;
        event_subject subject;
        subject.recipient = r.id(1);
        subject.related_type = r.text(4);
        subject.related_id = r.optional_id(5);
        taken.about.push_back(std::move(subject));
    }
    std::sort(taken.recipients.begin(), taken.recipients.end());
    taken.recipients.erase(std::unique(taken.recipients.begin(), taken.recipients.end()),
                           taken.recipients.end());
    co_return taken;
}

task<result<deliveries>> make_notifications(transaction& t, const taken_events& taken) {
    static const statement lock_users(
        "SELECT id FROM users WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE");
    static const statement make(notify_sql("SELECT * FROM outbox WHERE id = ANY($1::bigint[])") +
                                ", done AS (UPDATE outbox SET done_at = now(), last_error = NULL "
                                "  WHERE id = ANY($1::bigint[])) "
                                "SELECT user_id, count(*) FROM made GROUP BY user_id");
    std::vector<command> steps;
    steps.push_back(command(lock_users, parameters(taken.recipients)));
    steps.push_back(command(make, parameters(taken.ids)));
    auto done = co_await t.batch(std::move(steps));
    if (!done)
        co_return fail(std::move(done.error()));
    deliveries d;
    d.events = static_cast<std::int64_t>(taken.ids.size());
    d.oldest_seconds = taken.oldest_seconds;
    const rows& made = (*done)[1];
    for (std::size_t i = 0; i < made.size(); ++i) {
        d.users.push_back(made[i].id(0));
        d.made += made[i].integer(1);
    }
    co_return d;
}

struct round {
    result<deliveries> done;
    std::vector<std::string> ids; ///< what was taken, also when it failed
};

task<round> deliver_some(database& db, std::size_t limit, const event_watcher& watcher) {
    std::vector<std::string> ids;
    auto body = [&ids, &watcher, limit](transaction& t) -> task<result<deliveries>> {
        auto taken = co_await take(t, limit);
        if (!taken)
            co_return fail(std::move(taken.error()));
        ids = taken->ids;
        if (ids.empty())
            co_return deliveries{};
        if (watcher) {
            auto seen = co_await watcher(std::move(taken->about));
            if (!seen)
                co_return fail(std::move(seen.error()));
        }
        co_return co_await make_notifications(t, *taken);
    };
    auto done = co_await db.transact(body);
    round r{std::move(done), std::move(ids)};
    co_return r;
}

void add(deliveries& sum, const deliveries& one) {
    sum.events += one.events;
    sum.made += one.made;
    sum.oldest_seconds = std::max(sum.oldest_seconds, one.oldest_seconds);
    sum.users.insert(sum.users.end(), one.users.begin(), one.users.end());
}

task<result<>> put_aside(database& db, const std::string& id, const std::string& why) {
    static const statement aside("UPDATE outbox SET attempts = attempts + 1, last_error = left($2, 1000), "
                                 "next_attempt_at = now() + least(interval '1 hour', interval '10 seconds' * "
                                 "power(4, least(attempts, 6))) "
                                 "WHERE id = $1::bigint AND done_at IS NULL");
    log::error("event {} of the outbox cannot be delivered and is put aside: {}", id, why);
    auto done = co_await db.execute(aside, parameters(id, why));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return result<>();
}

} // namespace

task<result<deliveries>> deliver_events(database& db, std::size_t limit, event_watcher watcher) {
    round all = co_await deliver_some(db, limit, watcher);
    if (all.done) {
        all.done->more = all.ids.size() == limit;
        co_return std::move(all.done);
    }
    if (all.done.error().code == errc::unavailable || all.ids.empty())
        co_return std::move(all.done);
    // PostgreSQL refuses one of them: one by one, so that the others need not wait for it.
    deliveries sum;
    sum.more = true;
    for (std::size_t left = all.ids.size(); left > 0; --left) {
        round one = co_await deliver_some(db, 1, watcher);
        if (one.done) {
            add(sum, *one.done);
            continue;
        }
        result<> aside = tl::make_unexpected(one.done.error());
        if (one.done.error().code != errc::unavailable && !one.ids.empty())
            aside = co_await put_aside(db, one.ids.front(), one.done.error().text);
        if (aside)
            ++sum.put_aside;
        else if (sum.events > 0)
            co_return sum; // those must be announced; the rest is tried again
        else
            co_return fail(std::move(aside.error()));
    }
    co_return sum;
}

} // namespace mvp::storage
