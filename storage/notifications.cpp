#include "storage/notifications.hpp"

#include "storage/model/json_text.hpp"
#include "storage/query.hpp"

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
std::chrono::seconds seconds_of_day(std::string_view text) {
    const auto time = parse_time_of_day(text);
    return time ? std::chrono::floor<std::chrono::seconds>(time->since_midnight) : std::chrono::seconds(0);
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
    return select_list(notification_shown, a);
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

quiet_hours read_quiet_hours(const row& from, int first) {
    quiet_hours q;
    q.enabled = from.boolean(first) && !from.is_null(first + 1) && !from.is_null(first + 2);
    q.begin = seconds_of_day(from.text(first + 1));
    q.end = seconds_of_day(from.text(first + 2));
    q.timezone = from.text(first + 3);
    return q;
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
    state.quiet = read_quiet_hours(first, 3);
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

} // namespace mvp::storage
