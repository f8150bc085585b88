// The one exit from an error to HTTP: every refusal of the program gets its status, body and headers here.
#include "http/response.hpp"
#include "storage/log.hpp"
#include "storage/model/json_text.hpp"

#include <algorithm>

namespace mvp::http {

namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
    append_json_text(out, name);
    out += ':';
    append_json_text(out, text);
}

/// {"name":"text"}
std::string object(std::string_view name, std::string_view text) {
    std::string out = "{";
    append_member(out, name, text);
    return out += '}';
}

void append_texts(std::string& out, const std::vector<std::string>& texts) {
    out += '[';
    for (const auto& text : texts) {
        if (out.back() != '[')
            out += ',';
        append_json_text(out, text);
    }
    out += ']';
}

/// The complaints whose path begins at `depth` bytes, as one object; those of one list ("images.0",
/// "images.1") follow each other and are put together: {"year":["…"],"images":{"0":["…"]}}.
void append_fields(std::string& out, std::vector<field_error>::const_iterator first,
                   std::vector<field_error>::const_iterator last, std::size_t depth) {
    out += '{';
    while (first != last) {
        if (out.back() != '{')
            out += ',';
        const std::string_view path = std::string_view(first->path).substr(depth);
        const auto name = path.substr(0, path.find('.'));
        append_json_text(out, name);
        out += ':';
        if (name.size() == path.size()) {
            append_texts(out, first->texts);
            ++first;
        } else {
            const std::string prefix = first->path.substr(0, depth + name.size() + 1);
            const auto end = std::find_if_not(
                first, last, [&](const field_error& f) { return f.path.starts_with(prefix); });
            append_fields(out, first, end, prefix.size());
            first = end;
        }
    }
    out += '}';
}

std::string token_body(const error& e) {
    std::string out = "{";
    append_member(out, "detail", e.text);
    if (!e.token_code.empty()) {
        out += ',';
        append_member(out, "code", e.token_code);
    }
    if (!e.token_message.empty()) {
        out += R"(,"messages":[{"token_class":"AccessToken","token_type":"access",)";
        append_member(out, "message", e.token_message);
        out += "}]";
    }
    return out += '}';
}

response challenge(std::string body) {
    response r(401, std::move(body));
    r.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="api")");
    return r;
}

response detail(int status, const error& e) {
    return response(status, object("detail", e.text));
}

response later(int status, std::string body, int seconds) {
    response r(status, std::move(body));
    r.headers.emplace_back("Retry-After", std::to_string(std::max(seconds, 1)));
    return r;
}

} // namespace

response to_response(const error& e) {
    switch (e.code) {
    case errc::bad_request:
        return detail(400, e);
    case errc::invalid: {
        std::string body;
        append_fields(body, e.fields.begin(), e.fields.end(), 0);
        return response(400, std::move(body));
    }
    case errc::refused:
        return response(400, object("error", e.text));
    case errc::not_authenticated:
        return challenge(
            object("detail", e.text.empty() ? "Authentication credentials were not provided." : e.text));
    case errc::bad_token:
        return challenge(token_body(e));
    case errc::login_required:
        return response(401, object("error", e.text.empty() ? "Authentication required" : e.text));
    case errc::bad_credentials:
        return response(401, object("error", e.text));
    case errc::permission_denied:
        return response(
            403,
            object("detail", e.text.empty() ? "You do not have permission to perform this action." : e.text));
    case errc::forbidden:
        return response(403, object("error", e.text));
    case errc::not_found:
        return response(404, object("detail", e.text.empty() ? "Not found." : e.text));
    case errc::missing:
        return response(404, object("error", e.text));
    case errc::method_not_allowed:
        return detail(405, e);
    case errc::not_acceptable:
        return detail(406, e);
    case errc::too_large:
        return detail(413, e);
    case errc::unsupported_media:
        return detail(415, e);
    case errc::upgrade_required: {
        response r = detail(426, e);
        r.headers.emplace_back("Connection", "Upgrade");
        r.headers.emplace_back("Upgrade", "websocket");
        r.headers.emplace_back("Sec-WebSocket-Version", "13");
        return r;
    }
    case errc::throttled: {
        const int seconds = std::max(e.retry_after, 1);
        const std::string text = "Request was throttled. Expected available in " + std::to_string(seconds) +
                                 (seconds == 1 ? " second." : " seconds.");
        return later(429, object("detail", text), seconds);
    }
    case errc::unavailable:
        log::debug("answered 503: {}", e.text);
        return later(503, object("detail", "Service temporarily unavailable."), e.retry_after);
    case errc::conflict:
        log::error("a constraint that nobody expected refused a write: {} ({})", e.constraint, e.text);
        return response(400, object("detail", "The request conflicts with what is stored."));
    case errc::internal:
        break;
    }
    log::error("answered 500: {}", e.text);
    return response(500, object("detail", "Internal server error."));
}

} // namespace mvp::http
