// How often callers may do what costs or can be abused: the limits of the settings, counted in Redis across
// processes.
#pragma once

#include "http/router.hpp"
#include "storage/async.hpp"

#include <string>
#include <string_view>

namespace mvp::http {

class services;

/// Counts one under `key` for that limit; errc::throttled beyond it. For what a handler alone can name: an
/// e-mail address, an account.
task<result<>> within_limit(services& with, limit which, std::string key);

/// What new users may do only so often.
enum class newcomers { thread, post };
/// Counts one thread, or one response, comment or reply, of the caller as long as he is new; errc::throttled
/// beyond the limit. Staff are never new.
task<result<>> within_newcomers_limit(services& with, const request& call, newcomers what);

/// An e-mail address as limits compare it. PostgreSQL takes more spellings of letters beyond ASCII for the
/// same than we know: all such addresses that one client asks for are one.
std::string folded(const request& call, std::string_view email);

/// The dispatcher's: counts an unsafe request of a user as a write, and a multipart form as an upload, too,
/// where it may carry files.
task<result<>> throttle(services& with, request& call);

} // namespace mvp::http
