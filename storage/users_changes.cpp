// What changes an account: one conditional statement each, with its event, and then the cached answers fall.
#include "storage/invalidation.hpp"
#include "storage/log.hpp"
#include "storage/query.hpp"
#include "storage/users.hpp"
#include "storage/users_sql.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::storage::users {
namespace {

constexpr std::string_view end_tokens =
    "token_generation = u.token_generation + 1, tokens_valid_after = now()";

/// A statement that changes one user and tells him; `set` and `where` speak of `u`. One row: the profile.
std::string change_sql(std::string_view set, std::string_view where, std::string_view type,
                       std::string_view title, std::string_view message) {
    return fmt::format(
        "WITH changed AS (UPDATE users u SET updated_at = now(), {} WHERE u.id = $1 AND {} RETURNING"
        " u.*), noted AS ({}) SELECT {} FROM changed u",
        set, where,
        insert_event_sql("changed", type, "changed.id", title, message, "'user'", "changed.id", "NULL"),
        select_list(user_profile, "u"));
}

/// The type of an event about `whom`, of which he is not told if he made it himself.
std::string unless_own(std::string_view type, std::string_view whom, std::string_view maker) {
    return fmt::format("CASE WHEN {} = {}::uuid THEN '{}' ELSE {} END", whom, maker, silent_event, type);
}

/// He is not told of it; but what is cached of him falls everywhere.
std::string silent_sql(std::string_view changed, std::string_view id = "id") {
    return insert_silent_event_sql(changed, id, "'user'", id);
}

std::string quiet_change_sql(std::string_view set, std::string_view where) {
    return fmt::format(
        "WITH changed AS (UPDATE users u SET updated_at = now(), {} WHERE u.id = $1 AND {} RETURNING"
        " u.*), noted AS ({}) SELECT {} FROM changed u",
        set, where, silent_sql("changed"), select_list(user_profile, "u"));
}

/// What others see of him, or whether they see him and his cars, has changed.
task<> shown_anew(database& db, cache& cache, uuid id) {
    std::vector<event_subject> about(1);
    about[0].recipient = id;
    about[0].related_type = "user";
    auto done = co_await invalidate(db, cache, std::move(about));
    if (!done)
        log::error("cached listings of {} may be stale until their event is done: {}", id.text(),
                   done.error().text);
}

task<> judged_anew(cache& cache, uuid id) {
    const std::string text = id.text();
    std::vector<std::string> tags{"account:" + text, "users:" + text};
    co_await cache.invalidate(std::move(tags));
}

/// Runs a change; when it happened, drops what is cached of the user.
task<result<rows>> change(database& db, cache& cache, uuid id, const statement& what, parameters with) {
    auto changed = co_await db.execute(what, std::move(with));
    if (changed && !changed->empty())
        co_await shown_anew(db, cache, id);
    co_return changed;
}

/// The same where nobody else sees a difference.
task<result<bool>> private_change(database& db, cache& cache, uuid id, const statement& what,
                                  parameters with) {
    auto changed = co_await db.execute(what, std::move(with));
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (changed->empty())
        co_return false;
    co_await judged_anew(cache, id);
    co_return true;
}

constexpr std::string_view summary_columns[] = {"first_name",   "last_name", "profile_picture",
                                                "company_name", "is_seller", "is_active"};

/// What update() may write, in the order of its parameters.
bool is_writable(const field_info& f) {
    return f.has(flag::updated | flag::staff);
}

/// One text whichever fields change: $1 the user, $2 which ones, $3 who changes them, from $4 on the values
/// of all that may be written.
std::string profile_update_sql() {
    std::string set = "updated_at = now()";
    std::string phone, phone_chosen, active, active_chosen;
    std::size_t n = 0;
    for (const auto& f : user_fields) {
        if (!is_writable(f))
            continue;
        ++n;
        const auto value = fmt::format("${}", n + 3), chosen = fmt::format("($2::boolean[])[{}]", n);
        std::string otherwise = fmt::format("u.{}", f.name);
        if (f.name == "phone_number") {
            phone = value;
            phone_chosen = chosen;
        } else if (f.name == "phone_verified") { // stands behind phone_number in the table
            otherwise = fmt::format("u.phone_verified AND (NOT {} OR u.phone_number IS NOT DISTINCT FROM {})",
                                    phone_chosen, phone);
        } else if (f.name == "is_active") {
            active = value;
            active_chosen = chosen;
        }
        set += fmt::format(", {} = CASE WHEN {} THEN {} ELSE {} END", f.name, chosen, value, otherwise);
    }
    const auto switches_off = fmt::format("({} AND u.is_active AND NOT {}::boolean)", active_chosen, active);
    set += fmt::format(", token_generation = u.token_generation + {0}::int,"
                       " tokens_valid_after = CASE WHEN {0} THEN now() ELSE u.tokens_valid_after END",
                       switches_off);
    // The row as it was, locked, so that an event is written by whoever really changed something.
    return fmt::format(
        "WITH was AS (SELECT id, is_active, is_seller, profile_picture FROM users WHERE id = $1 FOR UPDATE),"
        " changed AS (UPDATE users u SET {} FROM was WHERE u.id = was.id"
        " RETURNING u.*, was.is_active AS was_active, was.is_seller AS was_seller,"
        " was.profile_picture AS picture_before),"
        " switched_off AS (SELECT * FROM changed WHERE was_active AND NOT is_active), noted AS ({}),"
        " switched AS (SELECT * FROM changed WHERE was_seller <> is_seller), told AS ({}), seen AS ({})"
        " SELECT {}, CASE WHEN u.profile_picture IS DISTINCT FROM u.picture_before THEN u.picture_before END"
        " FROM changed u",
        set,
        insert_event_sql("switched_off", "'account_alert'", "switched_off.id", "'Account deactivated'",
                         "'Your account was deactivated.'", "'user'", "switched_off.id", "NULL"),
        insert_event_sql("switched", unless_own("'verification_status'", "switched.id", "$3"), "switched.id",
                         "'Seller mode changed'",
                         "CASE WHEN switched.is_seller THEN 'Seller mode was enabled for your account.'"
                         " ELSE 'Seller mode was disabled for your account.' END",
                         "'user'", "switched.id", "NULL"),
        silent_sql("changed WHERE was_seller = is_seller AND NOT (was_active AND NOT is_active)"),
        select_list(user_profile, "u"));
}

bool in_summary(std::string_view column) {
    return std::find(std::begin(summary_columns), std::end(summary_columns), column) !=
           std::end(summary_columns);
}

} // namespace

