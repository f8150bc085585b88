// How a user wants to be told: one object each, whatever the path says behind the collection.
#include "storage/notification_preferences.hpp"
#include "actors/inboxes.hpp"
#include "http/decode.hpp"
#include "http/encode.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

#include <fmt/format.h>

namespace mvp::http::api {
namespace {

std::string encoded(const storage::rows& row) {
    view v;
    v.logged_in = v.personal = true;
    return encode_object(storage::notification_preference_shown, row.front(), v);
}

task<result<response>> show(services& with, request& call) {
    auto found = co_await storage::notification_preferences(with.db, call.caller->id);
    if (!found)
        co_return fail(std::move(found.error()));
    co_return response(200, encoded(*found));
}

task<result<response>> update(services& with, request& call) {
    // Partial with every method: what is not named stays as it is.
    auto body =
        decode<storage::notification_preference>(call, storage::notification_preference_fields, mode::patch);
    if (!body)
        co_return fail(std::move(body.error()));
    if (const auto& zone = body->value.timezone; zone && !storage::is_time_zone(*zone))
        co_return fail(error::invalid("timezone", fmt::format("\"{}\" is not a valid choice.", *zone)));
    auto changed = co_await storage::update_notification_preferences(with.db, call.caller->id,
                                                                     std::move(body->value), body->present);
    if (!changed)
        co_return fail(std::move(changed.error()));
    with.inboxes.wake(call.caller->id); // live frames look at the quiet hours
    co_return response(200, R"({"message":"Preferences updated","preferences":)" + encoded(*changed) + "}");
}

constexpr auto updated =
    doc::takes(storage::notification_preference_fields, mode::patch)
        .gives(doc::message, doc::object("preferences", storage::notification_preference_shown));

constexpr route table[] = {
    {.path = "/api/notification-preferences/",
     .name = "notification-preferences-list",
     .by_method = {.get = show, .put = update},
     .who = access::user,
     .docs = {.get = doc::gives(storage::notification_preference_shown), .put = updated}},
    {.path = "/api/notification-preferences/my_preferences/",
     .name = "notification-preferences-mine",
     .by_method = {.get = show},
     .who = access::user,
     .docs = {.get = doc::gives(storage::notification_preference_shown)}},
    {.path = "/api/notification-preferences/update_preferences/",
     .name = "notification-preferences-update-preferences",
     .by_method = {.post = update},
     .who = access::user,
     .docs = {.post = updated}},
    {.path = "/api/notification-preferences/{id}/",
     .name = "notification-preferences-detail",
     .by_method = {.put = update},
     .who = access::user,
     .docs = {.put = updated}},
};

} // namespace

extern const std::span<const route> notification_preference_routes;
const std::span<const route> notification_preference_routes = table;

} // namespace mvp::http::api
