#include "storage/notifications.hpp"

#include "storage/log.hpp"
#include "storage/model/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace mvp::storage {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(at), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

/// "22:30:00"
std::chrono::seconds time_of_day(std::string_view text) {
    int h = 0, m = 0, s = 0;
    if (text.size() >= 8) {
        std::from_chars(text.data(), text.data() + 2, h);
        std::from_chars(text.data() + 3, text.data() + 5, m);
        std::from_chars(text.data() + 6, text.data() + 8, s);
    }
    return std::chrono::hours(h) + std::chrono::minutes(m) + std::chrono::seconds(s);
}

/// "17:6ba7…,18:6ba8…"
std::vector<inbox_state::read_mark> read_marks(std::string_view text) {
    std::vector<inbox_state::read_mark> marks;
    for (const auto& part : split(text, ',')) {
        inbox_state::read_mark mark;
        const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), mark.read_seq);
        if (auto id = uuid::parse(std::string_view(part).substr(end - part.data() + 1)))
            mark.id = *id;
        marks.push_back(mark);
    }
    return marks;
}

} // namespace

std::string notification_columns(std::string_view a) {
    return fmt::format("{0}.id, {0}.notification_type, {0}.title, {0}.message, {0}.is_read, {0}.action_url, "
                       "{0}.created_at, {0}.read_at, {0}.seq",
                       a);
}

notification read_notification(const row& from, int first) {
    notification n;
    n.id = from.id(first);
    n.type = from.text(first + 1);
    n.title = from.text(first + 2);
    n.message = from.text(first + 3);
    n.is_read = from.boolean(first + 4);
    n.action_url = from.optional_text(first + 5);
    n.created_at = from.time(first + 6);
    n.read_at = from.optional_time(first + 7);
    n.seq = from.integer(first + 8);
    return n;
}

void append_json(std::string& out, const notification& n) {
    out += R"({"id":")";
    n.id.append_to(out);
    out += R"(","notification_type":)";
    append_json_text(out, n.type);
    out += R"(,"title":)";
    append_json_text(out, n.title);
    out += R"(,"message":)";
    append_json_text(out, n.message);
    out += n.is_read ? R"(,"is_read":true,"action_url":)" : R"(,"is_read":false,"action_url":)";
    if (n.action_url)
        append_json_text(out, *n.action_url);
    else
        out += "null";
    out += R"(,"created_at":")";
    append_timestamp(out, n.created_at);
    out += R"(","read_at":)";
    if (n.read_at) {
        out += '"';
        append_timestamp(out, *n.read_at);
        out += '"';
    } else {
        out += "null";
    }
    out += fmt::format(R"(,"seq":{}}})", n.seq);
}

// --- what an inbox reads
// ----------------------------------------------------------------------------------------------

task<result<inbox_state>> read_inbox(database& db, uuid user, inbox_query what) {
    // One statement is one moment: the numbers, the count and the rows belong together. A limit of one more
    // than may be replayed tells "too many" from "just as many".
    static const statement read(fmt::format(
        "SELECT u.notification_seq, u.notification_read_seq, unread.count, p.quiet_hours_enabled, "
        "  p.quiet_hours_start, p.quiet_hours_end, p.timezone, reads.marks, news.* "
        "FROM users u "
        "LEFT JOIN notification_preferences p ON p.user_id = u.id "
        "CROSS JOIN LATERAL (SELECT count(*) FROM notifications n WHERE n.user_id = u.id AND NOT n.is_read) "
        "unread "
        "CROSS JOIN LATERAL (SELECT string_agg(m.read_seq || ':' || m.id, ',' ORDER BY m.read_seq, m.seq) AS "
        "marks "
        "  FROM (SELECT n.read_seq, n.seq, n.id FROM notifications n "
        "        WHERE n.user_id = u.id AND n.read_seq > $3::bigint ORDER BY n.read_seq LIMIT {1}) m) reads "
        "LEFT JOIN LATERAL (SELECT {0} FROM notifications n "
        "  WHERE n.user_id = u.id AND n.seq > $2::bigint ORDER BY n.seq LIMIT {1}) news ON true "
        "WHERE u.id = $1 ORDER BY news.seq",
        notification_columns("n"), replay_limit + 1));
    parameters p(user, what.after, what.read_after);
    auto got = co_await db.query(read, std::move(p));
    if (!got)
        co_return fail(std::move(got.error()));
    if (got->empty())
        co_return fail(errc::not_found, "No such user.");
    constexpr int reads_column = 7, news_column = 8;
    const row first = got->front();
    inbox_state state;
    state.seq = first.integer(0);
    state.read_seq = first.integer(1);
    state.unread = first.integer(2);
    state.quiet.enabled = first.boolean(3) && !first.is_null(4) && !first.is_null(5);
    state.quiet.begin = time_of_day(first.text(4));
    state.quiet.end = time_of_day(first.text(5));
    state.quiet.timezone = first.text(6);
    state.reads = read_marks(first.text(reads_column));
    if (!first.is_null(news_column))
        for (std::size_t i = 0; i < got->size(); ++i)
            state.news.push_back(read_notification((*got)[i], news_column));
    state.too_many = state.news.size() > replay_limit || state.reads.size() > replay_limit;
    co_return state;
}

// --- marks
// ------------------------------------------------------------------------------------------------------------