task<result<bool>> change_password(database& db, cache& cache, login who, std::string new_hash) {
    static const statement update(change_sql(
        fmt::format("password = $3, {}", end_tokens), "u.password = $2", "'account_alert'",
        "'Password changed'", "'Your password was changed. If it was not you, reset it at once.'"));
    parameters p(who.id, who.password_hash, new_hash);
    co_return co_await private_change(db, cache, who.id, update, std::move(p));
}

task<result<bool>> reset_password(database& db, cache& cache, uuid id, std::int64_t generation,
                                  std::string new_hash) {
    static const statement update(change_sql(
        fmt::format("password = $3, {}", end_tokens), "u.is_active AND u.token_generation = $2::bigint",
        "'account_alert'", "'Password changed'",
        "'Your password was reset through a link in a mail. If it was not you, tell us at once.'"));
    parameters p(id, generation, new_hash);
    co_return co_await private_change(db, cache, id, update, std::move(p));
}

task<result<bool>> verify_email(database& db, cache& cache, uuid id, std::string email) {
    static const statement update(
        quiet_change_sql("email_verified = true", "u.is_active AND lower(u.email) = lower($2)"));
    parameters p(id, email);
    co_return co_await private_change(db, cache, id, update, std::move(p));
}

task<result<>> send_mail(database& db, mail m) {
    auto insert = append_command(m);
    auto sent = co_await db.execute(std::move(insert.what), std::move(insert.with));
    if (!sent)
        co_return fail(std::move(sent.error()));
    co_return result<>{};
}

task<result<>> send_nothing(database& db) {
    // A message in the write-ahead log that nobody reads: its commit waits for the disk as an insert's does.
    static const statement emit("SELECT pg_logical_emit_message(true, 'nobody', '')");
    auto done = co_await db.execute(emit);
    if (!done)
        co_return fail(std::move(done.error()));
    co_return result<>{};
}

