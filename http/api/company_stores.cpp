// The stores of companies.
#include "storage/company_stores.hpp"
#include "http/api/uploads.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

namespace mvp::http::api {
namespace {

namespace stores = storage::company_stores;
using storage::company_store_fields;
using storage::company_store_shown;

/// "store_logos", "store_banners".
std::string folder(std::string_view field) {
    return std::string(field) + "s";
}

response store_answer(int status, const request& call, const storage::rows& shown) {
    const std::string origin = call.origin();
    return response(status, encode_object(company_store_shown, shown.front(), view_for(call, origin)));
}

task<result<response>> list(services& with, request& call) {
    auto search = text_parameter(call, "search");
    if (!search)
        co_return fail(std::move(search.error()));
    const std::string origin = call.origin();
    co_return co_await answer_page(
        call, company_store_shown, view_for(call, origin), [&](int size, std::int64_t offset) {
            return stores::list(with.db, viewer_of(call), *search, ordering_of(call), size, offset);
        });
}

task<result<response>> retrieve(services& with, request& call) {
    auto found = co_await shown_row(call, storage::company_stores_resource,
                                    [&](uuid id) { return stores::find(with.db, id, viewer_of(call)); });
    if (!found)
        co_return fail(std::move(found.error()));
    co_return store_answer(200, call, *found);
}

task<result<response>> my_store(services& with, request& call) {
    auto found = co_await stores::find_of(with.db, call.caller->id);
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return fail(errc::missing, "Store not found");
    co_return store_answer(200, call, *found);
}

task<result<response>> create(services& with, request& call) {
    if (!call.caller->is_company)
        co_return fail(errc::forbidden, "Only company accounts can create stores");
    auto existing = co_await stores::find_of(with.db, call.caller->id);
    if (!existing)
        co_return fail(std::move(existing.error()));
    if (!existing->empty())
        co_return fail(stores::already_there());
    auto body = decode<storage::company_store>(call, company_store_fields, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    auto pictures =
        co_await store_pictures(with, body->files, folder, company_store_fields, &body->value, body->present);
    if (!pictures)
        co_return fail(std::move(pictures.error()));
    auto made = co_await create_with(with, std::move(*pictures), [&] {
        return stores::create(with.db, call.caller->id, std::move(body->value));
    });
    if (!made)
        co_return fail(std::move(made.error()));
    co_return store_answer(201, call, *made);
}

task<result<uuid>> changeable(services& with, const request& call) {
    return row_for(call, storage::company_stores_resource, wish::change,
                   [&with](uuid id) { return stores::find_target(with.db, id); });
}

template <mode How> task<result<response>> change(services& with, request& call) {
    auto id = co_await changeable(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = decode<storage::company_store>(call, company_store_fields, How, call.is_staff());
    if (!body)
        co_return fail(std::move(body.error()));
    auto pictures =
        co_await store_pictures(with, body->files, folder, company_store_fields, &body->value, body->present);
    if (!pictures)
        co_return fail(std::move(pictures.error()));
    auto changed = co_await change_with(with, storage::company_stores_resource, std::move(*pictures), [&] {
        return stores::update(with.db, *id, std::move(body->value), body->present);
    });
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return store_answer(200, call, *changed);
}

task<result<response>> remove(services& with, request& call) {
    auto id = co_await changeable(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    co_return co_await remove_with(with, storage::company_stores_resource,
                                   [&] { return stores::remove(with.db, *id); });
}

constexpr route table[] = {
    {.path = "/api/company-stores/",
     .name = "company-stores-list",
     .by_method = {.get = list, .post = create},
     .who = access::reads_anyone,
     .multipart_files = true,
     .docs = {.get = doc::page_of(company_store_shown).lists(company_store_fields),
              .post = doc::takes(company_store_fields, mode::create).gives(201, company_store_shown)}},
    {.path = "/api/company-stores/my_store/",
     .name = "company-stores-my-store",
     .by_method = {.get = my_store},
     .who = access::user_by_hand,
     .docs = {.get = doc::gives(company_store_shown)}},
    {.path = "/api/company-stores/{id}/",
     .name = "company-stores-detail",
     .by_method = {.get = retrieve, .put = change<mode::put>, .patch = change<mode::patch>, .del = remove},
     .who = access::reads_anyone,
     .multipart_files = true,
     .docs = {.get = doc::gives(company_store_shown),
              .put = doc::takes(company_store_fields, mode::put).gives(company_store_shown),
              .patch = doc::takes(company_store_fields, mode::patch).gives(company_store_shown),
              .del = doc::gives_nothing()}},
};

} // namespace

extern const std::span<const route> company_store_routes;
const std::span<const route> company_store_routes = table;

} // namespace mvp::http::api
