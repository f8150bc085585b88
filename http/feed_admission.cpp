#include "http/feed_admission.hpp"

#include "http/services.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace mvp::http {

namespace {

constexpr std::string_view bearer_offer = "bearer.";

bool list_contains(std::string_view list, std::string_view item) {
    while (!list.empty())
        if (equals_ignoring_case(trimmed(next_item(list, ',')), item))
            return true;
    return false;
}

/// The access token among the offered subprotocols; empty if there is none.
std::string_view offered_token(std::string_view protocols) {
    while (!protocols.empty()) {
        const auto offer = trimmed(next_item(protocols, ','));
        if (offer.starts_with(bearer_offer))
            return offer.substr(bearer_offer.size());
    }
    return {};
}

/// Sixteen bytes in base64.
bool is_key(std::string_view text) {
    return text.size() == 24 && text.ends_with("==") &&
           std::all_of(text.begin(), text.end() - 2,
                       [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '/'; });
}

bool is_upgrade(const request& call) {
    return call.method == verb::get && !call.head && list_contains(call.header("connection"), "upgrade") &&
           list_contains(call.header("upgrade"), "websocket") &&
           call.header("sec-websocket-version") == "13" && is_key(call.header("sec-websocket-key"));
}

result<std::optional<std::int64_t>> read_since(const request& call) {
    const auto* text = call.parameters().find("since");
    if (!text)
        return std::nullopt;
    std::int64_t since = 0;
    const char* const end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, since);
    if (text->empty() || parsed.ec != std::errc{} || parsed.ptr != end || since < 0)
        return fail(errc::bad_request, "since must be a non-negative integer.");
    return since;
}

} // namespace

task<result<feed_ticket>> admit_to_feed(services& with, request& call) {
    if (!is_upgrade(call))
        co_return fail(errc::upgrade_required, "This is a WebSocket: send an upgrade.");
    feed_ticket ticket;
    const auto protocols = call.header_list("sec-websocket-protocol");
    ticket.subprotocol = list_contains(protocols, feed_protocol);
    std::string_view token;
    if (!call.known.authorization.empty()) {
        if (auto known = co_await authenticate(with, call); !known)
            co_return fail(std::move(known.error()));
        token = call.access_token;
    }
    if (!call.caller)
        token = offered_token(protocols);
    if (token.empty())
        co_return fail(errc::not_authenticated, "");
    auto read = read_access_token(with, token, now());
    if (!read)
        co_return fail(std::move(read.error()));
    ticket.token = *read;
    if (!call.caller) {
        auto account = co_await find_caller(with, ticket.token);
        if (!account)
            co_return fail(std::move(account.error()));
        call.caller = std::move(*account);
    }
    auto since = read_since(call);
    if (!since)
        co_return fail(std::move(since.error()));
    ticket.since = *since;
    co_return ticket;
}

} // namespace mvp::http