task<result<bool>> send_phone_code(database& db, uuid id, std::string code_hash, std::string message) {
    static const statement insert(
        "WITH target AS (SELECT id, phone_number FROM users"
        " WHERE id = $1 AND phone_number <> '' AND NOT phone_verified),"
        " coded AS (INSERT INTO phone_codes (user_id, phone_number, code_hash, expires_at)"
        " SELECT id, phone_number, $2, now() + interval '10 minutes' FROM target"
        " ON CONFLICT (user_id) DO UPDATE SET phone_number = excluded.phone_number, code_hash = "
        "excluded.code_hash,"
        " tries = 0, expires_at = excluded.expires_at)"
        " INSERT INTO text_messages (recipient, body) SELECT phone_number, $3 FROM target");
    parameters p(id, code_hash, message);
    auto sent = co_await db.execute(insert, std::move(p));
    if (!sent)
        co_return fail(std::move(sent.error()));
    co_return sent->affected() == 1;
}

task<result<bool>> verify_phone(database& db, cache& cache, uuid id, std::string code_hash) {
    // A right code is used up by the same statement that counts the try, so that it works once.
    static const statement update(fmt::format(
        "WITH tried AS (UPDATE phone_codes SET tries = tries + 1,"
        " expires_at = CASE WHEN code_hash = $2 THEN now() ELSE expires_at END"
        " WHERE user_id = $1 AND expires_at > now() AND tries < 5"
        " RETURNING user_id, phone_number, code_hash = $2 AS good),"
        " changed AS (UPDATE users u SET phone_verified = true, updated_at = now() FROM tried"
        " WHERE u.id = tried.user_id AND tried.good AND u.phone_number = tried.phone_number RETURNING u.id),"
        " noted AS ({}) SELECT id FROM changed",
        silent_sql("changed")));
    parameters p(id, code_hash);
    co_return co_await private_change(db, cache, id, update, std::move(p));
}

task<result<>> log_out(database& db, cache& cache, uuid id, uuid family, timestamp expires) {
    static const statement insert(
        fmt::format("WITH outlived AS (DELETE FROM revoked_tokens WHERE user_id = $2 AND expires_at < now()),"
                    " ended AS (INSERT INTO revoked_tokens (id, user_id, expires_at) VALUES ($1, $2, $3)"
                    " ON CONFLICT DO NOTHING RETURNING user_id) {}",
                    silent_sql("ended", "user_id")));
    parameters p(family, id, expires);
    auto done = co_await db.execute(insert, std::move(p));
    if (!done)
        co_return fail(std::move(done.error()));
    co_await judged_anew(cache, id);
    co_return result<>{};
}

task<result<changed_row>> update(database& db, cache& cache, uuid id, uuid by, user values,
                                 field_set present) {
    static const statement what(profile_update_sql());
    std::string chosen = "{";
    parameters written;
    bool shown = false;
    for (std::size_t i = 0; i < user_fields.size(); ++i) {
        const auto& f = user_fields[i];
        if (!is_writable(f))
            continue;
        chosen += present.test(i) ? "t," : "f,";
        std::string text;
        const bool has_value = f.to_text(&values, text);
        // A blank company number is no number: it would be taken after the first.
        if (has_value && !(f.name == "company_registration_number" && text.empty()))
            written.add(text);
        else
            written.add(std::nullopt);
        shown = shown || (present.test(i) && in_summary(f.name));
    }
    chosen.back() = '}';
    parameters p(id, chosen, by);
    for (const char* text : written.pointers())
        text ? p.add(text) : p.add(std::nullopt);
    auto changed = co_await db.execute(what, std::move(p));
    if (!changed)
        co_return fail(known_conflict(std::move(changed.error())));
    if (!changed->empty()) {
        if (shown)
            co_await shown_anew(db, cache, id);
        else
            co_await judged_anew(cache, id);
    }
    changed_row now;
    now.shown = *changed;
    now.dropped = files_from(*changed, static_cast<int>(column_count(user_profile)));
    co_return now;
}

