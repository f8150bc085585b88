// Threads: who sees which, and what changes them.
#include "storage/forum_sql.hpp"

#include <array>
#include <fmt/format.h>
#include <memory>

namespace mvp::storage::forum {
namespace {

constexpr std::string_view search_text = "t.search_text";

error unknown_category(const std::optional<uuid>& category) {
    return error::invalid("category", fmt::format("Invalid pk \"{}\" - object does not exist.",
                                                  category.value_or(uuid{}).text()));
}

/// A category that went away between the look and the write.
error known_conflict(error e, const forum_thread& t) {
    return e.code == errc::conflict && e.constraint == "forum_threads_category_fkey"
               ? unknown_category(t.category)
               : e;
}

struct step {
    thread_change what;
    std::string_view set, from; ///< from: the condition
    std::string_view refusal;
};
constexpr std::array steps{
    // Again is no mistake: the first time counts.
    step{thread_change::resolve, "status = 'resolved', resolved_at = coalesce(resolved_at, now())",
         "status <> 'closed'", "Thread is closed"},
    step{thread_change::close, "status = 'closed'", "status <> 'closed'", "Thread is already closed"},
    step{thread_change::reopen, "status = 'open', resolved_at = NULL", "status <> 'open'",
         "Thread is already open"},
    step{thread_change::pin, "is_pinned = true", "NOT is_pinned", "Thread is already pinned"},
    step{thread_change::unpin, "is_pinned = false", "is_pinned", "Thread is not pinned"},
    step{thread_change::feature, "is_featured = true", "NOT is_featured", "Thread is already featured"},
    step{thread_change::unfeature, "is_featured = false", "is_featured", "Thread is not featured"},
};

} // namespace

std::string thread_sql() {
    return fmt::format("SELECT {}, w.viewer IS NOT NULL FROM forum_threads t{} "
                       "LEFT JOIN thread_views w ON w.thread_id = t.id AND w.viewer = $4 AND w.hour = {} "
                       "WHERE t.id = $3 AND (t.is_approved OR t.author_id = $1 OR $2::boolean)",
                       select_list(forum_thread_detailed, "t"), join_list(forum_thread_detailed), view_hour);
}

std::string thread_responses_sql() {
    return sorted_sql(forum_responses_resource, forum_response_shown,
                      "r.thread_id = $3 AND (r.is_approved OR r.author_id = $1 OR $2::boolean)",
                      forum_responses_resource.default_order);
}

task<result<thread_detail>> find_thread(database& db, uuid id, viewer by, std::optional<std::string> eyes) {
    static const statement thread(thread_sql());
    static const statement responses(thread_responses_sql());
    std::vector<command> commands;
    commands.emplace_back(thread, parameters(by.id, by.staff, id, eyes));
    commands.emplace_back(responses, parameters(by.id, by.staff, id));
    auto found = co_await db.batch(std::move(commands));
    if (!found)
        co_return fail(std::move(found.error()));
    thread_detail d;
    d.thread = (*found)[0];
    d.responses = (*found)[1];
    d.view_counted =
        !d.thread.empty() && d.thread.front().boolean(static_cast<int>(column_count(forum_thread_detailed)));
    co_return d;
}

task<result<std::optional<thread_target>>> find_thread_target(database& db, uuid id) {
    static const statement find("SELECT author_id, is_approved, status FROM forum_threads WHERE id = $1");
    auto found = co_await db.query(find, parameters(id));
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<thread_target> t;
    if (!found->empty()) {
        const auto row = found->front();
        t.emplace();
        t->owner = row.id(0);
        t->is_public = row.boolean(1);
        t->status = parse_choice<thread_status>(row.text(2)).value_or(thread_status::open);
    }
    co_return t;
}

conditions thread_conditions(const viewer& by, const thread_request& wanted) {
    conditions where;
    if (!by.id)
        where.add("t.is_approved");
    else if (!by.staff)
        where.add("(t.is_approved OR t.author_id = ?)", *by.id);
    if (wanted.author)
        where.add("t.author_id = ?", *wanted.author);
    if (wanted.category)
        where.add("t.category = ?", *wanted.category);
    add_search(where, search_text, wanted.search);
    return where;
}

task<result<page>> threads(database& db, viewer by, thread_request wanted, int size, std::int64_t offset) {
    auto where = thread_conditions(by, wanted);
    auto order = order_by(forum_threads_resource, wanted.ordering);
    co_return co_await storage::list(db, forum_threads_resource, forum_thread_listed, std::move(where),
                                     std::move(order), size, offset);
}

task<result<uuid>> create_thread(database& db, uuid author, forum_thread t) {
    static const statement add(fmt::format(
        "{0} WHERE ${1}::uuid IS NULL OR EXISTS (SELECT FROM forum_categories k WHERE k.id = ${1}::uuid AND "
        "k.is_active) RETURNING id",
        insert_sql(forum_threads_resource, flag::created, {"author_id"}),
        column_count(forum_thread_written) + 2));
    parameters values = insert_values(forum_thread_fields, flag::created, &t);
    values.add(author).add(t.category);
    auto made = co_await db.execute(add, std::move(values));
    if (!made)
        co_return fail(known_conflict(std::move(made.error()), t));
    if (made->empty())
        co_return fail(unknown_category(t.category));
    co_return made->front().id(0);
}

task<result<rows>> update_thread(database& db, uuid id, forum_thread t, field_set changed) {
    static const auto list = update_sql(forum_threads_resource, flag::updated, "t");
    // A thread may stay in a category that is no longer active.
    static const statement change(fmt::format(
        "UPDATE forum_threads t SET {0}, updated_at = now() WHERE t.id = ${1} AND (${2}::uuid IS NULL OR "
        "${2}::uuid = t.category OR EXISTS (SELECT FROM forum_categories k WHERE k.id = ${2}::uuid AND "
        "k.is_active)) RETURNING {3}",
        list.text, list.next_place, list.next_place + 1, select_list(forum_thread_written, "t")));
    const bool moved = changed[position(forum_thread_fields, "category")];
    const auto category = moved ? t.category : std::nullopt;
    parameters values = update_values(forum_thread_fields, flag::updated, &t, changed);
    values.add(id).add(category);
    auto done = co_await db.execute(change, std::move(values));
    if (!done)
        co_return fail(known_conflict(std::move(done.error()), t));
    if (done->empty() && category)
        co_return fail(unknown_category(category));
    co_return done;
}

task<result<bool>> remove_thread(database& db, uuid id) {
    static const statement lock("SELECT id FROM forum_threads WHERE id = $1 FOR UPDATE");
    static const statement lock_responses(
        "SELECT id FROM forum_responses WHERE thread_id = $1 ORDER BY id FOR UPDATE");
    static const statement lock_authors(
        "SELECT e.user_id FROM expert_verifications e WHERE e.user_id IN (SELECT author_id FROM "
        "forum_responses WHERE thread_id = $1 AND is_expert_response) ORDER BY e.user_id FOR NO KEY UPDATE");
    static const statement erase(fmt::format(
        "WITH lost AS (SELECT author_id, -count(*) AS total, -count(*) FILTER (WHERE helpful_count > 0) AS "
        "helpful FROM forum_responses WHERE thread_id = $1 AND is_expert_response AND is_approved GROUP BY "
        "author_id), noted AS ({}) DELETE FROM forum_threads WHERE id = $1",
        add_statistics_sql("lost")));
    std::vector<command> commands;
    for (const auto* each : {&lock, &lock_responses, &lock_authors, &erase})
        commands.emplace_back(*each, parameters(id));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return done->back().affected() > 0;
}

task<result<>> change_thread(database& db, uuid id, thread_change what) {
    static const auto texts = [] {
        std::array<std::unique_ptr<statement>, steps.size()> all;
        for (std::size_t i = 0; i < steps.size(); ++i)
            all[i] = std::make_unique<statement>(
                fmt::format("UPDATE forum_threads SET {}, updated_at = now() WHERE id = $1 AND {}",
                            steps[i].set, steps[i].from));
        return all;
    }();
    const auto at = static_cast<std::size_t>(what); // steps are in the order of the enum
    auto done = co_await db.execute(*texts[at], parameters(id));
    if (!done)
        co_return fail(std::move(done.error()));
    if (done->affected() > 0)
        co_return result<>{};
    auto there = co_await find_thread_target(db, id);
    if (!there)
        co_return fail(std::move(there.error()));
    if (!*there)
        co_return fail(errc::not_found, "No ForumThread matches the given query.");
    co_return fail(errc::refused, std::string(steps[at].refusal));
}

std::vector<command> judge_thread(uuid id, const verdict& v) {
    static const statement change("UPDATE forum_threads SET is_approved = $2, is_flagged = $3, flag_reason = "
                                  "left($4, 255) WHERE id = $1 RETURNING id");
    std::vector<command> commands;
    commands.emplace_back(change, parameters(id, v.approved, v.flagged, v.reason));
    return commands;
}

} // namespace mvp::storage::forum
