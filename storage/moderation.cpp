#include "storage/moderation.hpp"

#include "storage/moderation_sql.hpp"

#include <fmt/format.h>
#include <map>

namespace mvp::storage::moderation {
namespace {

constexpr int excerpt_length = 200;

error gone(const content& c) {
    return {errc::not_found, fmt::format("No {} matches the given query.", c.of->name)};
}

/// The statements that differ from type to type.
struct statements {
    explicit statements(const content& c)
        : target(fmt::format("SELECT {1}.{2}, {3} OR {1}.{2} = $2::uuid FROM {0} {1} WHERE {1}.id = $1",
                             c.of->table, c.of->alias, c.author, c.others_see)),
          approved(
              fmt::format("SELECT {2} FROM {0} {1} WHERE {1}.id = $1", c.of->table, c.of->alias, c.approved)),
          keep(fmt::format("SELECT id FROM {} WHERE id = $1 FOR KEY SHARE", c.of->table)) {}
    const statement target, approved, keep;
};
const statements& statements_of(const content& c) {
    static const auto all = [] {
        std::map<content_type, statements> made;
        for (const auto& one : contents())
            made.try_emplace(one.type, one);
        return made;
    }();
    return all.at(c.type);
}

/// What open flags are about, and what a decision settles.
constexpr std::string_view open_flags = "type = $1 AND object_id = $2 AND settled_at IS NULL";

std::string settle_sql(std::string_view upheld) {
    return fmt::format("UPDATE flags SET settled_at = now(), upheld = {} WHERE {}", upheld, open_flags);
}

/// Until the end of the transaction nobody else flags this content or decides about it. Its own row is not
/// locked yet: who changes it locks what it belongs to first.
task<result<>> take_turn(transaction& t, uuid id) {
    static const statement lock("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))");
    auto locked = co_await t.query(lock, parameters(id));
    if (!locked)
        co_return fail(std::move(locked.error()));
    co_return result<>{};
}

struct state {
    bool approved = false;
    std::int64_t open = 0; ///< flags
};
/// errc::not_found: it is gone.
task<result<state>> look(transaction& t, const content& c, uuid id) {
    static const statement count(fmt::format("SELECT count(*) FROM flags WHERE {}", open_flags));
    std::vector<command> commands;
    commands.emplace_back(statements_of(c).approved, parameters(id));
    commands.emplace_back(count, parameters(to_text(c.type), id));
    auto found = co_await t.batch(std::move(commands));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->front().empty())
        co_return fail(gone(c));
    state s;
    s.approved = found->front().front().boolean(0);
    s.open = found->back().front().integer(0);
    co_return s;
}

/// Makes it so (`v` empty: leaves it), and then looks whether it is still there: nothing takes it away before
/// the transaction ends, and what has taken it away took its flags too.
task<result<>> judge(transaction& t, const content& c, uuid id, std::optional<verdict> v) {
    if (v)
        if (auto done = co_await c.judge(t, id, *v); !done)
            co_return fail(std::move(done.error()));
    auto kept = co_await t.query(statements_of(c).keep, parameters(id));
    if (!kept)
        co_return fail(std::move(kept.error()));
    if (kept->empty())
        co_return fail(gone(c));
    co_return result<>{};
}

struct flagging {
    bool first = false;  ///< this user's
    bool hidden = false; ///< by this flag
};
task<result<flagging>> add_flag(transaction& t, const content& c, uuid id, uuid user, std::string reason,
                                int enough) {
    static const statement add("INSERT INTO flags (type, object_id, user_id, reason) VALUES ($1, $2, $3, $4)"
                               " ON CONFLICT DO NOTHING");
    if (auto turn = co_await take_turn(t, id); !turn)
        co_return fail(std::move(turn.error()));
    auto added = co_await t.query(add, parameters(to_text(c.type), id, user, reason));
    if (!added)
        co_return fail(std::move(added.error()));
    flagging f;
    f.first = added->affected() > 0;
    if (!f.first)
        co_return f;
    auto now = co_await look(t, c, id);
    if (!now)
        co_return fail(std::move(now.error()));
    f.hidden = now->approved && now->open >= enough;
    std::optional<verdict> v;
    if (f.hidden || now->open == 1)
        v = verdict{now->approved && !f.hidden, true, {}};
    if (auto done = co_await judge(t, c, id, std::move(v)); !done)
        co_return fail(std::move(done.error()));
    co_return f;
}

task<> drop_cached(database& db, cache& cache, const content& c, uuid id) {
    if (c.shown_anew)
        co_await c.shown_anew(db, cache, id);
}

/// True if that shows or hides it.
task<result<bool>> decide(transaction& t, const content& c, uuid id, verdict v) {
    static const statement settle(settle_sql("$3"));
    if (auto turn = co_await take_turn(t, id); !turn)
        co_return fail(std::move(turn.error()));
    auto now = co_await look(t, c, id);
    if (!now)
        co_return fail(std::move(now.error()));
    if (now->approved == v.approved && now->open == 0)
        co_return fail(errc::refused,
                       fmt::format("{} is already {}", c.noun, v.approved ? "approved" : "rejected"));
    auto settled = co_await t.query(settle, parameters(to_text(c.type), id, !v.approved));
    if (!settled)
        co_return fail(std::move(settled.error()));
    const bool turned = now->approved != v.approved;
    if (auto done = co_await judge(t, c, id, std::move(v)); !done)
        co_return fail(std::move(done.error()));
    co_return turned;
}

/// A rejection is a flag of staff's own, settled at once: it says why.
task<result<>> note_reason(transaction& t, const content& c, uuid id, uuid staff, std::string reason) {
    static const statement note(
        "INSERT INTO flags (type, object_id, user_id, reason, settled_at, upheld)"
        " VALUES ($1, $2, $3, $4, now(), true) ON CONFLICT ON CONSTRAINT flags_once_a_user DO UPDATE"
        " SET reason = excluded.reason, settled_at = excluded.settled_at, upheld = true");
    auto noted = co_await t.query(note, parameters(to_text(c.type), id, staff, reason));
    if (!noted)
        co_return fail(std::move(noted.error()));
    co_return result<>{};
}

/// A decision of staff, in a transaction of its own; `rejected_by` leaves its reason.
task<result<>> settle(database& db, cache& cache, content_type type, uuid id, verdict v,
                      std::optional<uuid> rejected_by) {
    const content& c = content_of(type);
    auto turned = co_await db.transact([&](transaction& t) -> task<result<bool>> {
        auto decided = co_await decide(t, c, id, v);
        if (decided && rejected_by)
            if (auto noted = co_await note_reason(t, c, id, *rejected_by, v.reason); !noted)
                co_return fail(std::move(noted.error()));
        co_return decided;
    });
    if (!turned)
        co_return fail(std::move(turned.error()));
    if (*turned)
        co_await drop_cached(db, cache, c, id);
    co_return result<>{};
}

std::string excerpts_sql() {
    std::string all;
    for (const auto& c : contents())
        all += fmt::format("{0}SELECT left({1}, {2}) AS excerpt, {3}.{4} AS author_id FROM {5} {3} WHERE "
                           "flagged.type = '{6}' AND {3}.id = flagged.object_id",
                           all.empty() ? "" : " UNION ALL ", c.text, excerpt_length, c.of->alias, c.author,
                           c.of->table, to_text(c.type));
    return all;
}

} // namespace

