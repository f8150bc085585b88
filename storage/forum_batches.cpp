// Responses, votes and views in batches: one transaction for all that waits at a thread, so that many at once
// cost hardly more commits than one.
#include "storage/forum_sql.hpp"
#include "storage/outbox.hpp"
#include "storage/users.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::storage::forum {
namespace {

const int shown_columns = static_cast<int>(column_count(forum_response_shown));

tl::unexpected<error> no_such_thread() {
    return fail(errc::not_found, "No ForumThread matches the given query.");
}
tl::unexpected<error> no_such_response() {
    return fail(errc::not_found, "No ForumResponse matches the given query.");
}

error throttled(std::int64_t seconds) {
    error e(errc::throttled, "");
    e.retry_after = static_cast<int>(std::clamp<std::int64_t>(seconds, 1, flood_time.count()));
    return e;
}

/// What respond_sql() says instead of a response.
error refusal(std::string_view why, std::int64_t seconds) {
    if (why == "closed")
        return {errc::refused, "Thread is closed"};
    if (why == "said")
        return {errc::refused, "You already said this"};
    if (why == "flood")
        return throttled(seconds);
    if (why == "suspended")
        return {errc::permission_denied, "Account is suspended"};
    return no_such_thread().value();
}

/// $1 nobody, $2 the thread, $3 the new ids, $4 authors, $5 contents, $6 how many an author may add in
/// flood_time. Each author once. A microsecond apart, so that they stay in the order in which they came.
/// Behind the shown columns: its place among the given, why not, and seconds.
std::string respond_sql() {
    const std::string judged = fmt::format(
        "judged AS (SELECT g.id, g.author_id, g.content, g.place, t.author_id AS asker, t.title,"
        " btrim(u.first_name || ' ' || u.last_name) AS author_name, u.is_expert, lately.seconds,"
        " statement_timestamp() + g.place * interval '1 microsecond' AS at,"
        " CASE WHEN NOT (t.is_approved OR t.author_id = g.author_id OR u.is_staff) THEN 'gone'"
        " WHEN {hidden} THEN 'suspended' WHEN t.status = 'closed' THEN 'closed'"
        " WHEN lately.said THEN 'said' WHEN lately.number >= $6 THEN 'flood' END AS refusal"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[]) WITH ORDINALITY g (id, author_id, content, place)"
        " JOIN forum_threads t ON t.id = $2 JOIN users u ON u.id = g.author_id"
        " CROSS JOIN LATERAL (SELECT coalesce(bool_or(p.content = g.content), false) AS said,"
        " count(*) FILTER (WHERE {recent}) AS number, ceil(extract(epoch FROM"
        " min(p.created_at) FILTER (WHERE {recent}) + interval '{flood} seconds' - now()))::int AS seconds"
        " FROM forum_responses p WHERE p.thread_id = $2 AND p.author_id = g.author_id"
        " AND p.created_at > now() - interval '{repeated} minutes') lately)",
        fmt::arg("hidden", users::hidden_sql("u")),
        fmt::arg("recent", fmt::format("p.created_at > now() - interval '{} seconds'", flood_time.count())),
        fmt::arg("flood", flood_time.count()), fmt::arg("repeated", repeated_within.count()));
    const std::string noted = insert_event_sql(
        "told", "CASE WHEN told.is_expert THEN 'expert_response' ELSE 'forum_reply' END", "told.asker",
        "CASE WHEN told.is_expert THEN 'An expert answered your thread' ELSE 'New reply to "
        "your thread' END",
        "told.author_name || ' replied to \"' || told.title || '\".'", "'thread'", "$2::uuid",
        "'/forum/threads/' || $2::uuid");
    return fmt::format(
        "WITH {}, made AS (INSERT INTO forum_responses (id, thread_id, author_id, content,"
        " is_expert_response, by_expert, created_at, updated_at)"
        " SELECT id, $2, author_id, content, is_expert, is_expert, at, at FROM judged WHERE refusal IS NULL"
        " RETURNING *), counted AS (UPDATE forum_threads SET responses_count = responses_count +"
        " (SELECT count(*) FROM made) WHERE id = $2 AND EXISTS (SELECT FROM made)),"
        " added AS (SELECT author_id, 1 AS total, 0 AS helpful FROM made WHERE is_expert_response),"
        " grown AS ({}), told AS (SELECT * FROM judged WHERE refusal IS NULL AND asker <> author_id),"
        " noted AS ({}) SELECT {}, j.place, j.refusal, j.seconds FROM judged j"
        " LEFT JOIN (made r{}) ON r.id = j.id",
        judged, add_statistics_sql("added"), noted, select_list(forum_response_shown, "r"),
        join_list(forum_response_shown));
}

