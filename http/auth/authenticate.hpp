// Who is calling: reads the Authorization header, judges the token, finds the account.
#pragma once

#include "http/request.hpp"
#include "storage/async.hpp"

namespace mvp::http {

class services;

/// Fills `request.caller` and `request.access_token`. No value in either, and no error, when the header is
/// absent, empty or of another scheme; errc::bad_token for a token that does not hold,
/// errc::permission_denied ("Account is suspended") for a suspended account. Called by the dispatcher only
/// when there is an Authorization header.
task<result<>> authenticate(services& with, request& call);

} // namespace mvp::http