const resource& resource_of(content_type type) {
    return *content_of(type).of;
}

task<result<std::optional<ownership>>> find_target(database& db, content_type type, uuid id, viewer by) {
    return find_ownership(db, statements_of(content_of(type)).target, parameters(id, by.id));
}

task<result<bool>> flag(database& db, cache& cache, content_type type, uuid id, uuid user, std::string reason,
                        int enough) {
    const content& c = content_of(type);
    auto done = co_await db.transact([&](transaction& t) -> task<result<flagging>> {
        co_return co_await add_flag(t, c, id, user, reason, enough);
    });
    if (!done)
        co_return fail(std::move(done.error()));
    if (done->hidden)
        co_await drop_cached(db, cache, c, id);
    co_return done->first;
}

task<result<>> approve(database& db, cache& cache, content_type type, uuid id) {
    verdict v;
    return settle(db, cache, type, id, std::move(v), std::nullopt);
}

task<result<>> reject(database& db, cache& cache, content_type type, uuid id, uuid staff,
                      std::string reason) {
    verdict v;
    v.approved = false;
    v.reason = std::move(reason);
    return settle(db, cache, type, id, std::move(v), staff);
}

task<result<bool>> dismiss(database& db, content_type type, uuid id) {
    static const statement settle(settle_sql("false"));
    const content& c = content_of(type);
    co_return co_await db.transact([&](transaction& t) -> task<result<bool>> {
        if (auto turn = co_await take_turn(t, id); !turn)
            co_return fail(std::move(turn.error()));
        auto now = co_await look(t, c, id);
        if (!now)
            co_return fail(std::move(now.error()));
        if (!now->approved || now->open == 0)
            co_return false;
        auto done = co_await t.query(settle, parameters(to_text(type), id));
        if (!done)
            co_return fail(std::move(done.error()));
        co_return true;
    });
}

list_statement cases_sql(int at_most) {
    constexpr std::string_view open = "flags WHERE settled_at IS NULL AND type = coalesce($1, type)";
    return {
        fmt::format(
            "SELECT flagged.type, flagged.object_id, o.excerpt, {0}, flagged.reasons, flagged.flag_count, "
            "flagged.first_flagged_at FROM "
            "(SELECT type, object_id, json_agg(reason ORDER BY created_at, id) AS reasons, count(*) AS "
            "flag_count, min(created_at) AS first_flagged_at FROM {1} GROUP BY type, object_id ORDER BY "
            "first_flagged_at, object_id LIMIT {2} OFFSET $2) flagged CROSS JOIN LATERAL ({3}) o JOIN users "
            "s ON s.id = o.author_id ORDER BY flagged.first_flagged_at, flagged.object_id",
            select_list(user_summary, "s"), open, at_most, excerpts_sql()),
        fmt::format("SELECT count(DISTINCT (type, object_id)) FROM {}", open)};
}

task<result<page>> list(database& db, std::optional<content_type> only, int size, std::int64_t offset) {
    std::optional<std::string> type;
    if (only)
        type = to_text(*only);
    const auto text = cases_sql(page_bound(size));
    std::vector<command> commands;
    commands.emplace_back(prepared(text.rows), parameters(type, offset));
    commands.emplace_back(prepared(text.count), parameters(type));
    auto done = co_await db.batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    page p;
    p.items = done->front();
    p.count = done->back().front().integer(0);
    co_return p;
}

} // namespace mvp::storage::moderation
