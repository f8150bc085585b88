#include "storage/experts.hpp"

#include "storage/outbox.hpp"
#include "storage/users.hpp"

#include <fmt/format.h>

namespace mvp::storage::experts {
namespace {

const resource& of = expert_verifications_resource;

/// As everybody sees him: few users are hidden (index users_hidden).
const std::string& public_sql() {
    static const std::string text =
        "(e.status = 'approved' AND NOT EXISTS (SELECT FROM users h WHERE h.id = e.user_id AND (NOT "
        "h.is_active OR h.is_suspended) AND " +
        users::hidden_sql("h") + "))";
    return text;
}

/// Names and areas in lower case; U+001F between them, so that no term matches across two.
constexpr std::string_view search_text =
    "(SELECT lower((n.first_name || E'\\x1f' || n.last_name || E'\\x1f' || e.expertise_areas::text) COLLATE "
    "\"und-x-icu\") FROM users n WHERE n.id = e.user_id)";

std::string shown_sql(std::string_view source) {
    return fmt::format("SELECT {} FROM {} e{}", select_list(expert_verification_shown, "e"), source,
                       join_list(expert_verification_shown));
}

error asked_before() {
    return {errc::refused, "You already have an expert verification request"};
}

/// Responses that were marked once. A program of before `by_expert`, which serves while this one takes over,
/// marks new ones without it.
constexpr std::string_view marked_once = "(r.by_expert OR r.is_expert_response)";

/// The locks before an approval comes or goes ($1): responses before experts, as everywhere
/// (storage/forum.hpp).
const statement& lock_responses() {
    static const statement text(
        fmt::format("SELECT r.id FROM forum_responses r WHERE r.author_id = (SELECT user_id FROM "
                    "expert_verifications WHERE id = $1) AND {} ORDER BY r.id FOR NO KEY UPDATE",
                    marked_once));
    return text;
}
const statement& lock_expert() {
    static const statement text("SELECT id FROM expert_verifications WHERE id = $1 FOR UPDATE");
    return text;
}

/// Sets the marks of what the users in `source` wrote as experts to `marked`, SQL.
std::string mark_sql(std::string_view source, std::string_view marked) {
    return fmt::format(
        "UPDATE forum_responses r SET is_expert_response = {1}, by_expert = true FROM {0} WHERE "
        "r.author_id = {0}.user_id AND {2} AND r.is_expert_response <> {1}",
        source, marked, marked_once);
}

} // namespace

task<result<rows>> find(database& db, uuid id, viewer by) {
    static const statement by_id(fmt::format("{} WHERE e.id = $1 AND ({} OR e.user_id = $2 OR $3::boolean)",
                                             shown_sql(of.table), public_sql()));
    parameters values(id, by.id, by.staff);
    co_return co_await db.query(by_id, std::move(values));
}

task<result<rows>> of_user(database& db, uuid user) {
    static const statement own(shown_sql(of.table) + " WHERE e.user_id = $1");
    co_return co_await db.query(own, parameters(user));
}

task<result<std::optional<ownership>>> find_target(database& db, uuid id) {
    static const statement find(
        fmt::format("SELECT e.user_id, {} FROM expert_verifications e WHERE e.id = $1", public_sql()));
    return find_ownership(db, find, parameters(id));
}

conditions list_conditions(const viewer& by, const list_request& wanted) {
    conditions where;
    if (!by.staff)
        where.add(public_sql());
    else if (wanted.status)
        where.add("e.status = ?", *wanted.status);
    add_search(where, search_text, wanted.search);
    return where;
}

task<result<page>> list(database& db, viewer by, list_request wanted, int size, std::int64_t offset) {
    auto where = list_conditions(by, wanted);
    auto order = order_by(of, wanted.ordering);
    co_return co_await storage::list(db, of, expert_verification_shown, std::move(where), std::move(order),
                                     size, offset);
}

task<result<rows>> request(database& db, uuid user, expert_verification e) {
    static const statement add(fmt::format("WITH e AS ({} RETURNING *) {}",
                                           insert_sql(of, flag::created, {"user_id"}), shown_sql("e")));
    parameters values = insert_values(expert_verification_fields, flag::created, &e);
    values.add(user);
    auto made = co_await db.execute(add, std::move(values));
    if (!made && made.error().constraint == "expert_verifications_user_id_key")
        co_return fail(asked_before());
    co_return made;
}

task<result<rows>> update(database& db, uuid id, expert_verification e, field_set changed) {
    static const auto list = update_sql(of, flag::updated, "x");
    static const statement change(
        fmt::format("WITH e AS (UPDATE expert_verifications x SET {}, updated_at = now() WHERE x.id = ${} "
                    "RETURNING *) {}",
                    list.text, list.next_place, shown_sql("e")));
    parameters values = update_values(expert_verification_fields, flag::updated, &e, changed);
    values.add(id);
    co_return co_await db.execute(change, std::move(values));
}

task<result<std::optional<std::vector<std::string>>>> remove(database& db, uuid id) {
    static const statement erase(
        fmt::format("WITH gone AS (DELETE FROM expert_verifications WHERE id = $1 RETURNING *), marked AS "
                    "({}) SELECT verification_document FROM gone",
                    mark_sql("gone", "false")));
    std::vector<command> commands;
    for (const auto* each : {&lock_responses(), &lock_expert(), &erase})
        commands.emplace_back(*each, parameters(id));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    std::optional<std::vector<std::string>> dropped;
    if (!done->back().empty())
        dropped = files_from(done->back(), 0);
    co_return dropped;
}

task<result<rows>> decide(database& db, uuid id, viewer by, bool approved, std::string reason) {
    // Marks and statistics go with the approval and come back with it.
    static const statement change(fmt::format(
        "WITH written AS (SELECT count(*) AS total, count(*) FILTER (WHERE r.helpful_count > 0) AS helpful"
        " FROM expert_verifications e JOIN forum_responses r ON r.author_id = e.user_id"
        " WHERE e.id = $1 AND $2 = 'approved' AND {} AND r.is_approved),"
        " changed AS (UPDATE expert_verifications SET status = $2, updated_at = now(),"
        " verified_at = CASE WHEN $2 = 'approved' THEN now() END, helpful_responses = written.helpful,"
        " total_responses = written.total FROM written WHERE id = $1 AND status <> $2"
        " RETURNING expert_verifications.*), marked AS ({}),"
        " told AS (SELECT * FROM changed WHERE user_id <> $3), noted AS ({}) {}",
        marked_once, mark_sql("changed", "(changed.status = 'approved')"),
        insert_event_sql("told", "'verification_status'", "told.user_id", "'Expert status changed'",
                         "$4::text", "'expert'", "told.id", "NULL"),
        shown_sql("changed")));
    const std::string_view status = to_text(approved ? expert_status::approved : expert_status::rejected);
    std::string message = fmt::format("Your request to be verified as an expert has been {}", status);
    message += reason.empty() || approved ? "." : ": " + reason;
    std::vector<command> commands;
    commands.emplace_back(lock_responses(), parameters(id));
    commands.emplace_back(lock_expert(), parameters(id));
    commands.emplace_back(change, parameters(id, status, by.id.value_or(uuid{}), message));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    if ((*done)[1].empty())
        co_return fail(errc::not_found, "No ExpertVerification matches the given query.");
    if (done->back().empty())
        co_return fail(errc::refused, fmt::format("Expert verification is already {}", status));
    co_return done->back();
}

} // namespace mvp::storage::experts
