// Who may have the live feed: reads an upgrade request, whose token is in a header or among the offered
// subprotocols, before the connection becomes a socket.
#pragma once

#include "http/auth/authenticate.hpp"
#include "http/request.hpp"
#include "storage/async.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mvp::http {

class services;

inline constexpr std::string_view feed_protocol = "notifications.v1";

/// What a request for the feed was found to be allowed.
struct feed_ticket {
    session_token token;
    std::optional<std::int64_t> since;
    bool subprotocol = false; ///< the client offered notifications.v1
};

/// 426 without a proper upgrade, 401, 403, 400 for a bad `since`, in this order. Fills `call.caller`.
task<result<feed_ticket>> admit_to_feed(services& with, request& call);

} // namespace mvp::http
