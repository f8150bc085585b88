// Users: lists, registration, log-in, and profiles.
#include "http/api/users.hpp"

#include "http/api/bodies.hpp"
#include "http/api/mails.hpp"
#include "http/api/uploads.hpp"
#include "http/auth/passwords.hpp"
#include "http/pagination.hpp"
#include "http/rest.hpp"
#include "http/services.hpp"
#include "http/text.hpp"
#include "http/throttle.hpp"
#include "storage/model/json_text.hpp"

#include <fmt/format.h>

namespace mvp::http::api {
namespace {

namespace users = storage::users;

struct registration {
    std::string email, password, password2, first_name, last_name;
    std::optional<std::string> phone_number;
    storage::user_type user_type = storage::user_type::individual;
    std::optional<std::string> company_name, company_registration_number, business_email,
        business_phone_number, e_tin, trade_license_number, nid_number;
};

constexpr auto registration_fields = [] {
    using namespace storage;
    using namespace storage::flag;
    constexpr unsigned needed = required | created, optional = created | blank;
    constexpr storage::limits phone{.length = 17, .as = kind::phone};
    return std::array{
        field<&registration::email>("email", needed, {.length = 254, .as = kind::email}),
        field<&registration::password>("password", needed),
        field<&registration::password2>("password2", needed),
        field<&registration::first_name>("first_name", needed, {.length = 30}),
        field<&registration::last_name>("last_name", needed, {.length = 30}),
        field<&registration::phone_number>("phone_number", optional, phone),
        field<&registration::user_type>("user_type", created),
        field<&registration::company_name>("company_name", optional, {.length = 255}),
        field<&registration::company_registration_number>("company_registration_number", optional,
                                                          {.length = 100}),
        field<&registration::business_email>("business_email", optional, {.length = 254, .as = kind::email}),
        field<&registration::business_phone_number>("business_phone_number", optional, phone),
        field<&registration::e_tin>("e_tin", optional, {.length = 50}),
        field<&registration::trade_license_number>("trade_license_number", optional, {.length = 100}),
        field<&registration::nid_number>("nid_number", optional, {.length = 50}),
    };
}();
static_assert(storage::covers<registration>(registration_fields));

/// The checks that look at several fields, in the order in which clients know them; the first one that fails.
result<> check_together(const registration& r) {
    if (r.password != r.password2)
        return fail(error::invalid("password", "Password fields didn't match."));
    if (r.user_type != storage::user_type::company)
        return {};
    if (r.company_name.value_or("").empty())
        return fail(error::invalid("company_name", "Company name is required for company accounts."));
    if (r.company_registration_number.value_or("").empty())
        return fail(
            error::invalid("company_registration_number", "Company registration number is required."));
    return {};
}

task<result<registration>> read_registration(services& with, request& call) {
    auto body = read_checked<registration>(call, registration_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto& r = body->value;
    if (r.company_registration_number && r.company_registration_number->empty())
        r.company_registration_number.reset(); // blank is no number: it would be taken after the first
    if (body->good(registration_fields, "password"))
        complain(body->wrong, registration_fields, "password", passwords::complaints(r.password));
    auto taken = co_await users::find_taken(with.db, r.email, r.company_registration_number.value_or(""));
    if (!taken)
        co_return fail(std::move(taken.error()));
    if (taken->email)
        complain(body->wrong, registration_fields, "email", {std::string(users::email_taken)});
    if (taken->company_registration_number)
        complain(body->wrong, registration_fields, "company_registration_number",
                 {std::string(users::company_registration_number_taken)});
    if (auto good = body->verdict(); !good)
        co_return fail(std::move(good.error()));
    if (auto good = check_together(r); !good)
        co_return fail(std::move(good.error()));
    co_return std::move(r);
}

users::new_user make_user(registration r, std::string password_hash) {
    users::new_user who;
    who.id = uuid::random();
    who.email = std::move(r.email);
    who.password_hash = std::move(password_hash);
    who.first_name = std::move(r.first_name);
    who.last_name = std::move(r.last_name);
    who.phone_number = std::move(r.phone_number);
    who.type = r.user_type;
    who.company_name = std::move(r.company_name);
    who.company_registration_number = std::move(r.company_registration_number);
    who.business_email = std::move(r.business_email);
    who.business_phone_number = std::move(r.business_phone_number);
    who.e_tin = std::move(r.e_tin);
    who.trade_license_number = std::move(r.trade_license_number);
    who.nid_number = std::move(r.nid_number);
    return who;
}

task<result<response>> add_user(services& with, request& call, std::string_view message) {
    if (auto allowed = co_await within_limit(with, limit::registration, call.remote_address); !allowed)
        co_return fail(std::move(allowed.error()));
    auto body = co_await read_registration(with, call);
    if (!body)
        co_return fail(std::move(body.error()));
    auto hash = co_await hash_password(with, body->password);
    if (!hash)
        co_return fail(std::move(hash.error()));
    auto who = make_user(std::move(*body), std::move(*hash));
    const auto id = who.id;
    auto mail = verification_mail(with, id, who.email, who.first_name);
    auto made = co_await users::add(with.db, std::move(who), std::move(mail));
    if (!made)
        co_return fail(std::move(made.error()));
    const auto tokens = with.tokens.issue_pair(id, 0, now());
    co_return message_with_user(201, message, *made, &tokens);
}

task<result<response>> create(services& with, request& call) {
    return add_user(with, call, "User created successfully");
}

task<result<response>> register_user(services& with, request& call) {
    return add_user(with, call, "User registered successfully");
}

struct credentials {
    std::string email, password;
};
constexpr auto credential_fields = [] {
    using namespace storage;
    constexpr unsigned needed = flag::required | flag::created;
    return std::array{field<&credentials::email>("email", needed, {.as = kind::email}),
                      field<&credentials::password>("password", needed)};
}();

task<result<response>> login(services& with, request& call) {
    auto body = read_small<credentials>(call, credential_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto logged_in = co_await log_in(with, call, std::move(body->email), std::move(body->password));
    if (!logged_in) {
        if (logged_in.error().code == errc::permission_denied)
            co_return fail(errc::forbidden, std::move(logged_in.error().text));
        co_return fail(std::move(logged_in.error()));
    }
    if (!*logged_in)
        co_return fail(errc::bad_credentials, "Invalid email or password");
    co_return message_with_user(200, "Login successful", (*logged_in)->profile, &(*logged_in)->tokens);
}

/// "true" and "1" in any case; anything else is false.
std::optional<bool> flag_parameter(const request& call, std::string_view name) {
    const auto* text = call.parameters().find(name);
    if (!text)
        return std::nullopt;
    return *text == "1" || equals_ignoring_case(*text, "true");
}

/// An array, as clients know it, or a page.
task<result<response>> answer_list(services& with, request& call, users::list_filters filters,
                                   media_urls urls, bool paged) {
    users::list_window window;
    page_request page;
    if (paged) {
        auto asked = read_page(call.parameters());
        if (!asked)
            co_return fail(std::move(asked.error()));
        page = *asked;
        if (page.last) {
            const users::list_window one_row{0, 1};
            auto first = co_await users::list(with.db, viewer_of(call), filters, one_row);
            if (!first)
                co_return fail(std::move(first.error()));
            page.number = page_count(first->count, page.size);
        }
        window.offset = page.offset();
        window.limit = page.size;
    }
    auto found = co_await users::list(with.db, viewer_of(call), std::move(filters), window);
    if (!found)
        co_return fail(std::move(found.error()));
    std::string results;
    append_summaries(results, found->summaries, call, urls);
    if (!paged)
        co_return response(200, std::move(results));
    auto body = page_body(call, page, found->count, results);
    if (!body)
        co_return fail(std::move(body.error()));
    co_return response(200, std::move(*body));
}

task<result<response>> list(services& with, request& call) {
    users::list_filters filters;
    auto status = text_parameter(call, "verification_status");
    if (!status)
        co_return fail(std::move(status.error()));
    auto type = text_parameter(call, "user_type");
    if (!type)
        co_return fail(std::move(type.error()));
    if (!status->empty())
        filters.verification_status = std::move(*status);
    if (!type->empty())
        filters.user_type = std::move(*type);
    filters.is_seller = flag_parameter(call, "is_seller");
    filters.email_verified = flag_parameter(call, "email_verified");
    filters.phone_verified = flag_parameter(call, "phone_verified");
    // Only ?page= asks for a page here: there are clients that send ?page_size= and get an array.
    const bool paged = call.parameters().find("page") != nullptr;
    co_return co_await answer_list(with, call, std::move(filters), media_urls::absolute, paged);
}

task<result<response>> sellers(services& with, request& call) {
    users::list_filters filters;
    filters.sellers_only = true;
    return answer_list(with, call, std::move(filters), media_urls::relative, page_asked(call));
}

task<result<response>> me(services& with, request& call) {
    auto found = co_await users::profile(with.db, call.caller->id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return no_such_user();
    co_return profile_answer(*found);
}

task<result<response>> retrieve(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto found = co_await users::profile(with.db, *id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return no_such_user();
    response r;
    append_profile(r.body, found->front(), call);
    co_return r;
}

/// Whom the path names, if the caller may change him: himself, or anybody for staff (a superuser only by his
/// like).
task<result<uuid>> changeable(services& with, const request& call) {
    const auto id = call.id();
    if (!id || *id == call.caller->id)
        co_return id;
    auto found = co_await users::find_target(with.db, *id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (!*found)
        co_return no_such_user();
    if (!call.caller->is_staff || ((*found)->is_superuser && !call.caller->is_superuser))
        co_return fail(errc::permission_denied, "");
    co_return id;
}

template <mode How> task<result<response>> change(services& with, request& call) {
    const auto id = co_await changeable(with, call);
    if (!id)
        co_return fail(id.error());
    auto body = decode<storage::user>(call, storage::user_fields, How, call.caller->is_staff);
    if (!body)
        co_return fail(std::move(body.error()));
    const storage::field_table table = storage::user_fields;
    if (!call.caller->is_superuser)
        body->present.reset(storage::position(table, "is_staff"));
    const auto picture = storage::position(table, "profile_picture");
    std::vector<std::string> uploaded;
    if (const auto* file = body->file("profile_picture")) {
        auto stored = co_await store_image(with, *file, "profile_picture", "profile_pics/" + month_folder());
        if (!stored)
            co_return fail(std::move(stored.error()));
        body->value.profile_picture = uploaded.emplace_back(std::move(*stored));
        body->present.set(picture);
    }
    auto changed = co_await users::update(with.db, with.cache, *id, call.caller->id, std::move(body->value),
                                          body->present);
    const bool done = changed && !changed->shown.empty();
    co_await discard_all(with, std::move(done ? changed->dropped : uploaded));
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (!done)
        co_return no_such_user();
    co_return profile_answer(changed->shown);
}

task<result<response>> remove(services& with, request& call) {
    const auto id = co_await changeable(with, call);
    if (!id)
        co_return fail(id.error());
    auto done =
        co_await users::deactivate(with.db, with.cache, *id); // nothing to do for one who is switched off
    if (!done)
        co_return fail(std::move(done.error()));
    co_return response::no_content();
}

task<result<response>> set_selling(services& with, request& call, bool selling) {
    auto changed = co_await users::set_selling(with.db, with.cache, call.caller->id, selling);
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (changed->empty())
        co_return fail(errc::refused, "Account must be verified before enabling seller mode");
    co_return message_with_user(200, selling ? "Seller mode enabled" : "Seller mode disabled", *changed);
}

task<result<response>> enable_seller(services& with, request& call) {
    return set_selling(with, call, true);
}
task<result<response>> disable_seller(services& with, request& call) {
    return set_selling(with, call, false);
}

constexpr auto registered = doc::takes(registration_fields)
                                .gives(201, doc::message, doc::object("user", storage::user_profile),
                                       doc::text("refresh"), doc::text("access"));
constexpr auto told_with_user = doc::gives(doc::message, doc::object("user", storage::user_profile));

constexpr route table[] = {
    {.path = "/api/users/",
     .name = "users-list",
     .by_method = {.get = list, .post = create},
     .who = access::posts_anyone,
     .counted = limit::registration,
     .docs = {.get = doc::array_or_page_of(storage::user_summary).lists(storage::user_fields),
              .post = registered}},
    {.path = "/api/users/register/",
     .name = "users-register",
     .by_method = {.post = register_user},
     .who = access::posts_anyone,
     .counted = limit::registration,
     .docs = {.post = registered}},
    {.path = "/api/users/login/",
     .name = "users-login",
     .by_method = {.post = login},
     .who = access::posts_anyone,
     .counted = limit::login,
     .docs = {.post = doc::takes(credential_fields)
                          .gives(doc::message, doc::object("user", storage::user_profile),
                                 doc::text("refresh"), doc::text("access"))}},
    {.path = "/api/users/me/",
     .name = "users-me",
     .by_method = {.get = me},
     .who = access::user,
     .docs = {.get = doc::gives(storage::user_profile)}},
    {.path = "/api/users/sellers/",
     .name = "users-sellers",
     .by_method = {.get = sellers},
     .who = access::user,
     .docs = {.get = doc::array_or_page_of(storage::user_summary)}},
    {.path = "/api/users/enable_seller/",
     .name = "users-enable-seller",
     .by_method = {.post = enable_seller},
     .who = access::user,
     .docs = {.post = told_with_user}},
    {.path = "/api/users/disable_seller/",
     .name = "users-disable-seller",
     .by_method = {.post = disable_seller},
     .who = access::user,
     .docs = {.post = told_with_user}},
    {.path = "/api/users/{id}/",
     .name = "users-detail",
     .by_method = {.get = retrieve, .put = change<mode::put>, .patch = change<mode::patch>, .del = remove},
     .who = access::user,
     .multipart_files = true,
     .docs = {.get = doc::gives(storage::user_profile),
              .put = doc::takes(storage::user_fields, mode::put).gives(storage::user_profile),
              .patch = doc::takes(storage::user_fields, mode::patch).gives(storage::user_profile),
              .del = doc::gives_nothing()}},
};

} // namespace

const std::span<const route> users_routes = table;

} // namespace mvp::http::api
