// Where the links of mails about notifications lead: the token in them names the user and the types of mail
// to end (http/api/mails.hpp). Looking changes nothing, since mail programs look at every link; a POST ends
// the mails, from the page's button or by the mail program itself (RFC 8058), without a log-in.
#include "http/api/mails.hpp"
#include "http/auth/tokens.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/model/json_text.hpp"
#include "storage/notification_preferences.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::http::api {
namespace {

tl::unexpected<error> bad_link() {
    return fail(errc::refused, "Invalid or expired token");
}

/// "listing_update,forum_reply" as "listing update, forum reply": nothing in it to escape.
std::string in_words(const unsubscription& what) {
    std::string out;
    for (const auto& type : what.types)
        out += (out.empty() ? "" : ", ") + type;
    std::replace(out.begin(), out.end(), '_', ' ');
    return out;
}

response page(std::string_view sentence, bool with_button) {
    response r(200,
               fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>E-mail "
                           "preferences</title></head>\n<body><p>{}</p>{}</body></html>\n",
                           sentence,
                           with_button ? "<form method=\"post\"><button>Turn off</button></form>" : ""));
    r.content_type = "text/html; charset=utf-8";
    return r;
}

/// People see a page, programs JSON.
response answer(const request& call, std::string_view sentence, bool with_button) {
    if (call.known.accept.find("text/html") != call.known.accept.npos)
        return page(sentence, with_button);
    return response(200, fmt::format(R"({{"message":{}}})", json_text(sentence)));
}

result<unsubscription> read_link(const services& with, const request& call) {
    const auto* token = call.parameters().find("token");
    if (!token)
        return bad_link();
    return read_unsubscribe_token(with.links, *token);
}

task<result<response>> show(services& with, request& call) {
    const auto what = read_link(with, call);
    if (!what)
        co_return fail(what.error());
    co_return answer(call, fmt::format("A POST to this address turns off e-mails about: {}", in_words(*what)),
                     true);
}

task<result<response>> turn_off(services& with, request& call) {
    const auto what = read_link(with, call);
    if (!what)
        co_return fail(what.error());
    auto done = co_await storage::turn_off_mails(with.db, what->user, what->types);
    if (!done)
        co_return fail(std::move(done.error()));
    if (!*done)
        co_return bad_link();
    co_return answer(call, fmt::format("You will get no more e-mails about: {}", in_words(*what)), false);
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
