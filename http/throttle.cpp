#include "http/throttle.hpp"

#include "http/multipart.hpp"
#include "http/services.hpp"
#include "http/text.hpp"
#include "storage/rate_limiter.hpp"

#include <algorithm>

namespace mvp::http {
namespace {

std::string_view rule_of(limit which) {
    switch (which) {
    case limit::login:
        return "login";
    case limit::registration:
        return "register";
    case limit::mail:
        return "mail";
    case limit::upload:
        return "upload";
    case limit::automatic:
    case limit::none:
        break;
    }
    return "write";
}

} // namespace

task<result<>> within_limit(services& with, limit which, std::string key) {
    co_return co_await with.limits.take(rule_of(which), key);
}

task<result<>> within_newcomers_limit(services& with, const request& call, newcomers what) {
    if (call.is_staff())
        co_return result<>{};
    const auto rule = what == newcomers::thread ? "new_threads" : "new_posts";
    const auto user = call.caller->id.text();
    co_return co_await with.limits.take_while_new(rule, user, call.caller->date_joined);
}

std::string folded(const request& call, std::string_view email) {
    if (std::any_of(email.begin(), email.end(), [](char c) { return static_cast<unsigned char>(c) > 127; }))
        return "* of " + call.remote_address;
    std::string text(email);
    std::transform(text.begin(), text.end(), text.begin(), lower);
    return text;
}

task<result<>> throttle(services& with, request& call) {
    const auto which = call.matched->counted;
    if (which == limit::none)
        co_return result<>{};
    const auto user = call.caller->id.text();
    if (auto allowed = co_await within_limit(with, limit::automatic, user); !allowed)
        co_return fail(std::move(allowed.error()));
    if (call.matched->multipart_files && is_multipart(call.known.content_type))
        co_return co_await within_limit(with, limit::upload, user);
    co_return result<>{}; // the others are counted by their handlers, which know the address or the account
}

} // namespace mvp::http