/// An expert's statistics follow the votes.
const votes::statements& vote_statements() {
    static const votes::statements all(
        {"forum_responses", "author_id", "response_votes", "response_id"},
        fmt::format(", added AS (SELECT author_id, 0 AS total,"
                    " (helpful_count > 0)::int - (helpful_count - up > 0)::int AS helpful FROM counted"
                    " WHERE is_expert_response AND is_approved), grown AS ({})",
                    add_statistics_sql("added")));
    return all;
}

/// The responses $1 as the users $2 see them, each in its place.
std::string voted_sql() {
    std::string columns = select_list(forum_response_shown, "r");
    for (auto at = columns.find("$1"); at != columns.npos; at = columns.find("$1", at))
        columns.replace(at, 2, "g.user_id"); // another viewer in every row
    return fmt::format("SELECT {}, g.place FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY"
                       " g (response_id, user_id, place) JOIN forum_responses r ON r.id = g.response_id{}",
                       columns, join_list(forum_response_shown));
}

} // namespace

task<result<outcomes>> respond(database& db, uuid thread, std::vector<new_response> given, bool any_number) {
    static const statement add(respond_sql());
    std::vector<uuid> ids, authors;
    std::vector<std::string> contents;
    for (auto& each : given) {
        ids.push_back(uuid::random());
        authors.push_back(each.author);
        contents.push_back(std::move(each.content));
    }
    std::vector<command> commands;
    commands.emplace_back(lock_thread(), parameters(thread));
    commands.emplace_back(lock_experts(), parameters(authors));
    parameters values(std::nullopt, thread, ids, authors, contents);
    values.add(any_number ? std::numeric_limits<std::int32_t>::max() : flood_limit);
    commands.emplace_back(add, std::move(values));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    outcomes all(given.size(), no_such_thread());
    const rows& judged = done->back();
    for (std::size_t i = 0; i < judged.size(); ++i) {
        const row r = judged[i];
        auto& mine = all[static_cast<std::size_t>(r.integer(shown_columns)) - 1];
        if (r.is_null(shown_columns + 1))
            mine = shown_response{judged, i};
        else
            mine = fail(refusal(r.text(shown_columns + 1), r.integer(shown_columns + 2)));
    }
    co_return all;
}

task<result<outcomes>> vote(database& db, std::vector<new_vote> given) {
    static const statement lock_authors(
        "SELECT user_id FROM expert_verifications WHERE user_id IN (SELECT author_id FROM forum_responses "
        "WHERE id = ANY ($1::uuid[]) AND is_expert_response) ORDER BY user_id FOR NO KEY UPDATE");
    static const statement look(voted_sql());
    const votes::columns of(given);
    std::vector<command> commands;
    commands.emplace_back(vote_statements().lock, parameters(of.texts));
    commands.emplace_back(lock_authors, parameters(of.texts));
    commands.emplace_back(vote_statements().cast, parameters(of.texts, of.users, of.opinions));
    commands.emplace_back(look, parameters(of.texts, of.users));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    outcomes all(given.size(), no_such_response());
    const rows& seen = done->back();
    for (std::size_t i = 0; i < seen.size(); ++i)
        all[static_cast<std::size_t>(seen[i].integer(shown_columns)) - 1] = shown_response{seen, i};
    const auto cast = votes::outcomes(given, (*done)[2]);
    for (std::size_t i = 0; i < cast.size(); ++i) {
        if (cast[i] && all[i])
            all[i]->again = *cast[i] != votes::outcome::given;
        else if (!cast[i] && cast[i].error().code != errc::not_found)
            all[i] = fail(cast[i].error());
    }
    co_return all;
}

task<result<>> count_views(database& db, std::vector<new_view> given) {
    static const statement lock(
        "SELECT id FROM forum_threads WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE");
    static const statement count(fmt::format(
        "WITH fresh AS (INSERT INTO thread_views (thread_id, viewer, hour)"
        " SELECT t.id, g.viewer, {} FROM unnest($1::uuid[], $2::text[])"
        " g (thread_id, viewer) JOIN forum_threads t ON t.id = g.thread_id ON CONFLICT DO NOTHING"
        " RETURNING thread_id)"
        " UPDATE forum_threads t SET views_count = t.views_count + v.number FROM"
        " (SELECT thread_id, count(*) AS number FROM fresh GROUP BY thread_id) v WHERE t.id = v.thread_id",
        view_hour));
    std::vector<uuid> threads;
    std::vector<std::string> viewers;
    for (auto& each : given) {
        threads.push_back(each.thread);
        viewers.push_back(std::move(each.viewer));
    }
    std::vector<command> commands;
    commands.emplace_back(lock, parameters(threads));
    commands.emplace_back(count, parameters(threads, viewers));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return result<>{};
}

} // namespace mvp::storage::forum
