// Reading users, registration and log-in. What changes an account is in users_changes.cpp.
#include "storage/users.hpp"

#include "storage/query.hpp"
#include "storage/users_sql.hpp"

#include <fmt/format.h>

namespace mvp::storage::users {
namespace {

/// $1: the viewer is staff, $2: his id.
std::string visible_sql() {
    return fmt::format("($1::boolean OR u.id = $2::uuid OR (u.verification_status = 'verified' AND NOT {}))",
                       hidden_sql("u"));
}

/// Beside visible_sql(): the filters of list(), each off while its parameter is NULL.
const std::string& filters_sql() {
    static const std::string text = visible_sql() + " AND ($3::text IS NULL OR u.verification_status = $3)"
                                                    " AND ($4::text IS NULL OR u.user_type = $4)"
                                                    " AND ($5::boolean IS NULL OR u.is_seller = $5)"
                                                    " AND ($6::boolean IS NULL OR u.email_verified = $6)"
                                                    " AND ($7::boolean IS NULL OR u.phone_verified = $7)";
    return text;
}
std::string sellers_sql() {
    return fmt::format("u.verification_status = 'verified' AND u.is_seller AND NOT {}", hidden_sql("u"));
}

parameters filter_parameters(const viewer& by, const list_filters& f) {
    return parameters(by.staff, by.id, f.verification_status, f.user_type, f.is_seller, f.email_verified,
                      f.phone_verified);
}

parameters new_user_parameters(const new_user& who) {
    return parameters(who.id, who.email, who.password_hash, who.first_name, who.last_name, who.phone_number,
                      to_text(who.type), who.company_name, who.company_registration_number,
                      who.business_email, who.business_phone_number, who.e_tin, who.trade_license_number,
                      who.nid_number);
}

constexpr std::string_view login_columns =
    "u.id, u.email, u.password, u.is_active, u.token_generation, "
    "coalesce(u.phone_number, '') <> '', u.first_name, u.email_verified";

std::optional<login> read_login(const rows& found) {
    if (found.empty())
        return std::nullopt;
    const auto r = found.front();
    login l;
    l.id = r.id(0);
    l.email = r.text(1);
    l.password_hash = r.text(2);
    l.is_active = r.boolean(3);
    l.generation = r.integer(4);
    l.has_phone = r.boolean(5);
    l.first_name = r.text(6);
    l.email_verified = r.boolean(7);
    l.suspended = r.boolean(8);
    return l;
}

} // namespace

std::string suspended_sql(std::string_view u) {
    return fmt::format(
        "({0}.is_suspended AND ({0}.suspension_until IS NULL OR {0}.suspension_until > now()))", u);
}

std::string hidden_sql(std::string_view u) {
    return fmt::format("(NOT {}.is_active OR {})", u, suspended_sql(u));
}

std::string is_hidden_sql(std::string_view id) {
    return fmt::format(
        "EXISTS (SELECT FROM users h WHERE h.id = {} AND (NOT h.is_active OR h.is_suspended) AND {})", id,
        hidden_sql("h"));
}

error known_conflict(error e) {
    if (e.code == errc::conflict && e.constraint == "users_email_key")
        return error::invalid("email", std::string(email_taken));
    if (e.code == errc::conflict && e.constraint == "users_company_registration_number_key")
        return error::invalid("company_registration_number", std::string(company_registration_number_taken));
    return e;
}

task<result<rows>> profile(database& db, uuid id, viewer by) {
    static const statement by_id(fmt::format("SELECT {} FROM users u WHERE u.id = $3 AND {}",
                                             select_list(user_profile, "u"), visible_sql()));
    parameters p(by.staff, by.id, id);
    co_return co_await db.query(by_id, std::move(p));
}

task<result<user_list>> list(database& db, viewer by, list_filters filters, list_window window) {
    static const std::string select =
        fmt::format("SELECT {} FROM users u WHERE ", select_list(user_summary, "u"));
    static const std::string order = " ORDER BY u.date_joined DESC, u.id";
    static const statement everybody(select + filters_sql() + order);
    static const statement page(select + filters_sql() + order + " OFFSET $8 LIMIT $9");
    static const statement size("SELECT count(*) FROM users u WHERE " + filters_sql());
    static const statement sellers(select + sellers_sql() + order);
    static const statement sellers_page(select + sellers_sql() + order + " OFFSET $1 LIMIT $2");
    static const statement sellers_size("SELECT count(*) FROM users u WHERE " + sellers_sql());

    auto p = filters.sellers_only ? parameters() : filter_parameters(by, filters);
    user_list found;
    if (window.limit == 0) {
        auto all = co_await db.query(filters.sellers_only ? sellers : everybody, std::move(p));
        if (!all)
            co_return fail(std::move(all.error()));
        found.summaries = std::move(*all);
        found.count = static_cast<std::int64_t>(found.summaries.size());
        co_return found;
    }
    auto windowed = p;
    windowed.add(window.offset).add(window.limit);
    std::vector<command> both;
    both.emplace_back(filters.sellers_only ? sellers_size : size, std::move(p));
    both.emplace_back(filters.sellers_only ? sellers_page : page, std::move(windowed));
    auto answers = co_await db.batch(std::move(both));
    if (!answers)
        co_return fail(std::move(answers.error()));
    found.count = (*answers)[0].front().integer(0);
    found.summaries = (*answers)[1];
    co_return found;
}

task<result<std::optional<target>>> find_target(database& db, uuid id, viewer by) {
    static const statement by_id(fmt::format(
        "SELECT u.is_active, u.is_superuser, {}, u.verification_status FROM users u WHERE u.id = $3 AND {}",
        suspended_sql("u"), visible_sql()));
    parameters p(by.staff, by.id, id);
    auto found = co_await db.query(by_id, std::move(p));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return std::nullopt;
    const auto r = found->front();
    target t;
    t.is_active = r.boolean(0);
    t.is_superuser = r.boolean(1);
    t.suspended = r.boolean(2);
    t.status = parse_choice<verification_status>(r.text(3)).value_or(verification_status::unverified);
    co_return t;
}

task<result<rows>> add(database& db, new_user who, mail verification) {
    static const statement insert(fmt::format(
        "WITH made AS (INSERT INTO users (id, email, password, first_name, last_name, phone_number, "
        "user_type,"
        " company_name, company_registration_number, business_email, business_phone_number, e_tin,"
        " trade_license_number, nid_number)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING *),"
        " mailed AS (INSERT INTO mails (recipient, subject, body_text, body_html, kind)"
        " SELECT email, $15, $16, $17, $18 FROM made) SELECT {} FROM made u",
        select_list(user_profile, "u")));
    auto p = new_user_parameters(who);
    p.add(verification.subject).add(verification.text).add(verification.html).add(verification.kind);
    auto made = co_await db.execute(insert, std::move(p));
    if (!made)
        co_return fail(known_conflict(std::move(made.error())));
    co_return made;
}

task<result<bool>> add_superuser(database& db, new_user who) {
    static const statement insert(
        "INSERT INTO users (id, email, password, first_name, last_name, is_staff, is_superuser)"
        " VALUES ($1, $2, $3, $4, $5, true, true) ON CONFLICT ((lower(email))) DO NOTHING");
    parameters p(who.id, who.email, who.password_hash, who.first_name, who.last_name);
    auto made = co_await db.execute(insert, std::move(p));
    if (!made)
        co_return fail(std::move(made.error()));
    co_return made->affected() == 1;
}

task<result<taken>> find_taken(database& db, std::string email, std::string company_registration_number) {
    static const statement ask("SELECT EXISTS (SELECT FROM users WHERE lower(email) = lower($1)),"
                               " EXISTS (SELECT FROM users WHERE company_registration_number = $2)");
    parameters p(email, company_registration_number);
    auto found = co_await db.query(ask, std::move(p));
    if (!found)
        co_return fail(std::move(found.error()));
    taken t;
    t.email = !email.empty() && found->front().boolean(0);
    t.company_registration_number = !company_registration_number.empty() && found->front().boolean(1);
    co_return t;
}

task<result<std::optional<login>>> find_login(database& db, std::string email) {
    static const statement by_email(fmt::format("SELECT {}, {} FROM users u WHERE lower(u.email) = lower($1)",
                                                login_columns, suspended_sql("u")));
    auto found = co_await db.query(by_email, parameters(email));
    if (!found)
        co_return fail(std::move(found.error()));
    co_return read_login(*found);
}

task<result<std::optional<login>>> find_login(database& db, uuid id) {
    static const statement by_id(
        fmt::format("SELECT {}, {} FROM users u WHERE u.id = $1", login_columns, suspended_sql("u")));
    auto found = co_await db.query(by_id, parameters(id));
    if (!found)
        co_return fail(std::move(found.error()));
    co_return read_login(*found);
}

task<result<rows>> logged_in(database& db, login who, std::string new_hash) {
    // The generation stands for "not changed meanwhile"; the hash alone may be replaced by another log-in's
    // better one.
    static const statement update(
        fmt::format("WITH changed AS (UPDATE users u SET last_login = now(),"
                    " password = CASE WHEN u.password = $3 AND $4 <> '' THEN $4 ELSE u.password END"
                    " WHERE u.id = $1 AND u.token_generation = $2 AND NOT {} RETURNING u.*)"
                    " SELECT {} FROM changed u",
                    hidden_sql("u"), select_list(user_profile, "u")));
    parameters p(who.id, who.generation, who.password_hash, new_hash);
    co_return co_await db.execute(update, std::move(p));
}

} // namespace mvp::storage::users
