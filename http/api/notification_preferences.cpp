// How a user wants to be told: one object each, whatever the path says behind the collection.
#include "storage/notification_preferences.hpp"
#include "actors/inboxes.hpp"
#include "http/api/bodies.hpp"
#include "http/encode.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

#include <algorithm>
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

constexpr storage::field_table fields = storage::notification_preference_fields;
using checked_preferences = checked_body<storage::notification_preference>;

/// Where something is wrong already: the time that is missing is told with it.
task<result<>> check_quiet_hours(services& with, const request& call, checked_preferences& body) {
    const auto is_wrong = [&](std::string_view name) {
        return std::ranges::find(body.wrong, name, &field_error::path) != body.wrong.end();
    };
    if (is_wrong("quiet_hours_enabled"))
        co_return result<>{};
    auto values = body.value;
    auto present = body.present;
    // A time that cannot be read is not missing.
    if (is_wrong("quiet_hours_start")) {
        values.quiet_hours_start.emplace();
        present.set(storage::position(fields, "quiet_hours_start"));
    }
    if (is_wrong("quiet_hours_end")) {
        values.quiet_hours_end.emplace();
        present.set(storage::position(fields, "quiet_hours_end"));
    }
    auto stored = co_await storage::notification_preferences(with.db, call.caller->id);
    if (!stored)
        co_return fail(std::move(stored.error()));
    if (auto good = storage::check_quiet_hours(stored->front(), values, present); !good)
        for (auto& missing : good.error().fields)
            complain(body.wrong, fields, missing.path, std::move(missing.texts));
    co_return result<>{};
}

/// Partial with every method: what is not named stays as it is.
task<result<checked_preferences>> read_preferences(services& with, request& call) {
    auto body = read_checked<storage::notification_preference>(call, fields, mode::patch);
    if (!body)
        co_return fail(std::move(body.error()));
    if (const auto& zone = body->value.timezone; zone && !storage::is_time_zone(*zone))
        complain(body->wrong, fields, "timezone", {fmt::format("\"{}\" is not a valid choice.", *zone)});
    if (!body->wrong.empty())
        if (auto checked = co_await check_quiet_hours(with, call, *body); !checked)
            co_return fail(std::move(checked.error()));
    if (auto good = body->verdict(); !good)
        co_return fail(std::move(good.error()));
    co_return std::move(*body);
}

task<result<response>> update(services& with, request& call) {
    auto body = co_await read_preferences(with, call);
    if (!body)
        co_return fail(std::move(body.error()));
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
