// Where the links of mails about notifications lead: the token in them names the user and the types of mail
// to end (http/api/mails.hpp). Looking changes nothing, since mail programs look at every link; a POST ends
// the mails, from the page's button or by the mail program itself (RFC 8058), without a log-in.
#include "http/api/mails.hpp"
#include "http/auth/tokens.hpp"
#include "http/negotiation.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/model/json_text.hpp"
#include "storage/notification_preferences.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace mvp::http::api {
namespace {

constexpr std::string_view ended = "Invalid or expired token";

/// "listing_update,forum_reply" as "listing update, forum reply": nothing in it to escape.
std::string in_words(const unsubscription& what) {
    std::string out;
    for (const auto& type : what.types)
        out += (out.empty() ? "" : ", ") + type;
    std::replace(out.begin(), out.end(), '_', ' ');
    return out;
}

/// The preferences that say so.
std::string settings_of(const unsubscription& what) {
    std::string out;
    for (const auto& type : what.types)
        out += (out.empty() ? "email_" : ", email_") + type;
    return out;
}

response page(int status, std::string_view sentence, bool with_button = false) {
    response r(
        status,
        fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                    "name=\"viewport\" content=\"width=device-width\"><title>E-mail notifications</title>"
                    "</head>\n<body><h1>E-mail notifications</h1><p>{}</p>{}</body></html>\n",
                    sentence, with_button ? "<form method=\"post\"><button>Switch off</button></form>" : ""));
    r.content_type = "text/html; charset=utf-8";
    r.headers.emplace_back("Content-Security-Policy",
                           "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    return r;
}

response message(std::string_view sentence) {
    return response(200, fmt::format(R"({{"message":{}}})", json_text(sentence)));
}

/// People see a page, programs JSON.
bool for_people(const request& call) {
    return prefers_html(call.known.accept);
}

result<response> bad_link(const request& call) {
    if (for_people(call))
        return page(400, "This link is not valid (any more). Log in to choose which e-mails you get, in your "
                         "notification preferences.");
    return fail(errc::refused, std::string(ended));
}

std::optional<unsubscription> read_link(const services& with, const request& call) {
    const auto* token = call.parameters().find("token");
    if (!token)
        return std::nullopt;
    auto what = read_unsubscribe_token(with.links, *token);
    return what ? std::optional(std::move(*what)) : std::nullopt;
}

task<result<response>> show(services& with, request& call) {
    const auto what = read_link(with, call);
    if (!what)
        co_return bad_link(call);
    const auto types = in_words(*what);
    if (for_people(call))
        co_return page(200, fmt::format("Switch off these e-mail notifications: {}?", types), true);
    co_return message(
        fmt::format("A POST to this address switches off these e-mail notifications: {}.", types));
}

task<result<response>> turn_off(services& with, request& call) {
    const auto what = read_link(with, call);
    if (!what)
        co_return bad_link(call);
    auto done = co_await storage::turn_off_mails(with.db, what->user, what->types);
    if (!done)
        co_return fail(std::move(done.error()));
    if (!*done)
        co_return bad_link(call);
    const auto sentence =
        fmt::format("These e-mail notifications are switched off now: {}. To get them again, log in "
                    "and switch them on in your notification preferences ({}).",
                    in_words(*what), settings_of(*what));
    co_return for_people(call) ? page(200, sentence) : message(sentence);
}

constexpr route table[] = {
    {.path = "/api/notification-preferences/unsubscribe/",
     .name = "notification-preferences-unsubscribe",
     .by_method = {.get = show, .post = turn_off},
     .who = access::ignores_credentials,
     .counted = limit::none,
     .docs = {.get = doc::operation{}
                         .asks(doc::text("token"))
                         .gives(doc::message)
                         .or_as_html()
                         .about("What the link of a mail turns off; changes nothing."),
              .post = doc::operation{}
                          .asks(doc::text("token"))
                          .gives(doc::message)
                          .or_as_html()
                          .about("Turns off the mails that the link is for (RFC 8058).")}},
};

} // namespace

extern const std::span<const route> unsubscribe_routes;
const std::span<const route> unsubscribe_routes = table;

} // namespace mvp::http::api
