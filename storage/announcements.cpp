#include "storage/announcements.hpp"

#include "storage/notifications_sql.hpp"

#include <fmt/format.h>

namespace mvp::storage {
namespace {

/// One step of an announcement, under its row's lock.
struct step {
    uuid announcement{}, last{}; ///< `last`: up to whom
    bool is_last = false;
    std::vector<uuid> users{}; ///< locked, in the order of their ids
};

task<result<std::optional<step>>> take(transaction& t, std::size_t limit) {
    static const statement next("SELECT id, reached FROM announcements WHERE done_at IS NULL "
                                "ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED");
    static const statement lock_users(
        "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE");
    auto found = co_await t.query(next);
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<step> taken;
    if (found->empty())
        co_return taken;
    taken.emplace();
    taken->announcement = found->front().id(0);
    taken->last = found->front().id(1);
    auto users = co_await t.query(lock_users, parameters(taken->last, static_cast<std::int64_t>(limit)));
    if (!users)
        co_return fail(std::move(users.error()));
    for (std::size_t i = 0; i < users->size(); ++i)
        taken->users.push_back((*users)[i].id(0));
    if (!taken->users.empty())
        taken->last = taken->users.back();
    taken->is_last = taken->users.size() < limit;
    co_return taken;
}

task<result<announced>> tell_some(transaction& t, std::size_t limit) {
    // Who came after the announcement was made has not been counted.
    static const statement tell(
        notify_sql("SELECT 0 AS id, r.id AS recipient, 'system_announcement' AS type, a.title, a.message, "
                   "  NULL AS related_type, NULL::uuid AS related_id, a.action_url "
                   "FROM announcements a JOIN users r ON r.id = ANY($2::uuid[]) AND r.is_active "
                   "  AND r.id IS DISTINCT FROM a.author_id AND r.date_joined <= a.created_at "
                   "WHERE a.id = $1") +
        ", moved AS (UPDATE announcements SET reached = $3::uuid, done_at = CASE WHEN $4::boolean THEN now() "
        "END "
        "  WHERE id = $1) SELECT user_id FROM made");
    announced done;
    auto taken = co_await take(t, limit);
    if (!taken)
        co_return fail(std::move(taken.error()));
    if (!*taken)
        co_return done;
    const step& s = **taken;
    auto made = co_await t.query(tell, parameters(s.announcement, s.users, s.last, s.is_last));
    if (!made)
        co_return fail(std::move(made.error()));
    for (std::size_t i = 0; i < made->size(); ++i)
        done.users.push_back((*made)[i].id(0));
    done.more = true; // perhaps of the next one
    co_return done;
}

} // namespace

task<result<std::int64_t>> announce(database& db, uuid author, announcement what) {
    static const statement insert(
        "INSERT INTO announcements (author_id, title, message, action_url, recipients) "
        "SELECT $1::uuid, $2, $3, $4, count(*) FROM users WHERE is_active AND id <> $1::uuid RETURNING "
        "recipients");
    auto done = co_await db.execute(insert, parameters(author, what.title, what.message, what.action_url));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return done->front().integer(0);
}

task<result<announced>> announce_some(database& db, std::size_t limit) {
    auto body = [limit](transaction& t) -> task<result<announced>> { return tell_some(t, limit); };
    co_return co_await db.transact(body);
}

} // namespace mvp::storage
