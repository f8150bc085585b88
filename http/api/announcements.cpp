// What staff tell every user; the announcer delivers it.
#include "storage/announcements.hpp"
#include "http/api/bodies.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "http/validators.hpp"

#include <fmt/format.h>

namespace mvp::http::api {
namespace {

using namespace storage;

constexpr unsigned needed = flag::required | flag::created;
constexpr std::array announcement_fields{
    field<&announcement::title>("title", needed, {.length = 255}),
    field<&announcement::message>("message", needed, {.length = 10'000}), // it is stored once a user
    field<&announcement::action_url>("action_url", flag::created | flag::blank, {.length = 500})};

task<result<response>> announce(services& with, request& call) {
    auto body = read_checked<announcement>(call, announcement_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    auto& link = body->value.action_url;
    if (link && link->empty())
        link.reset();
    if (link && !is_link(*link))
        complain(body->wrong, announcement_fields, "action_url", {"Enter a valid URL."});
    if (auto good = body->verdict(); !good)
        co_return fail(std::move(good.error()));
    auto recipients = co_await storage::announce(with.db, call.caller->id, std::move(body->value));
    if (!recipients)
        co_return fail(std::move(recipients.error()));
    co_return response(202,
                       fmt::format(R"({{"message":"Announcement queued","recipients":{}}})", *recipients));
}

constexpr route table[] = {
    {.path = "/api/announcements/",
     .name = "announcements-list",
     .by_method = {.post = announce},
     .who = access::staff,
     .docs = {.post = doc::takes(announcement_fields)
                          .gives(202, doc::message, doc::integer("recipients"))
                          .about("Tells every active user; recipients says how many there are.")}},
};

} // namespace

extern const std::span<const route> announcement_routes;
const std::span<const route> announcement_routes = table;

} // namespace mvp::http::api
