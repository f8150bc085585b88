// Who is calling: reads the Authorization header, judges the token, finds the account. A warm check costs a
// look into two maps of this process and no query; an anonymous request costs nothing.
#pragma once

#include "http/auth/tokens.hpp"
#include "http/request.hpp"
#include "storage/async.hpp"

#include <optional>
#include <string_view>

namespace mvp::http {

class services;

/// What a valid access token says, in the form in which it is judged again and again.
struct session_token {
    uuid user{};
    std::chrono::sys_seconds expires{}, issued{};
    std::optional<std::int64_t> generation{};
    std::optional<uuid> family{}; ///< of the refresh token that it came with
};

/// The families under which log-outs are kept: the jti of a refresh token, as a UUID (ours are UUIDs; another
/// maker's jti is hashed to one).
uuid family_id(std::string_view refresh_jti);

/// Fills `request.caller` and `request.access_token`. No value in either, and no error, when the header is
/// absent, empty or of another scheme; errc::bad_token for a token that does not hold,
/// errc::permission_denied ("Account is suspended") for a suspended account. Called by the dispatcher only
/// when there is an Authorization header.
task<result<>> authenticate(services& with, request& call);

/// The same without waiting, when token and account are known near; empty when authenticate() must be asked.
std::optional<result<>> authenticate_near(services& with, request& call);

/// Signature, lifetime and claims of an access token; remembered on this loop until it expires.
result<session_token> read_access_token(services& with, std::string_view text, timestamp at);

/// The account behind a token that was read, if it may act now; the errors of authenticate().
task<result<storage::account_ptr>> find_caller(services& with, session_token token);

/// Whether a token that was good still is: for what lives longer than a request (sockets). Looks at the
/// account's state before revocation. `account` may be null: the user is gone.
result<> judge(const session_token& token, const storage::account* account, timestamp at);

} // namespace mvp::http
