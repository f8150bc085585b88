#include "http/dispatcher.hpp"

#include "http/negotiation.hpp"
#include "http/proxy.hpp"
#include "http/text.hpp"

namespace mvp::http {

namespace {

constexpr std::string_view json_suffix = ".json";

bool is_safe(verb method) {
    return method == verb::get || method == verb::options;
}

/// Answered whatever the Host is, since who checks a server's health calls it by its address.
bool is_health_check(std::string_view path) {
    return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

response bad_host() {
    response r(
        400,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Bad Request (400)</title>\n</head>\n<body>\n"
        "  <h1>Bad Request (400)</h1><p></p>\n</body>\n</html>\n");
    r.content_type = "text/html";
    return r;
}

/// 301 to the path with its slash; the query stays byte for byte.
response with_slash(const request& call) {
    const auto question = call.target.find('?');
    std::string location(call.target.substr(0, question));
    if (location.starts_with("//")) // would name another host
        location.replace(0, 2, "/%2F");
    location += '/';
    if (question != call.target.npos)
        location += call.target.substr(question);
    response r(301, "");
    r.content_type = "text/html; charset=utf-8";
    r.headers.emplace_back("Location", std::move(location));
    return r;
}

/// The unknown ?format= that clients get a 404 for; "api" named the browsable pages, which JSON stands in
/// for.
bool unknown_format(const request& call) {
    if (call.query.find("format=") == call.query.npos)
        return false;
    const auto* format = call.parameters().find("format");
    return format && !format->empty() && *format != "json" && *format != "api";
}

} // namespace

std::optional<error> refused_access(access who, verb method, bool logged_in, bool staff) {
    const auto login = [&]() -> std::optional<error> {
        return logged_in ? std::nullopt : std::optional(error(errc::not_authenticated, ""));
    };
    const auto staff_only = [&]() -> std::optional<error> {
        return !logged_in || staff ? login() : std::optional(error(errc::permission_denied, ""));
    };
    switch (who) {
    case access::anyone:
    case access::ignores_credentials:
        return {};
    case access::reads_anyone:
        return is_safe(method) ? std::nullopt : login();
    case access::user:
        return login();
    case access::user_by_hand:
        if (!logged_in && method == verb::get)
            return error(errc::login_required, "");
        return is_safe(method) ? std::nullopt : login();
    case access::posts_anyone:
        return method == verb::post ? std::nullopt : login();
    case access::staff:
        return staff_only();
    case access::reads_anyone_writes_staff:
        return is_safe(method) ? std::nullopt : staff_only();
    }
    return error(errc::internal, "an access that nobody thought of");
}

dispatcher::dispatcher(const route_tree& routes, services& with, options how)
    : routes_(routes), with_(with), how_(std::move(how)), hosts_(how_.allowed_hosts),
      cors_(how_.cors_origins), proxies_(how_.trusted_proxies) {}

decision dispatcher::begin(request& call, peer& from) const {
    decision d;
    if (call.method == verb::head) {
        call.method = verb::get;
        call.head = true;
    }
    identify_client(call, from.address, from.trusted, proxies_);
    if (call.host != from.good_host || call.host.empty()) {
        if (hosts_.allows(call.host)) {
            from.good_host = call.host;
        } else if (!is_health_check(call.path)) {
            d.answer = bad_host();
            return d;
        }
    }
    if (call.method == verb::options && cors::is_preflight(call)) {
        d.preflight = true;
        d.answer.emplace();
        return d;
    }
    find_route(call, d);
    if (d.answer || d.feed)
        return d;
    if (call.path.starts_with("/api/")) { // pictures, health and metrics are what they are
        const auto accepted = negotiate(call.known.accept);
        d.indent = accepted.indent;
        if (!accepted.acceptable)
            d.answer = to_response({errc::not_acceptable, "Could not satisfy the request Accept header."});
        else if (!call.query.empty() && unknown_format(call))
            d.answer = to_response({errc::not_found, ""});
        if (d.answer)
            return d;
    }
    call.matched = &d.to->route_for(call.method);
    const access who = call.matched->who;
    if (!call.known.authorization.empty() && who != access::ignores_credentials) {
        const auto known = how_.authenticate_near(with_, call);
        if (!known || (*known && counted(call)))
            d.ask_caller = true;
        else if (!*known)
            d.answer = to_response(known->error());
    }
    if (!d.ask_caller && !d.answer)
        judge(call, d);
    return d;
}

task<> dispatcher::admit(request& call, decision& d) const {
    if (!call.caller) {
        if (auto known = co_await how_.authenticate(with_, call); !known) {
            d.answer = to_response(known.error());
            co_return;
        }
    }
    judge(call, d);
    // A method that does not exist is throttled, too, since the throttle comes first.
    const bool refused = d.answer && d.answer->status != 405;
    if (!refused && counted(call)) {
        if (auto taken = co_await how_.throttle(with_, call); !taken) {
            d.run = nullptr;
            d.answer = to_response(taken.error());
        }
    }
}

bool dispatcher::counted(const request& call) const {
    return how_.throttle && call.caller && !is_safe(call.method) && call.matched->counted != limit::none;
}

void dispatcher::judge(const request& call, decision& d) {
    if (auto refused =
            refused_access(call.matched->who, call.method, call.caller != nullptr, call.is_staff())) {
        d.answer = to_response(*refused);
    } else if (call.method == verb::options) {
        d.answer.emplace(200, d.to->options);
    } else if (d.run = d.to->handler_for(call.method); !d.run) {
        d.answer = to_response(
            {errc::method_not_allowed, "Method \"" + std::string(call.method_text) + "\" not allowed."});
    }
}

void dispatcher::find_route(request& call, decision& d) const {
    if (call.path.find('%') != call.path.npos) {
        call.decoded_path = percent_decode(call.path);
        call.path = call.decoded_path;
        if (call.path.find('\0') != call.path.npos) { // no name of anything
            d.answer = to_response({errc::not_found, ""});
            return;
        }
    }
    d.to = routes_.match(call.path, call.path_parameters);
    if (d.to)
        return;
    if (call.path == feed_path) {
        d.feed = true;
        return;
    }
    auto stem = call.path;
    if (stem.ends_with('/'))
        stem.remove_suffix(1);
    if (stem.ends_with(json_suffix) && stem.starts_with("/api/")) {
        // "/api/cars.json" means "/api/cars/", and "/api/.json" means "/api/"
        stem.remove_suffix(json_suffix.size());
        call.decoded_path = stem.ends_with('/') ? std::string(stem) : std::string(stem) + '/';
        call.path = call.decoded_path;
        d.to = routes_.match(call.path, call.path_parameters);
        call.json_suffix = true;
    } else if (!call.path.ends_with('/')) {
        const std::string slashed = std::string(call.path) + '/';
        route_tree::path_parameters ignored;
        if (slashed == feed_path || routes_.match(slashed, ignored)) {
            d.answer = with_slash(call);
            return;
        }
    }
    if (!d.to)
        d.answer = to_response({errc::not_found, ""});
}

} // namespace mvp::http
