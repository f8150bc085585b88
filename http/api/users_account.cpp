// A user's password, his e-mail address and his phone: changing, resetting, proving.
#include "http/api/bodies.hpp"
#include "http/api/mails.hpp"
#include "http/api/users.hpp"
#include "http/auth/passwords.hpp"
#include "http/services.hpp"
#include "http/throttle.hpp"

#include <charconv>
#include <fmt/format.h>

namespace mvp::http::api {
namespace {

namespace users = storage::users;
using namespace storage; // the tables below name their kinds and flags

constexpr unsigned needed = flag::required | flag::created;

// --- passwords
// ----------------------------------------------------------------------------------------------------

struct password_change {
    std::string old_password, new_password, new_password2;
};
constexpr std::array password_change_fields{field<&password_change::old_password>("old_password", needed),
                                            field<&password_change::new_password>("new_password", needed),
                                            field<&password_change::new_password2>("new_password2", needed)};

struct password_reset {
    std::string token, new_password, new_password2;
};
constexpr std::array password_reset_fields{field<&password_reset::token>("token", needed),
                                           field<&password_reset::new_password>("new_password", needed),
                                           field<&password_reset::new_password2>("new_password2", needed)};

/// Any body with a new password twice, checked but for what only the account knows.
template <class T> result<T> read_new_password(request& call, field_table table) {
    auto body = read_checked<T>(call, table);
    if (!body)
        return fail(std::move(body.error()));
    if (body->good(table, "new_password"))
        complain(body->wrong, table, "new_password", passwords::complaints(body->value.new_password));
    if (auto good = body->verdict(); !good)
        return fail(std::move(good.error()));
    if (body->value.new_password != body->value.new_password2)
        return fail(error::invalid("new_password", "Password fields didn't match."));
    return std::move(body->value);
}

task<result<response>> change_password(services& with, request& call) {
    const auto wrong = error::invalid("old_password", "Old password is not correct.");
    auto body = read_new_password<password_change>(call, password_change_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    // Guessing the old one through a stolen token is guessing all the same.
    if (auto allowed = co_await within_limit(with, limit::login, "password " + call.caller->id.text());
        !allowed)
        co_return fail(std::move(allowed.error()));
    auto who = co_await users::find_login(with.db, call.caller->id);
    if (!who)
        co_return fail(std::move(who.error()));
    if (!*who)
        co_return no_such_user();
    auto good = co_await check_password(with, (*who)->password_hash, std::move(body->old_password));
    if (!good)
        co_return fail(std::move(good.error()));
    if (!*good)
        co_return fail(wrong);
    auto hash = co_await hash_password(with, std::move(body->new_password));
    if (!hash)
        co_return fail(std::move(hash.error()));
    auto changed = co_await users::change_password(with.db, with.cache, std::move(**who), std::move(*hash));
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (!*changed) // another request was faster: what was old a moment ago is no longer
        co_return fail(wrong);
    co_return message_answer("Password changed successfully");
}

struct address {
    std::string email;
};
constexpr std::array address_fields{
    field<&address::email>("email", needed, {.length = 254, .as = kind::email})};

/// The same answer, and the same work, whether there is such a user or not.
task<result<response>> request_password_reset(services& with, request& call) {
    auto body = read_small<address>(call, address_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    if (auto allowed = co_await within_limit(with, limit::mail, "reset " + folded(call, body->email));
        !allowed)
        co_return fail(std::move(allowed.error()));
    auto who = co_await users::find_login(with.db, body->email);
    if (!who)
        co_return fail(std::move(who.error()));
    const bool known = *who && (*who)->is_active;
    auto mail =
        known ? password_reset_mail(with, (*who)->id, (*who)->email, (*who)->first_name, (*who)->generation)
              : password_reset_mail(with, uuid{}, body->email, "Somebody", 0);
    result<> sent; // no co_await in a conditional expression: g++ 12 miscompiles it
    if (known)
        sent = co_await users::send_mail(with.db, std::move(mail));
    else
        sent = co_await users::send_nothing(with.db);
    if (!sent)
        co_return fail(std::move(sent.error()));
    co_return message_answer("If the account exists, an email has been sent");
}

task<result<response>> confirm_password_reset(services& with, request& call) {
    const auto dead = error(errc::refused, "Invalid or expired token");
    auto body = read_new_password<password_reset>(call, password_reset_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto about = with.links.verify(token_purpose::reset_password, body->token, now());
    if (!about)
        co_return fail(std::move(about.error()));
    std::int64_t generation = -1;
    std::from_chars(about->binding.data(), about->binding.data() + about->binding.size(), generation);
    auto hash = co_await hash_password(with, std::move(body->new_password));
    if (!hash)
        co_return fail(std::move(hash.error()));
    auto changed =
        co_await users::reset_password(with.db, with.cache, about->user, generation, std::move(*hash));
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (!*changed)
        co_return fail(dead);
    co_return message_answer("Password changed successfully");
}

// --- e-mail address
// -----------------------------------------------------------------------------------------------

task<result<response>> send_email_verification(services& with, request& call) {
    const auto id = call.caller->id;
    if (auto allowed = co_await within_limit(with, limit::mail, "verify " + id.text()); !allowed)
        co_return fail(std::move(allowed.error()));
    auto who = co_await users::find_login(with.db, id);
    if (!who)
        co_return fail(std::move(who.error()));
    if (!*who)
        co_return no_such_user();
    if ((*who)->email_verified)
        co_return fail(errc::refused, "Email is already verified");
    auto mail = verification_mail(with, id, (*who)->email, (*who)->first_name);
    auto sent = co_await users::send_mail(with.db, std::move(mail));
    if (!sent)
        co_return fail(std::move(sent.error()));
    co_return message_answer("Verification email sent");
}

struct proof {
    std::string token;
};
constexpr std::array proof_fields{field<&proof::token>("token", needed)};

task<result<response>> verify_email(services& with, request& call) {
    auto body = read_small<proof>(call, proof_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto about = with.links.verify(token_purpose::verify_email, body->token, now());
    if (!about)
        co_return fail(std::move(about.error()));
    auto verified = co_await users::verify_email(with.db, with.cache, about->user, about->binding);
    if (!verified)
        co_return fail(std::move(verified.error()));
    if (!*verified)
        co_return fail(errc::refused, "Invalid or expired token");
    co_return message_answer("Email verified");
}

// --- phone
// --------------------------------------------------------------------------------------------------------

/// Six digits.
std::string random_code() {
    const auto bytes = uuid::random().bytes; // from the operating system's generator
    std::uint64_t number = 0;
    for (std::size_t i = 9; i < bytes.size(); ++i) // behind the bits that say what kind of UUID it is
        number = number << 8 | bytes[i];
    return fmt::format("{:06}", number % 1'000'000);
}

task<result<response>> send_phone_verification(services& with, request& call) {
    const auto id = call.caller->id;
    if (auto allowed = co_await within_limit(with, limit::mail, "phone " + id.text()); !allowed)
        co_return fail(std::move(allowed.error()));
    const auto code = random_code();
    auto sent = co_await users::send_phone_code(
        with.db, id, with.links.keyed_hash(id.text() + ' ' + code),
        fmt::format("Your verification code is {}. It is valid for ten minutes.", code));
    if (!sent)
        co_return fail(std::move(sent.error()));
    if (!*sent)
        co_return fail(errc::refused, "No phone number to verify");
    co_return message_answer("Verification code sent");
}

struct phone_proof {
    std::string code;
};
constexpr std::array phone_proof_fields{field<&phone_proof::code>("code", needed)};

task<result<response>> verify_phone(services& with, request& call) {
    auto body = read_small<phone_proof>(call, phone_proof_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto id = call.caller->id;
    auto verified = co_await users::verify_phone(with.db, with.cache, id,
                                                 with.links.keyed_hash(id.text() + ' ' + body->code));
    if (!verified)
        co_return fail(std::move(verified.error()));
    if (!*verified)
        co_return fail(errc::refused, "Invalid or expired code");
    co_return message_answer("Phone verified");
}

constexpr route table[] = {
    {.path = "/api/users/change_password/",
     .name = "users-change-password",
     .by_method = {.post = change_password},
     .who = access::user,
     .docs = {.post = doc::takes(password_change_fields).gives(doc::message)}},
    {.path = "/api/users/password_reset/",
     .name = "users-password-reset",
     .by_method = {.post = request_password_reset},
     .who = access::posts_anyone,
     .counted = limit::mail,
     .docs = {.post = doc::takes(address_fields).gives(doc::message)}},
    {.path = "/api/users/password_reset_confirm/",
     .name = "users-password-reset-confirm",
     .by_method = {.post = confirm_password_reset},
     .who = access::posts_anyone,
     .counted = limit::login,
     .docs = {.post = doc::takes(password_reset_fields).gives(doc::message)}},
    {.path = "/api/users/send_email_verification/",
     .name = "users-send-email-verification",
     .by_method = {.post = send_email_verification},
     .who = access::user,
     .counted = limit::mail,
     .docs = {.post = doc::gives(doc::message)}},
    {.path = "/api/users/verify_email/",
     .name = "users-verify-email",
     .by_method = {.post = verify_email},
     .who = access::posts_anyone,
     .docs = {.post = doc::takes(proof_fields).gives(doc::message)}},
    {.path = "/api/users/send_phone_verification/",
     .name = "users-send-phone-verification",
     .by_method = {.post = send_phone_verification},
     .who = access::user,
     .counted = limit::mail,
     .docs = {.post = doc::gives(doc::message)}},
    {.path = "/api/users/verify_phone/",
     .name = "users-verify-phone",
     .by_method = {.post = verify_phone},
     .who = access::user,
     .docs = {.post = doc::takes(phone_proof_fields).gives(doc::message)}},
};

} // namespace

const std::span<const route> users_account_routes = table;

} // namespace mvp::http::api
