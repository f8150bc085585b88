#include "storage/votes.hpp"

#include "storage/model/values.hpp"

#include <fmt/format.h>

namespace mvp::storage::votes {
namespace {

// The lock comes in a statement of its own, so that the next one sees every vote committed before.
std::string lock_sql(const place& where) {
    return fmt::format("SELECT id FROM {} WHERE id = $1 FOR NO KEY UPDATE", where.texts);
}

/// $1 the text, $2 the user, $3 his opinion; a row with what it was before.
std::string give_sql(const place& where) {
    return fmt::format(
        "WITH old AS (SELECT vote_type FROM {1} WHERE {2} = $1 AND user_id = $2),"
        " new AS (INSERT INTO {1} ({2}, user_id, vote_type) SELECT id, $2, $3 FROM {0} WHERE id = $1"
        " ON CONFLICT ({2}, user_id) DO UPDATE SET vote_type = excluded.vote_type RETURNING vote_type),"
        " counted AS (UPDATE {0} t SET"
        " helpful_count = t.helpful_count + (new.vote_type = 'helpful')::int"
        " - coalesce((old.vote_type = 'helpful')::int, 0),"
        " unhelpful_count = t.unhelpful_count + (new.vote_type = 'unhelpful')::int"
        " - coalesce((old.vote_type = 'unhelpful')::int, 0)"
        " FROM new LEFT JOIN old ON true WHERE t.id = $1 AND old.vote_type IS DISTINCT FROM new.vote_type)"
        " SELECT coalesce(old.vote_type, '') FROM new LEFT JOIN old ON true",
        where.texts, where.table, where.text_id);
}

std::string take_back_sql(const place& where) {
    return fmt::format("WITH gone AS (DELETE FROM {1} WHERE {2} = $1 AND user_id = $2 RETURNING vote_type),"
                       " counted AS (UPDATE {0} t SET"
                       " helpful_count = t.helpful_count - (gone.vote_type = 'helpful')::int,"
                       " unhelpful_count = t.unhelpful_count - (gone.vote_type = 'unhelpful')::int"
                       " FROM gone WHERE t.id = $1)"
                       " SELECT vote_type FROM gone",
                       where.texts, where.table, where.text_id);
}

/// Behind the lock, in one transaction and one round trip: the rows of both.
task<result<std::vector<rows>>> behind_lock(database& db, const place& where, uuid text, std::string sql,
                                            parameters with) {
    std::vector<command> commands;
    commands.emplace_back(prepared(lock_sql(where)), parameters(text));
    commands.emplace_back(prepared(sql), std::move(with));
    return db.execute_batch(std::move(commands));
}

} // namespace

task<result<outcome>> give(database& db, const place& where, uuid text, uuid user, opinion what) {
    parameters with(text, user, to_text(what));
    auto done = co_await behind_lock(db, where, text, give_sql(where), std::move(with));
    if (!done)
        co_return fail(std::move(done.error()));
    if (done->back().empty())
        co_return fail(errc::not_found, "");
    const auto before = done->back().front().text(0);
    if (before.empty())
        co_return outcome::given;
    co_return before == to_text(what) ? outcome::same : outcome::changed;
}

task<result<bool>> take_back(database& db, const place& where, uuid text, uuid user) {
    parameters with(text, user);
    auto done = co_await behind_lock(db, where, text, take_back_sql(where), std::move(with));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return !done->back().empty();
}

} // namespace mvp::storage::votes