namespace {

// The user's row first, in a statement of its own: the next one then sees all that was committed before it,
// so its count is exact.
const statement lock_user("SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE");

std::string mark_read_sql(std::string_view which) {
    return fmt::format(
        "WITH changed AS ("
        "  UPDATE notifications n SET is_read = true, read_at = clock_timestamp(), "
        "    read_seq = u.notification_read_seq + 1 "
        "  FROM users u WHERE u.id = $1 AND n.user_id = $1 AND NOT n.is_read {0} RETURNING n.id), "
        "numbered AS (UPDATE users SET notification_read_seq = notification_read_seq + 1 "
        "  WHERE id = $1 AND EXISTS (SELECT FROM changed)) "
        "SELECT (SELECT count(*) FROM changed), "
        "  (SELECT count(*) FROM notifications n WHERE n.user_id = $1 {0}), "
        "  (SELECT count(*) FROM notifications n WHERE n.user_id = $1 AND NOT n.is_read) - "
        "  (SELECT count(*) FROM changed)",
        which);
}

} // namespace

task<result<marking>> mark_notifications(database& db, uuid user, std::optional<std::vector<uuid>> ids,
                                         bool read) {
    static const statement read_these(mark_read_sql("AND n.id = ANY($2::uuid[])"));
    static const statement read_all(mark_read_sql("AND NOT n.is_read"));
    static const statement unread_these(
        "WITH changed AS (UPDATE notifications n SET is_read = false, read_at = NULL, read_seq = NULL "
        "  WHERE n.user_id = $1 AND n.is_read AND n.id = ANY($2::uuid[]) RETURNING n.id) "
        "SELECT (SELECT count(*) FROM changed), "
        "  (SELECT count(*) FROM notifications n WHERE n.user_id = $1 AND n.id = ANY($2::uuid[])), "
        "  (SELECT count(*) FROM notifications n WHERE n.user_id = $1 AND NOT n.is_read) + "
        "  (SELECT count(*) FROM changed)");
    std::vector<command> steps;
    steps.push_back(command(lock_user, parameters(user)));
    if (!ids)
        steps.push_back(command(read_all, parameters(user)));
    else
        steps.push_back(command(read ? read_these : unread_these, parameters(user, *ids)));
    auto done = co_await db.execute_batch(std::move(steps));
    if (!done)
        co_return fail(std::move(done.error()));
    const row counts = (*done)[1].front();
    marking m;
    m.changed = counts.integer(0);
    m.found = counts.integer(1);
    m.unread = counts.integer(2);
    co_return m;
}

// --- events become notifications
// ----------------------------------------------------------------------------------------

namespace {

constexpr std::string_view types[] = {"new_message",     "listing_update",     "expert_response",
                                      "review_received", "seller_response",    "forum_reply",
                                      "part_available",  "price_alert",        "verification_status",
                                      "account_alert",   "system_announcement"};

/// SQL: does the recipient of `o` want to see it? One who has no preferences wants everything.
std::string wanted_sql() {
    std::string sql = fmt::format("CASE o.type WHEN '{}' THEN false", silent_event);
    for (auto type : types)
        sql += fmt::format(" WHEN '{0}' THEN coalesce(p.app_{0}, true)", type);
    return sql + " ELSE true END";
}

struct taken_events {
    std::vector<std::string> ids;
    std::vector<uuid> recipients; ///< of those that may become notifications
    std::vector<event_subject> about;
    double oldest_seconds = 0;
};

task<result<taken_events>> take(transaction& t, std::size_t limit) {
    static const statement due(
        "SELECT id, recipient, extract(epoch FROM now() - created_at), type, related_type, "
        "related_id FROM outbox "
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
        event_subject subject;
        subject.recipient = r.id(1);
        subject.related_type = r.text(4);
        subject.related_id = r.optional_id(5);
        taken.about.push_back(std::move(subject));
        double seconds = 0;
        std::from_chars(r.text(2).data(), r.text(2).data() + r.text(2).size(), seconds);
        taken.oldest_seconds = std::max(taken.oldest_seconds, seconds);
    }
    std::sort(taken.recipients.begin(), taken.recipients.end());
    taken.recipients.erase(std::unique(taken.recipients.begin(), taken.recipients.end()),
                           taken.recipients.end());
    co_return taken;
}

task<result<deliveries>> make_notifications(transaction& t, const taken_events& taken) {
    static const statement lock_users(
        "SELECT id FROM users WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE");
    static const statement make(fmt::format(
        "WITH wanted AS ("
        "  SELECT o.*, row_number() OVER (PARTITION BY o.recipient ORDER BY o.id) AS nth FROM outbox o "
        "  JOIN users u ON u.id = o.recipient LEFT JOIN notification_preferences p ON p.user_id = "
        "o.recipient "
        "  WHERE o.id = ANY($1::bigint[]) AND {}), "
        "raised AS (UPDATE users u SET notification_seq = u.notification_seq + w.n "
        "  FROM (SELECT recipient, count(*) AS n FROM wanted GROUP BY recipient) w WHERE u.id = w.recipient "
        "  RETURNING u.id, u.notification_seq - w.n AS before), "
        "made AS (INSERT INTO notifications (user_id, seq, notification_type, title, message, "
        "related_object_type, "
        "    related_object_id, action_url) "
        "  SELECT w.recipient, r.before + w.nth, w.type, w.title, w.message, w.related_type, w.related_id, "
        "    w.action_url FROM wanted w JOIN raised r ON r.id = w.recipient ORDER BY w.recipient, w.nth "
        "  RETURNING user_id), "
        "done AS (UPDATE outbox SET done_at = now(), last_error = NULL WHERE id = ANY($1::bigint[])) "
        "SELECT user_id, count(*) FROM made GROUP BY user_id",
        wanted_sql()));
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
