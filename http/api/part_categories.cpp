// Categories of parts: an array for everybody, written by staff.
#include "storage/part_categories.hpp"
#include "http/api/bodies.hpp"
#include "http/api/uploads.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/parts.hpp"

namespace mvp::http::api {
namespace {

namespace categories = storage::part_categories;
using storage::part_category;
using storage::part_category_fields;

std::string folder(std::string_view) {
    return "part_categories";
}

std::string body_of(const storage::rows& shown, std::string_view origin) {
    view v;
    v.origin = origin;
    return encode_object(storage::part_category_shown, shown.front(), v);
}

task<result<response>> list(services& with, request& call) {
    if (auto hot = call.query.empty() ? with.cache.find(categories::tag, call.origin()) : nullptr)
        co_return response(std::move(hot));
    auto search = text_parameter(call, "search");
    if (!search)
        co_return fail(std::move(search.error()));
    const std::string origin = call.origin();
    view v;
    v.origin = origin;
    if (!search->empty() || page_asked(call)) // kept are only answers of which there are few
        co_return co_await answer_array_or_page(
            call, storage::part_category_shown, v,
            [&](int size, std::int64_t offset) { return categories::list(with.db, *search, size, offset); });
    storage::cache::maker make = [&db = with.db, origin]() -> task<result<std::string>> {
        auto found = co_await categories::list(db, "");
        if (!found)
            co_return fail(std::move(found.error()));
        view v;
        v.origin = origin;
        std::string body;
        append_array(body, storage::part_category_shown, found->items, v);
        co_return body;
    };
    auto kept = co_await with.cache.get(categories::tag, origin, std::move(make));
    if (!kept)
        co_return fail(std::move(kept.error()));
    co_return response(std::move(*kept));
}

task<result<storage::rows>> find(services& with, const request& call) {
    return shown_row(call, storage::part_categories_resource,
                     [&with](uuid id) { return categories::find(with.db, id); });
}

task<result<response>> retrieve(services& with, request& call) {
    auto found = co_await find(with, call);
    if (!found)
        co_return fail(std::move(found.error()));
    co_return response(200, body_of(*found, call.origin()));
}

/// A body's fields, checked, its picture stored (in `stored`).
task<result<checked_body<part_category>>> read_category(services& with, request& call, mode how,
                                                        std::optional<uuid> changed,
                                                        std::vector<std::string>& stored) {
    auto body = read_checked<part_category>(call, part_category_fields, how);
    if (!body)
        co_return fail(std::move(body.error()));
    const auto& c = body->value;
    auto others = co_await categories::find_references(with.db, c.name, c.parent_category, changed);
    if (!others)
        co_return fail(std::move(others.error()));
    if (others->name_taken)
        complain(body->wrong, part_category_fields, "name", {std::string(categories::name_taken)});
    if (!others->parent_exists)
        complain(body->wrong, part_category_fields, "parent_category",
                 {storage::parts::no_such_category(c.parent_category->text())});
    if (auto good = body->verdict(); !good)
        co_return fail(std::move(good.error()));
    auto pictures =
        co_await store_pictures(with, body->files, folder, part_category_fields, &body->value, body->present);
    if (!pictures)
        co_return fail(std::move(pictures.error()));
    stored = std::move(*pictures);
    co_return body;
}

task<result<response>> create(services& with, request& call) {
    std::vector<std::string> stored;
    auto body = co_await read_category(with, call, mode::create, std::nullopt, stored);
    if (!body)
        co_return fail(std::move(body.error()));
    auto made = co_await create_with(with, std::move(stored), [&] {
        return categories::create(with.db, with.cache, call.caller->id, std::move(body->value));
    });
    if (!made)
        co_return fail(std::move(made.error()));
    co_return response(201, body_of(*made, call.origin()));
}

template <mode How> task<result<response>> change(services& with, request& call) {
    auto found = co_await find(with, call);
    if (!found)
        co_return fail(std::move(found.error()));
    const auto id = found->front().id(0);
    std::vector<std::string> stored;
    auto body = co_await read_category(with, call, How, id, stored);
    if (!body)
        co_return fail(std::move(body.error()));
    auto changed = co_await change_with(with, storage::part_categories_resource, std::move(stored), [&] {
        return categories::update(with.db, with.cache, id, call.caller->id, std::move(body->value),
                                  body->present);
    });
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return response(200, body_of(*changed, call.origin()));
}

task<result<response>> remove(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    co_return co_await remove_with(with, storage::part_categories_resource, [&] {
        return categories::remove(with.db, with.cache, *id, call.caller->id);
    });
}

constexpr route table[] = {
    {.path = "/api/part-categories/",
     .name = "part-categories-list",
     .by_method = {.get = list, .post = create},
     .who = access::reads_anyone_writes_staff,
     .multipart_files = true,
     .docs = {.get = doc::array_or_page_of(storage::part_category_shown).asks(doc::text("search")),
              .post =
                  doc::takes(part_category_fields, mode::create).gives(201, storage::part_category_shown)}},
    {.path = "/api/part-categories/{id}/",
     .name = "part-categories-detail",
     .by_method = {.get = retrieve, .put = change<mode::put>, .patch = change<mode::patch>, .del = remove},
     .who = access::reads_anyone_writes_staff,
     .multipart_files = true,
     .docs = {.get = doc::gives(storage::part_category_shown),
              .put = doc::takes(part_category_fields, mode::put).gives(storage::part_category_shown),
              .patch = doc::takes(part_category_fields, mode::patch).gives(storage::part_category_shown),
              .del = doc::gives_nothing()}},
};

} // namespace

extern const std::span<const route> part_category_routes;
const std::span<const route> part_category_routes = table;

} // namespace mvp::http::api
