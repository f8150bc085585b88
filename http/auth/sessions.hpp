// Logging in: checks a password without telling which accounts exist, and issues the tokens.
#pragma once

#include "http/auth/tokens.hpp"
#include "http/request.hpp"
#include "storage/postgres/database.hpp"

#include <optional>
#include <string>

namespace mvp::http {

class services;

struct session {
    storage::rows profile; ///< one row with the columns of user_profile
    token_pair tokens;
};

/// Empty for an unknown address, a wrong password and a deactivated account, all in the same time. Only after
/// the right password: errc::permission_denied "Account is suspended". errc::throttled beyond the limit of
/// tries for this caller's address and this e-mail. Imported hashes are replaced by today's.
task<result<std::optional<session>>> log_in(services& with, request& call, std::string email,
                                            std::string password);

/// Hashing and checking on the worker pool.
task<result<std::string>> hash_password(services& with, std::string password);
task<result<bool>> check_password(services& with, std::string stored, std::string password);

} // namespace mvp::http
