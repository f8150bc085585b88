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

response category_answer(const request& call, int status, const storage::rows& found) {
    const std::string origin = call.origin();
    return response(status, encode_object(forum_category_shown, found.front(), view_for(call, origin)));
}

task<result<response>> list(services& with, request& call) {
    auto search = text_parameter(call, "search");
    if (!search)
        co_return fail(std::move(search.error()));
    const std::string origin = call.origin();
    co_return co_await answer_array_or_page(
        call, forum_category_shown, view_for(call, origin), [&](int size, std::int64_t offset) {
            return categories::list(with.db, viewer_of(call), *search, size, offset);
        });
}

task<result<storage::rows>> find(services& with, const request& call) {
    return shown_row(call, forum_categories_resource,
                     [&](uuid id) { return categories::find(with.db, id, viewer_of(call)); });
}

task<result<response>> retrieve(services& with, request& call) {
    auto found = co_await find(with, call);
    if (!found)
        co_return fail(std::move(found.error()));
    co_return category_answer(call, 200, *found);
}

std::string folder(std::string_view) {
    return "forum_categories";
}

task<result<response>> create(services& with, request& call) {
    auto body = decode<storage::forum_category>(call, forum_category_fields, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    auto icon = co_await store_pictures(with, body->files, folder, forum_category_fields, &body->value,
                                        body->present);
    if (!icon)
        co_return fail(std::move(icon.error()));
    auto made = co_await create_with(with, std::move(*icon),
                                     [&] { return categories::create(with.db, std::move(body->value)); });
    if (!made)
        co_return fail(std::move(made.error()));
    co_return category_answer(call, 201, *made);
}

template <mode How> task<result<response>> change(services& with, request& call) {
    auto found = co_await find(with, call);
    if (!found)
        co_return fail(std::move(found.error()));
    const auto id = found->front().id(0);
    auto body = decode<storage::forum_category>(call, forum_category_fields, How);
    if (!body)
        co_return fail(std::move(body.error()));
    auto icon = co_await store_pictures(with, body->files, folder, forum_category_fields, &body->value,
                                        body->present);
    if (!icon)
        co_return fail(std::move(icon.error()));
    auto changed = co_await change_with(with, forum_categories_resource, std::move(*icon), [&] {
        return categories::update(with.db, id, std::move(body->value), body->present);
    });
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return category_answer(call, 200, *changed);
}

task<result<response>> remove(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    co_return co_await remove_with(with, forum_categories_resource,
                                   [&] { return categories::remove(with.db, *id); });
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
     .by_method = {.get = retrieve, .put = change<mode::put>, .patch = change<mode::patch>, .del = remove},
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
