#include "http/answer.hpp"

#include "http/negotiation.hpp"
#include "http/select_fields.hpp"
#include "http/text.hpp"

#include <charconv>
#include <cstring>

namespace mvp::http {

namespace {

constexpr std::string_view json_type = "application/json";

constexpr std::string_view security_lines = "X-Frame-Options: DENY\r\n"
                                            "X-Content-Type-Options: nosniff\r\n"
                                            "Referrer-Policy: same-origin\r\n"
                                            "Cross-Origin-Opener-Policy: same-origin\r\n";
constexpr std::string_view vary_with_token = "Vary: Accept, origin\r\n";
constexpr std::string_view vary_without_token = "Vary: Accept, Cookie, origin\r\n";

std::string_view status_line(int status) {
    switch (status) {
    case 200:
        return "HTTP/1.1 200 OK\r\n";
    case 201:
        return "HTTP/1.1 201 Created\r\n";
    case 202:
        return "HTTP/1.1 202 Accepted\r\n";
    case 204:
        return "HTTP/1.1 204 No Content\r\n";
    case 206:
        return "HTTP/1.1 206 Partial Content\r\n";
    case 301:
        return "HTTP/1.1 301 Moved Permanently\r\n";
    case 304:
        return "HTTP/1.1 304 Not Modified\r\n";
    case 400:
        return "HTTP/1.1 400 Bad Request\r\n";
    case 401:
        return "HTTP/1.1 401 Unauthorized\r\n";
    case 403:
        return "HTTP/1.1 403 Forbidden\r\n";
    case 404:
        return "HTTP/1.1 404 Not Found\r\n";
    case 405:
        return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 406:
        return "HTTP/1.1 406 Not Acceptable\r\n";
    case 408:
        return "HTTP/1.1 408 Request Timeout\r\n";
    case 413:
        return "HTTP/1.1 413 Content Too Large\r\n";
    case 414:
        return "HTTP/1.1 414 URI Too Long\r\n";
    case 415:
        return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 416:
        return "HTTP/1.1 416 Range Not Satisfiable\r\n";
    case 426:
        return "HTTP/1.1 426 Upgrade Required\r\n";
    case 429:
        return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431:
        return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 503:
        return "HTTP/1.1 503 Service Unavailable\r\n";
    default:
        return "HTTP/1.1 500 Internal Server Error\r\n";
    }
}

void append_length(std::string& out, std::uint64_t length) {
    char text[20];
    out += "Content-Length: ";
    out.append(text, std::to_chars(text, text + sizeof text, length).ptr);
    out += "\r\n";
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

/// What ?fields= says; null if nothing is to be selected.
const std::string* wanted_fields(const answered& what, const response& r) {
    if (what.call.query.empty() || r.status != 200 || what.call.method != verb::get || !what.to ||
        r.content_type != json_type || what.call.query.find("fields=") == what.call.query.npos)
        return nullptr;
    return what.call.parameters().find("fields");
}

} // namespace

std::string etag_of(std::string_view bytes) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    const auto mixed = [](std::uint64_t hash, std::uint64_t word) {
        hash = (hash ^ word) * 0xff51afd7ed558ccd;
        return hash ^ (hash >> 32);
    };
    // Four lanes that do not wait for each other.
    std::uint64_t lanes[4] = {bytes.size() * odd, odd, odd * 3, odd * 5};
    for (; bytes.size() >= 32; bytes.remove_prefix(32)) {
        std::uint64_t words[4];
        std::memcpy(words, bytes.data(), 32);
        for (int i = 0; i < 4; ++i)
            lanes[i] = mixed(lanes[i], words[i]);
    }
    std::uint64_t hash = lanes[0];
    for (int i = 1; i < 4; ++i)
        hash = mixed(hash, lanes[i]);
    const auto mix = [&](std::uint64_t word) { hash = mixed(hash, word); };
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        mix(word);
    }
    std::uint64_t last = 0;
    std::memcpy(&last, bytes.data(), bytes.size());
    mix(last + odd);
    char text[18];
    text[0] = text[17] = '"';
    for (int i = 16; i > 0; --i, hash >>= 4)
        text[i] = "0123456789abcdef"[hash & 15];
    return {text, sizeof text};
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    if (if_none_match == etag)
        return true;
    while (!if_none_match.empty()) {
        auto candidate = trimmed(next_item(if_none_match, ','));
        if (candidate == "*")
            return true;
        if (candidate.starts_with("W/"))
            candidate.remove_prefix(2);
        if (candidate == etag)
            return true;
    }
    return false;
}

finished_body finish_body(const answered& what, response& r) {
    if (const auto* wanted = wanted_fields(what, r)) {
        r.body = select_fields(r.shared_body ? r.shared_body->bytes : r.body, *wanted);
        r.shared_body.reset();
    }
    if (what.indent > 0 && r.content_type == json_type) {
        r.body = indent_json(r.shared_body ? r.shared_body->bytes : r.body, what.indent);
        r.shared_body.reset();
    }
    finished_body done;
    done.bytes = r.shared_body ? std::string_view(r.shared_body->bytes) : std::string_view(r.body);
    done.length = done.bytes.size();
    if (r.status == 200 && what.call.method == verb::get && what.to && r.content_type == json_type) {
        if (!r.shared_body)
            r.etag = etag_of(r.body);
        done.etag = r.shared_body ? std::string_view(r.shared_body->etag) : std::string_view(r.etag);
        if (!what.call.known.if_none_match.empty() &&
            etag_matches(what.call.known.if_none_match, done.etag)) {
            r.status = 304;
            done.bytes = {};
        }
    }
    if (what.call.head)
        done.bytes = {};
    return done;
}

void append_head(std::string& out, const answered& what, const response& r, std::uint64_t length,
                 std::string_view etag, const clock& now, const cors& origins) {
    out += status_line(r.status);
    out += now.date_line();
    const bool has_content = r.status != 204 && r.status != 304 && !what.preflight;
    if (has_content && what.indent > 0 && r.content_type == json_type)
        out.append("Content-Type: application/json; indent=")
            .append(1, static_cast<char>('0' + what.indent)) += "\r\n";
    else if (has_content)
        append_line(out, "Content-Type", r.content_type);
    if (r.status != 304)
        append_length(out, length);
    if (!etag.empty())
        append_line(out, "ETag", etag);
    if (what.to)
        out += what.to->allow_line;
    out += what.call.known.authorization.empty() ? vary_without_token : vary_with_token;
    out += security_lines;
    append_line(out, "X-Request-Id", what.call.request_id);
    if (!what.call.known.origin.empty())
        origins.append_headers(out, what.call.known.origin);
    if (what.preflight && origins.allows(what.call.known.origin))
        out += cors::preflight_lines();
    for (const auto& [name, value] : r.headers)
        append_line(out, name, value);
    if (!what.keep_alive)
        out += "Connection: close\r\n";
    else if (what.http_1_0)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
}

} // namespace mvp::http