task<result<rows>> set_selling(database& db, cache& cache, uuid id, bool selling) {
    static const statement enable(quiet_change_sql("is_seller = true", "u.verification_status = 'verified'"));
    static const statement disable(quiet_change_sql("is_seller = false", "true"));
    co_return co_await change(db, cache, id, selling ? enable : disable, parameters(id));
}

task<result<rows>> deactivate(database& db, cache& cache, uuid id) {
    static const statement update(change_sql(fmt::format("is_active = false, {}", end_tokens), "u.is_active",
                                             "'account_alert'", "'Account deactivated'",
                                             "'Your account was deactivated.'"));
    co_return co_await change(db, cache, id, update, parameters(id));
}

task<result<submitted>> submit_verification(database& db, cache& cache, uuid id, std::string document) {
    static const statement update(fmt::format(
        "WITH was AS (SELECT id, verification_document AS replaced FROM users WHERE id = $1 FOR UPDATE),"
        " changed AS (UPDATE users u SET updated_at = now(), verification_document = $2,"
        " verification_status = 'pending', verification_count = u.verification_count + 1 FROM was"
        " WHERE u.id = was.id AND u.verification_status <> 'verified' RETURNING u.*, was.replaced),"
        " noted AS ({}) SELECT {}, coalesce(u.replaced, '') FROM changed u",
        silent_sql("changed"), select_list(user_profile, "u")));
    parameters p(id, document);
    auto changed = co_await change(db, cache, id, update, std::move(p));
    if (!changed)
        co_return fail(std::move(changed.error()));
    submitted s;
    if (!changed->empty())
        s.replaced = changed->front().text(changed->front().columns() - 1);
    s.profile = std::move(*changed);
    co_return s;
}

task<result<rows>> set_verification(database& db, cache& cache, uuid id, uuid by, verification_status status,
                                    std::string reason) {
    static const statement update(
        change_sql("verification_status = $2, is_seller = u.is_seller AND $2 = 'verified'",
                   "u.verification_status <> $2", unless_own("'verification_status'", "changed.id", "$4"),
                   "'Verification status changed'",
                   "'Your verification status is now: ' || changed.verification_status || '.'"
                   " || CASE WHEN $3 = '' THEN '' ELSE ' ' || $3 END"));
    parameters p(id, to_text(status), reason, by);
    co_return co_await change(db, cache, id, update, std::move(p));
}

task<result<std::optional<std::string>>> verification_document(database& db, uuid id) {
    static const statement select("SELECT verification_document FROM users WHERE id = $1");
    auto found = co_await db.query(select, parameters(id));
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<std::string> path;
    if (!found->empty())
        path = found->front().text(0);
    co_return path;
}

task<result<rows>> suspend(database& db, cache& cache, uuid id, std::string reason,
                           std::optional<timestamp> until) {
    static const statement update(change_sql(
        fmt::format("is_suspended = true, suspension_reason = $2, suspension_until = $3::timestamptz, {}",
                    end_tokens),
        "NOT u.is_superuser AND NOT (u.is_suspended AND coalesce(u.suspension_until > now(), true))",
        "'account_alert'", "'Account suspended'",
        "'Your account was suspended'"
        " || CASE WHEN $3::timestamptz IS NULL THEN '' ELSE ' until '"
        " || to_char($3::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' END || ': ' || $2"));
    parameters p(id, reason, until);
    co_return co_await change(db, cache, id, update, std::move(p));
}

task<result<rows>> unsuspend(database& db, cache& cache, uuid id) {
    static const statement update(change_sql(
        "is_suspended = false, suspension_reason = NULL, suspension_until = NULL", "u.is_suspended",
        "'account_alert'", "'Suspension lifted'", "'Your account is no longer suspended.'"));
    co_return co_await change(db, cache, id, update, parameters(id));
}

task<> lift_expired_suspension(database& db, cache& cache, uuid id) {
    static const statement update(
        change_sql("is_suspended = false, suspension_reason = NULL, suspension_until = NULL",
                   "u.is_suspended AND u.suspension_until <= now()", "'account_alert'", "'Suspension lifted'",
                   "'Your account is no longer suspended.'"));
    auto lifted = co_await change(db, cache, id, update, parameters(id));
    if (!lifted)
        log::warn("cannot lift the suspension of {}: {}", id.text(), lifted.error().text);
}

} // namespace mvp::storage::users
