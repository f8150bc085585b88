// What happens to a request between its head and its handler, in the order that clients know: Host, CORS
// preflight, route (404, 301), negotiation (406, unknown format), authentication (401), permission (401,
// 403), throttle (429), method (405). The handler does the rest: lookup, its own rules, then the body.
#pragma once

#include "http/auth/authenticate.hpp"
#include "http/cors.hpp"
#include "http/hosts.hpp"
#include "http/route_tree.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::http {

/// A connection's other end.
struct peer {
    std::string address;
    bool trusted = false;  ///< one of TRUSTED_PROXIES
    std::string good_host; ///< the Host that was found allowed last: nearly always the next one, too
};

struct decision {
    const resource* to = nullptr;
    handler run = nullptr;          ///< to be called, if there is no answer yet
    std::optional<response> answer; ///< a refusal, a redirect, OPTIONS
    bool ask_caller = false;        ///< admit() decides on `run` and `answer`
    bool preflight = false;
    bool feed = false; ///< the live feed: the connection may become a WebSocket
    int indent = 0;
};

class dispatcher {
  public:
    struct options {
        std::vector<std::string> allowed_hosts, cors_origins, trusted_proxies;
        /// Tests may bring their own.
        std::optional<result<>> (*authenticate_near)(services&, request&) = &http::authenticate_near;
        task<result<>> (*authenticate)(services&, request&) = &http::authenticate;
        /// Counts a user's unsafe request and uploads (storage/rate_limiter.hpp); null: no limits.
        task<result<>> (*throttle)(services&, request&) = nullptr;
    };
    dispatcher(const route_tree& routes, services& with, options how);

    /// Everything that needs no waiting: all of it for callers without a token.
    decision begin(request& call, peer& from) const;
    /// The rest, for `ask_caller`.
    task<> admit(request& call, decision& d) const;

    bool trusts(const boost::asio::ip::address& address) const { return proxies_.contain(address); }
    const cors& origins() const { return cors_; }
    services& with() const { return with_; }

    static constexpr std::string_view feed_path = "/ws/notifications/";

  private:
    void find_route(request& call, decision& d) const;
    /// Permission and method, when it is known who calls.
    static void judge(const request& call, decision& d);
    bool counted(const request& call) const;

    const route_tree& routes_;
    services& with_;
    options how_;
    allowed_hosts hosts_;
    cors cors_;
    networks proxies_;
};

/// What the route's access says to this caller; nullopt: come in.
std::optional<error> refused_access(access who, verb method, bool logged_in, bool staff);

} // namespace mvp::http
