// The forum's categories: read by everybody, written by staff.
#include "http/api/forum.hpp"

#include "http/api/uploads.hpp"
#include "http/decode.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/forum_categories.hpp"

namespace mvp::http::api {
namespace {

namespace categories = storage::forum_categories;
using storage::forum_categories_resource;
using storage::forum_category_fields;
using storage::forum_category_shown;

result<response> category_answer(const request& call, int status, const storage::rows& found) {
    if (found.empty())
        return fail(no_such(forum_categories_resource));
    const std::string origin = call.origin();
    return response(status, encode_object(forum_category_shown, found.front(), forum_view(call, origin)));
}

/// An array, as clients know it; a page only when one is asked for.
task<result<response>> list(services& with, request& call) {
    auto search = text_parameter(call, "search");
    if (!search)
        co_return fail(std::move(search.error()));
    const std::string origin = call.origin();
    if (call.parameters().find("page") || call.parameters().find("page_size"))
        co_return co_await answer_page(
            call, forum_category_shown, forum_view(call, origin), [&](int size, std::int64_t offset) {
                return categories::list(with.db, viewer_of(call), *search, size, offset);
            });
    auto found = co_await categories::all(with.db, viewer_of(call), *search);
    if (!found)
        co_return fail(std::move(found.error()));
    std::string body;
    append_array(body, forum_category_shown, *found, forum_view(call, origin));
    co_return response(200, std::move(body));
}

task<result<response>> retrieve(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto found = co_await categories::find(with.db, *id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    co_return category_answer(call, 200, *found);
}

using category_body = decoded<storage::forum_category>;

/// The body, its icon stored.
task<result<category_body>> read_category(services& with, request& call, mode how) {
    auto body = decode<storage::forum_category>(call, forum_category_fields, how);
    if (!body)
        co_return fail(std::move(body.error()));
    if (const auto* file = body->file("icon")) {
        auto stored = co_await store_image(with, *file, "icon", "forum_categories");
        if (!stored)
            co_return fail(std::move(stored.error()));
        body->value.icon = std::move(*stored);
    }
    co_return std::move(*body);
}

/// Removes the icon that was stored for a body which did not get in.
task<> take_back(services& with, const category_body& body) {
    if (body.file("icon") && body.value.icon)
        co_await discard(with, *body.value.icon);
}

task<result<response>> create(services& with, request& call) {
    auto body = co_await read_category(with, call, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    auto made = co_await categories::create(with.db, body->value);
    if (!made) {
        co_await take_back(with, *body);
        co_return fail(std::move(made.error()));
    }
    co_return category_answer(call, 201, *made);
}

task<result<response>> change(services& with, request& call, mode how) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto there = co_await categories::find(with.db, *id, viewer_of(call));
    if (!there)
        co_return fail(std::move(there.error()));
    if (there->empty())
        co_return fail(no_such(forum_categories_resource));
    auto body = co_await read_category(with, call, how);
    if (!body)
        co_return fail(std::move(body.error()));
    auto changed = co_await categories::update(with.db, *id, body->value, body->present);
    if (!changed || changed->category.empty())
        co_await take_back(with, *body);
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (!changed->replaced.empty())
        co_await discard(with, std::move(changed->replaced));
    co_return category_answer(call, 200, changed->category);
}
task<result<response>> put(services& with, request& call) {
    return change(with, call, mode::put);
}
task<result<response>> patch(services& with, request& call) {
    return change(with, call, mode::patch);
}

task<result<response>> remove(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto icon = co_await categories::remove(with.db, *id);
    if (!icon)
        co_return fail(std::move(icon.error()));
    if (!*icon)
        co_return fail(no_such(forum_categories_resource));
    if (!(*icon)->empty())
        co_await discard(with, std::move(**icon));
    co_return response::no_content();
}

constexpr route table[] = {
    {.path = "/api/forum/categories/",
     .name = "forum-categories-list",
     .by_method = {.get = list, .post = create},
     .who = access::reads_anyone_writes_staff,
     .multipart_files = true,
     .docs = {.get = doc::array_or_page_of(forum_category_shown).asks(doc::text("search")),
              .post = doc::takes(forum_category_fields, mode::create).gives(201, forum_category_shown)}},
    {.path = "/api/forum/categories/{id}/",
     .name = "forum-categories-detail",
     .by_method = {.get = retrieve, .put = put, .patch = patch, .del = remove},
     .who = access::reads_anyone_writes_staff,
     .multipart_files = true,
     .docs = {.get = doc::gives(forum_category_shown),
              .put = doc::takes(forum_category_fields, mode::put).gives(forum_category_shown),
              .patch = doc::takes(forum_category_fields, mode::patch).gives(forum_category_shown),
              .del = doc::gives_nothing()}},
};

} // namespace

extern const std::span<const route> forum_category_routes;
const std::span<const route> forum_category_routes = table;

} // namespace mvp::http::api
