// Routes are data: an app's file has one constexpr table, the router is built from all of them at the start.
#pragma once

#include "http/describe.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "storage/async.hpp"

#include <span>
#include <string_view>

namespace mvp::http {

/// What the permission class of the view asks, before lookup and method: see API.md 1.3 in the reference of
/// clients.
enum class access {
    anyone,       ///< all methods
    reads_anyone, ///< GET and HEAD by anyone, else a login (also for methods that do not exist)
    user,         ///< a login always: 401
    user_by_hand, ///< a login, refused with {"error":"Authentication required"} (my_* actions)
    posts_anyone, ///< POST by anyone, all else (OPTIONS too) with a login: registration, login, password
                  ///< reset
    staff,        ///< a login, and staff: 403
    reads_anyone_writes_staff,
    ignores_credentials ///< anyone; an Authorization header is not even looked at (token endpoints)
};

/// Which limiter counts a request (storage/rate_limiter.hpp); `automatic`: writes of users count as writes,
/// and those that may carry files as uploads.
enum class limit { automatic, none, login, registration, mail, upload };

class services; // what handlers work with (http/services.hpp): database, cache, actors, media, tokens, …

using handler = task<result<response>> (*)(services&, request&);

struct handlers {
    handler get = nullptr, post = nullptr, put = nullptr, patch = nullptr, del = nullptr;
};

struct route {
    /// "/api/cars/{id}/mark_as_sold/"; {…} matches one segment without '.'. "{path*}", last and without a
    /// slash behind
    /// ("/media/{path*}"), matches one or more segments of any characters.
    std::string_view path;
    std::string_view name; ///< "cars-mark-as-sold": metrics, logs and the tests of the matrix
    handlers by_method;
    access who = access::anyone;
    limit counted = limit::automatic;
    bool multipart_files =
        false;              ///< may carry files (up to 64 MiB); else a multipart body counts as a 2 MiB form
    doc::operations docs{}; ///< of each method that has a handler
};

/// Every app's table; http/api/*.cpp define them, http/api/routes.cpp lists them.
std::span<const std::span<const route>> all_routes();

} // namespace mvp::http
