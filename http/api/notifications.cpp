// A user's notifications: always his own. The unread count and the marks go through his inbox.
#include "storage/notifications.hpp"
#include "actors/inboxes.hpp"
#include "http/api/bodies.hpp"
#include "http/pagination.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/model/notification.hpp"
#include "storage/repository.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::http::api {
namespace {

using storage::conditions;

tl::unexpected<error> no_such_notification() {
    return fail(errc::not_found, "No Notification matches the given query.");
}

/// As the live frames show it.
void append(std::string& out, const storage::row& from) {
    storage::append_json(out, storage::read_notification(from));
}

std::string encoded(const storage::rows& found, std::size_t at_most) {
    std::string out = "[";
    for (std::size_t i = 0; i < std::min(found.size(), at_most); ++i) {
        if (i > 0)
            out += ',';
        append(out, found[i]);
    }
    return out += ']';
}

conditions own(const request& call) {
    conditions where;
    where.add("n.user_id = ?", call.caller->id);
    return where;
}

/// A page of what `where` lets through.
task<result<response>> answer_page(services& with, request& call, conditions where) {
    auto order = storage::order_by(storage::notifications_resource, ordering_of(call));
    auto page = read_page(call.parameters());
    if (!page)
        co_return fail(std::move(page.error()));
    if (page->last) {
        auto counted = co_await storage::list(with.db, storage::notifications_resource,
                                              storage::notification_shown, where, order, 1, 0);
        if (!counted)
            co_return fail(std::move(counted.error()));
        page->number = page_count(counted->count, page->size);
    }
    auto found = co_await storage::list(with.db, storage::notifications_resource, storage::notification_shown,
                                        std::move(where), std::move(order), page->size, page->offset());
    if (!found)
        co_return fail(std::move(found.error()));
    auto body =
        page_body(call, *page, found->count, encoded(found->items, static_cast<std::size_t>(page->size)));
    if (!body)
        co_return fail(std::move(body.error()));
    co_return response(200, std::move(*body));
}

task<result<response>> list(services& with, request& call) {
    auto where = own(call);
    const auto& field =
        storage::notification_fields[storage::position(storage::notification_fields, "is_read")];
    const auto read = only_filter(call, field);
    if (!read)
        co_return fail(read.error());
    if (*read)
        where.add(**read == "t" ? "n.is_read" : "NOT n.is_read");
    co_return co_await answer_page(with, call, std::move(where));
}

task<result<response>> unread(services& with, request& call) {
    auto where = own(call);
    where.add("NOT n.is_read");
    return answer_page(with, call, std::move(where));
}

task<result<response>> by_type(services& with, request& call) {
    const auto type = text_parameter(call, "type");
    if (!type)
        co_return fail(type.error());
    if (type->empty())
        co_return fail(errc::refused, "type parameter required");
    auto where = own(call);
    where.add("n.notification_type = ?", *type);
    co_return co_await answer_page(with, call, std::move(where));
}

task<result<response>> show(services& with, const request& call, uuid id) {
    static const storage::statement find(
        storage::select_sql(storage::notifications_resource, storage::notification_shown) +
        "n.id = $1 AND n.user_id = $2");
    storage::parameters p(id, call.caller->id);
    auto found = co_await with.db.query(find, std::move(p));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return no_such_notification();
    std::string body;
    append(body, found->front());
    co_return response(200, std::move(body));
}

task<result<response>> retrieve(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    co_return co_await show(with, call, *id);
}

/// Through the inbox, which tells the user's sockets. errc::not_found when it is none of his.
task<result<>> mark_read(services& with, const request& call, uuid id) {
    actors::mark_as_read what;
    what.ids.push_back(id);
    auto marked = co_await with.inboxes.mark(call.caller->id, std::move(what));
    if (!marked)
        co_return fail(std::move(marked.error()));
    if (marked->found == 0)
        co_return no_such_notification();
    co_return result<>{};
}

task<result<>> mark_unread(services& with, const request& call, uuid id) {
    std::vector<uuid> ids{id};
    auto marked = co_await storage::mark_notifications(with.db, call.caller->id, std::move(ids), false);
    if (!marked)
        co_return fail(std::move(marked.error()));
    if (marked->found == 0)
        co_return no_such_notification();
    with.inboxes.wake(call.caller->id);
    co_return result<>{};
}

task<result<response>> patch(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto before = co_await show(with, call, *id); // 404 comes before what is wrong with the body
    if (!before)
        co_return fail(std::move(before.error()));
    auto body = decode<storage::user_notification>(call, storage::notification_fields, mode::patch);
    if (!body)
        co_return fail(std::move(body.error()));
    if (!body->present.test(storage::position(storage::notification_fields, "is_read")))
        co_return before;
    result<> marked; // no co_await in a conditional expression: g++ 12 miscompiles it
    if (body->value.is_read)
        marked = co_await mark_read(with, call, *id);
    else
        marked = co_await mark_unread(with, call, *id);
    if (!marked)
        co_return fail(std::move(marked.error()));
    co_return co_await show(with, call, *id);
}

task<result<response>> mark_as_read(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto marked = co_await mark_read(with, call, *id);
    if (!marked)
        co_return fail(std::move(marked.error()));
    co_return response(200, R"({"message":"Notification marked as read"})");
}

task<result<response>> mark_all_as_read(services& with, request& call) {
    actors::mark_as_read what;
    what.all = true;
    auto marked = co_await with.inboxes.mark(call.caller->id, std::move(what));
    if (!marked)
        co_return fail(std::move(marked.error()));
    co_return response(200,
                       fmt::format(R"({{"message":"{} notifications marked as read"}})", marked->changed));
}

task<result<response>> unread_count(services& with, request& call) {
    auto unread = co_await with.inboxes.unread(call.caller->id);
    if (!unread)
        co_return fail(std::move(unread.error()));
    co_return response(200, "{\"unread_count\":" + std::to_string(unread->count) + '}');
}

constexpr route table[] = {
    {.path = "/api/notifications/",
     .name = "notifications-list",
     .by_method = {.get = list},
     .who = access::user,
     .docs = {.get = doc::page_of(storage::notification_shown).lists(storage::notification_fields)}},
    {.path = "/api/notifications/unread/",
     .name = "notifications-unread",
     .by_method = {.get = unread},
     .who = access::user,
     .docs = {.get = doc::page_of(storage::notification_shown).orders(storage::notification_fields)}},
    {.path = "/api/notifications/unread_count/",
     .name = "notifications-unread-count",
     .by_method = {.get = unread_count},
     .who = access::user,
     .docs = {.get = doc::gives(doc::integer("unread_count"))}},
    {.path = "/api/notifications/by_type/",
     .name = "notifications-by-type",
     .by_method = {.get = by_type},
     .who = access::user,
     .docs = {.get = doc::page_of(storage::notification_shown)
                         .orders(storage::notification_fields)
                         .asks(doc::text("type"))}},
    {.path = "/api/notifications/mark_all_as_read/",
     .name = "notifications-mark-all-as-read",
     .by_method = {.post = mark_all_as_read},
     .who = access::user,
     .docs = {.post = doc::gives(doc::message)}},
    {.path = "/api/notifications/{id}/",
     .name = "notifications-detail",
     .by_method = {.get = retrieve, .patch = patch},
     .who = access::user,
     .docs = {.get = doc::gives(storage::notification_shown),
              .patch =
                  doc::takes(storage::notification_fields, mode::patch).gives(storage::notification_shown)}},
    {.path = "/api/notifications/{id}/mark_as_read/",
     .name = "notifications-mark-as-read",
     .by_method = {.post = mark_as_read},
     .who = access::user,
     .docs = {.post = doc::gives(doc::message)}},
};

} // namespace

extern const std::span<const route> notification_routes;
const std::span<const route> notification_routes = table;

} // namespace mvp::http::api
