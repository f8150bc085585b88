// Responses: who sees which, and what changes them one by one.
#include "storage/forum_sql.hpp"

#include <fmt/format.h>

namespace mvp::storage::forum {
namespace {

/// True for a response that $1 sees although it is not his own and he is not of the staff; `t` is its thread.
constexpr std::string_view others_see = "(r.is_approved AND (t.is_approved OR t.author_id = $1))";
/// The same in lists, without a look at each one's thread: few are hidden.
constexpr std::string_view others_see_listed =
    "(r.is_approved AND NOT EXISTS (SELECT FROM forum_threads h WHERE h.id = r.thread_id AND NOT "
    "h.is_approved AND h.author_id IS DISTINCT FROM $1))";

/// What a response adds to its author's statistics, as the CTE `added` with author_id, total and helpful;
/// `source` is a CTE of responses, `sign` SQL.
std::string added_sql(std::string_view source, std::string_view sign) {
    return fmt::format("added AS (SELECT author_id, {1} AS total, {1} * (helpful_count > 0)::int AS helpful "
                       "FROM {0} WHERE is_expert_response)",
                       source, sign);
}

/// $1: a response. Its author, if he is an expert.
const statement& lock_author() {
    static const statement text(
        "SELECT e.user_id FROM expert_verifications e WHERE e.user_id = (SELECT author_id FROM "
        "forum_responses WHERE id = $1 AND is_expert_response) FOR NO KEY UPDATE");
    return text;
}

/// The locks that a change of a response's visibility needs.
std::vector<command> locks_for(uuid id) {
    static const statement lock_response("SELECT id FROM forum_responses WHERE id = $1 FOR UPDATE");
    std::vector<command> commands;
    for (const auto* each : {&lock_thread_of_response(), &lock_response, &lock_author()})
        commands.emplace_back(*each, parameters(id));
    return commands;
}

} // namespace

std::string add_statistics_sql(std::string_view source) {
    return fmt::format(
        "UPDATE expert_verifications e SET total_responses = e.total_responses + a.total, helpful_responses "
        "= e.helpful_responses + a.helpful FROM (SELECT author_id, sum(total)::int AS total, "
        "sum(helpful)::int AS helpful FROM {} GROUP BY author_id) a WHERE e.user_id = a.author_id AND "
        "(a.total <> 0 OR a.helpful <> 0)",
        source);
}

const statement& lock_thread() {
    static const statement text("SELECT id FROM forum_threads WHERE id = $1 FOR NO KEY UPDATE");
    return text;
}

const statement& lock_thread_of_response() {
    static const statement text("SELECT id FROM forum_threads WHERE id = (SELECT thread_id FROM "
                                "forum_responses WHERE id = $1) FOR NO KEY UPDATE");
    return text;
}

const statement& lock_experts() {
    static const statement text(
        "SELECT user_id FROM expert_verifications WHERE user_id = ANY ($1::uuid[]) AND status = 'approved' "
        "ORDER BY user_id FOR NO KEY UPDATE");
    return text;
}

task<result<rows>> find_response(database& db, uuid id, viewer by) {
    static const statement find(fmt::format(
        "SELECT {} FROM forum_responses r{} JOIN forum_threads t ON t.id = r.thread_id WHERE r.id = $3 AND "
        "({} OR r.author_id = $1 OR $2::boolean)",
        select_list(forum_response_shown, "r"), join_list(forum_response_shown), others_see));
    parameters values(by.id, by.staff, id);
    co_return co_await db.query(find, std::move(values));
}

task<result<std::optional<response_target>>> find_response_target(database& db, uuid id, viewer by) {
    static const statement find(fmt::format("SELECT r.author_id, coalesce({}, false), r.thread_id FROM "
                                            "forum_responses r JOIN forum_threads t ON t.id = r.thread_id "
                                            "WHERE r.id = $2",
                                            others_see));
    auto found = co_await db.query(find, parameters(by.id, id));
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<response_target> t;
    if (!found->empty()) {
        const auto row = found->front();
        t.emplace();
        t->owner = row.id(0);
        t->is_public = row.boolean(1);
        t->thread = row.id(2);
    }
    co_return t;
}

conditions response_conditions(const viewer& by, const response_request& wanted) {
    conditions where;
    where.values.add(by.id).add(by.staff);
    where.add(fmt::format("({} OR r.author_id = $1 OR $2::boolean)", others_see_listed));
    if (wanted.thread)
        where.add("r.thread_id = ?", *wanted.thread);
    if (wanted.author)
        where.add("r.author_id = ?", *wanted.author);
    return where;
}

task<result<page>> responses(database& db, viewer by, response_request wanted, int size,
                             std::int64_t offset) {
    auto where = response_conditions(by, wanted);
    auto order = order_by(forum_responses_resource, wanted.ordering);
    co_return co_await storage::list(db, forum_responses_resource, forum_response_shown, std::move(where),
                                     std::move(order), size, offset);
}

task<result<rows>> update_response(database& db, uuid id, viewer by, std::optional<std::string> content) {
    static const statement change(fmt::format(
        "WITH r AS (UPDATE forum_responses SET content = coalesce($3, content), updated_at = now() WHERE id "
        "= $2 RETURNING *) SELECT {} FROM r{}",
        select_list(forum_response_shown, "r"), join_list(forum_response_shown)));
    parameters values(by.id, id, content);
    co_return co_await db.execute(change, std::move(values));
}

task<result<bool>> remove_response(database& db, uuid id) {
    static const statement erase(fmt::format(
        "WITH gone AS (DELETE FROM forum_responses WHERE id = $1 RETURNING *),"
        " seen AS (SELECT * FROM gone WHERE is_approved),"
        " counted AS (UPDATE forum_threads t SET responses_count = t.responses_count - 1 FROM seen"
        " WHERE t.id = seen.thread_id), {}, noted AS ({}) SELECT id FROM gone",
        added_sql("seen", "-1"), add_statistics_sql("added")));
    auto commands = locks_for(id);
    commands.emplace_back(erase, parameters(id));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return !done->back().empty();
}

std::vector<command> judge_response(uuid id, const verdict& v) {
    static const statement change(fmt::format(
        "WITH old AS (SELECT id, is_approved FROM forum_responses WHERE id = $1),"
        " changed AS (UPDATE forum_responses r SET is_approved = $2, is_flagged = $3,"
        " flag_reason = left($4, 255) FROM old WHERE r.id = old.id RETURNING r.*, old.is_approved AS was),"
        " turned AS (SELECT *, CASE WHEN is_approved THEN 1 ELSE -1 END AS sign FROM changed"
        " WHERE is_approved <> was),"
        " counted AS (UPDATE forum_threads t SET responses_count = t.responses_count + turned.sign FROM"
        " turned WHERE t.id = turned.thread_id), {}, noted AS ({}) SELECT id FROM changed",
        added_sql("turned", "sign"), add_statistics_sql("added")));
    auto commands = locks_for(id);
    commands.emplace_back(change, parameters(id, v.approved, v.flagged, v.reason));
    return commands;
}

} // namespace mvp::storage::forum
