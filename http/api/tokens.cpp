// Tokens: obtaining, refreshing, checking them, and logging out. An Authorization header is not even looked
// at here.
#include "http/api/bodies.hpp"
#include "http/auth/authenticate.hpp"
#include "http/auth/sessions.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "http/throttle.hpp"
#include "storage/accounts.hpp"
#include "storage/model/json_text.hpp"
#include "storage/users.hpp"

#include <algorithm>

namespace mvp::http::api {
namespace {

using namespace storage;

constexpr unsigned needed = flag::required | flag::created;

struct credentials {
    std::string email, password;
};
constexpr std::array credential_fields{field<&credentials::email>("email", needed),
                                       field<&credentials::password>("password", needed)};

struct refresh_body {
    std::string refresh;
};
constexpr std::array refresh_fields{field<&refresh_body::refresh>("refresh", needed)};

struct token_body {
    std::string token;
};
constexpr std::array token_fields{field<&token_body::token>("token", needed)};

task<result<response>> obtain(services& with, request& call) {
    auto body = read_small<credentials>(call, credential_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto logged_in = co_await log_in(with, call, std::move(body->email), std::move(body->password));
    if (!logged_in)
        co_return fail(std::move(logged_in.error()));
    if (!*logged_in)
        co_return fail(errc::not_authenticated, "No active account found with the given credentials");
    const auto& pair = (*logged_in)->tokens;
    co_return response(200, R"({"refresh":)" + json_text(pair.refresh) + R"(,"access":)" +
                                json_text(pair.access) + "}");
}

/// The account behind a verified token of either kind, if the token still holds for it.
task<result<account_ptr>> find_account(services& with, const claims& token, token_use use) {
    auto found = co_await with.accounts.find(token.user);
    if (!found)
        co_return fail(std::move(found.error()));
    const auto account = *found;
    if (!account || !account->is_active)
        co_return fail(errc::not_authenticated, "No active account found for the given token.");
    if (account->suspended(now()))
        co_return fail(errc::permission_denied, "Account is suspended");
    const auto& family = token.kind == token_kind::refresh ? token.jti : token.family;
    const auto& ended = account->revoked_families;
    if (revoked(token, account->token_generation, account->tokens_valid_after) ||
        std::find(ended.begin(), ended.end(), family_id(family)) != ended.end())
        co_return fail(dead_token(use));
    co_return account;
}

struct live_token {
    claims token;
    account_ptr account;
};

task<result<live_token>> find_live(services& with, std::string text, token_use use) {
    const auto token = with.tokens.verify(text, use, now());
    if (!token)
        co_return fail(token.error());
    auto account = co_await find_account(with, *token, use);
    if (!account)
        co_return fail(std::move(account.error()));
    live_token found{*token, std::move(*account)};
    co_return found;
}

task<result<response>> refresh(services& with, request& call) {
    auto body = read_small<refresh_body>(call, refresh_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto live = co_await find_live(with, std::move(body->refresh), token_use::refresh);
    if (!live)
        co_return fail(live.error());
    const auto access = with.tokens.issue_access(live->token, live->account->token_generation, now());
    co_return response(200, R"({"access":)" + json_text(access) + "}");
}

task<result<response>> verify(services& with, request& call) {
    auto body = read_small<token_body>(call, token_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto live = co_await find_live(with, std::move(body->token), token_use::any);
    if (!live)
        co_return fail(live.error());
    co_return response(200, "{}");
}

task<result<response>> log_out(services& with, request& call) {
    auto body = read_small<refresh_body>(call, refresh_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto token = with.tokens.verify(body->refresh, token_use::refresh, now());
    if (!token)
        co_return fail(token.error());
    // Dead already, by whatever: nothing to write. A suspended user may log out.
    auto account = co_await find_account(with, *token, token_use::refresh);
    if (!account && account.error().code != errc::permission_denied)
        co_return fail(std::move(account.error()));
    // Kept as long as any access token could live that was made with it in its last moment.
    const auto expires = token->expires + with.tokens.lives().access;
    auto ended = co_await users::log_out(with.db, with.cache, token->user, family_id(token->jti), expires);
    if (!ended)
        co_return fail(std::move(ended.error()));
    co_return response(200, "{}");
}

constexpr route table[] = {
    {.path = "/api/token/",
     .name = "token-obtain",
     .by_method = {.post = obtain},
     .who = access::ignores_credentials,
     .counted = limit::login,
     .docs = {.post = doc::takes(credential_fields).gives(doc::text("refresh"), doc::text("access"))}},
    {.path = "/api/token/refresh/",
     .name = "token-refresh",
     .by_method = {.post = refresh},
     .who = access::ignores_credentials,
     .docs = {.post = doc::takes(refresh_fields).gives(doc::text("access"))}},
    {.path = "/api/token/verify/",
     .name = "token-verify",
     .by_method = {.post = verify},
     .who = access::ignores_credentials,
     .docs = {.post = doc::takes(token_fields).gives(200)}},
    {.path = "/api/token/blacklist/",
     .name = "token-blacklist",
     .by_method = {.post = log_out},
     .who = access::ignores_credentials,
     .docs = {.post = doc::takes(refresh_fields).gives(200)}},
};

} // namespace

extern const std::span<const route> token_routes;
const std::span<const route> token_routes = table;

} // namespace mvp::http::api
