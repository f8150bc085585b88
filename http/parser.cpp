#include "http/parser.hpp"

#include "http/text.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstring>

namespace mvp::http {

namespace beast_http = boost::beast::http;

namespace {

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

head_end find_head_end(std::string_view buffered) {
    const char* const begin = buffered.data();
    const char* const end = begin + buffered.size();
    for (const char* line = begin; line < end;) {
        const auto* newline =
            static_cast<const char*>(std::memchr(line, '\n', static_cast<std::size_t>(end - line)));
        if (!newline)
            break;
        if (newline == begin || newline[-1] != '\r')
            return {head_end::kind::malformed};
        if (newline - line == 1 && line != begin)
            return {head_end::kind::complete, static_cast<std::size_t>(newline + 1 - begin)};
        line = newline + 1;
        if (line < end && (*line == ' ' || *line == '\t'))
            return {head_end::kind::malformed};
    }
    return {};
}

request_parser::request_parser(request& into, const limits& bounds) : request_(into), bounds_(bounds) {
    base::eager(true);
    base::header_limit(static_cast<std::uint32_t>(bounds.head_bytes + 1)); // the session bounds the head
    base::body_limit(boost::none);                                         // until limit_body()
}

std::optional<std::uint64_t> request_parser::announced() const {
    if (const auto length = base::content_length())
        return *length;
    return {};
}

/// "http://host/path" as "/path", the host being remembered: what a proxy is asked for, and what every server
/// must understand.
std::string_view request_parser::without_origin(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme))
            continue;
        const auto slash = std::min(target.find('/', scheme.size()), target.size());
        target_host_ = target.substr(scheme.size(), slash - scheme.size());
        if (target_host_.empty() || target_host_.find_first_of("?#@") != target_host_.npos)
            return {};
        return slash == target.size() ? "/" : target.substr(slash);
    }
    return target;
}

std::optional<malformed> request_parser::parse_head(std::string_view head) {
    error_code ec;
    const auto used = base::put(boost::asio::buffer(head), ec);
    in_head_ = false;
    if (ec && ec != beast_http::error::need_more)
        return refusal_;
    if (!base::is_header_done() || used != head.size())
        return malformed{};
    return {};
}

request_parser::progress request_parser::parse_body(std::string_view bytes) {
    progress result;
    while (!done() && result.used < bytes.size()) {
        error_code ec;
        const auto used = base::put(boost::asio::buffer(bytes.substr(result.used)), ec);
        result.used += used;
        if (ec == beast_http::error::need_more)
            break;
        if (ec == beast_http::error::body_limit) {
            result.wrong = malformed{413, "Request body is too large."};
            break;
        }
        if (ec) {
            result.wrong = malformed{400, "Malformed HTTP request body."};
            break;
        }
    }
    // What waits for more is the line before a chunk or the trailers: nobody needs ones longer than a head.
    if (!done() && !result.wrong && bytes.size() - result.used > bounds_.head_bytes)
        result.wrong = malformed{400, "Malformed HTTP request body."};
    return result;
}

void request_parser::refuse(error_code& ec, int status, std::string_view why) {
    refusal_ = {status, why};
    ec = beast_http::error::bad_field; // any: only refusal_ is looked at
}

void request_parser::on_request_impl(verb method, text method_text, text target, int version,
                                     error_code& ec) {
    if (target.size() > bounds_.target_bytes)
        return refuse(ec, 414, "Request target is too long.");
    version_ = version;
    request_.method = method;
    request_.method_text = view(method_text);
    request_.target = without_origin(view(target));
    if (!request_.target.starts_with('/')) // neither "*" nor "host:port"
        return refuse(ec, 400, "Malformed HTTP request.");
    const auto question = request_.target.find('?');
    request_.path = request_.target.substr(0, question);
    request_.query =
        question == std::string_view::npos ? std::string_view{} : request_.target.substr(question + 1);
}

void request_parser::on_field_impl(beast_http::field which, text name, text value, error_code& ec) {
    if (!in_head_)
        return; // trailers mean nothing to us
    if (request_.headers.size() == bounds_.headers)
        return refuse(ec, 431, "Too many headers.");
    const std::string_view content = view(value);
    request_.headers.emplace_back(view(name), content);
    auto& known = request_.known;
    switch (which) {
    case beast_http::field::host:
        known.host = content;
        if (++hosts_ > 1)
            refuse(ec, 400, "Malformed HTTP request.");
        break;
    case beast_http::field::content_length:
        if (++lengths_ > 1 || !all_digits(content))
            refuse(ec, 400, "Malformed HTTP request.");
        break;
    case beast_http::field::transfer_encoding: // nothing but chunked is understood, and only where it was
                                               // invented
        if (version_ < 11 || !equals_ignoring_case(content, "chunked"))
            refuse(ec, 400, "Malformed HTTP request.");
        break;
    case beast_http::field::expect:
        expects_continue_ = equals_ignoring_case(content, "100-continue");
        break;
    case beast_http::field::upgrade: // HTTP/1.0 has none
        if (version_ < 11)
            request_.headers.pop_back();
        break;
    case beast_http::field::accept:
        known.accept = content;
        break;
    case beast_http::field::authorization:
        known.authorization = content;
        break;
    case beast_http::field::origin:
        known.origin = content;
        break;
    case beast_http::field::content_type:
        known.content_type = content;
        break;
    case beast_http::field::if_none_match:
        known.if_none_match = content;
        break;
    case beast_http::field::unknown:
        if (equals_ignoring_case(request_.headers.back().first, "x-request-id"))
            known.request_id = content;
        break;
    default:
        break;
    }
}

void request_parser::on_header_impl(error_code& ec) {
    if (version_ >= 11 && hosts_ == 0)
        refuse(ec, 400, "Malformed HTTP request.");
    if (!target_host_.empty())
        request_.known.host = target_host_;
}

std::size_t request_parser::on_body_impl(text bytes, error_code&) {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
}

void request_parser::on_chunk_header_impl(std::uint64_t, text, error_code&) {}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, text bytes, error_code&) {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
}

} // namespace mvp::http
