// Cars: lists, details, changes, and the steps between their states.
#include "http/api/cars.hpp"

#include "http/api/bodies.hpp"
#include "http/api/uploads.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/model/json_text.hpp"

namespace mvp::http::api {
namespace {

namespace cars = storage::cars;
using storage::car_fields;

// --- lists
// ------------------------------------------------------------------------------------------------------------

/// What ?search=, ?ordering= and the filters by field ask for.
result<cars::list_request> read_list(const request& call) {
    cars::list_request wanted;
    auto search = text_parameter(call, "search");
    if (!search)
        return fail(std::move(search.error()));
    wanted.search = std::move(*search);
    if (const auto* ordering = call.parameters().find("ordering"))
        wanted.ordering = *ordering;
    for (std::size_t i = 0; i < car_fields.size(); ++i) {
        const auto& f = car_fields[i];
        if (!f.has(storage::flag::filterable))
            continue;
        const auto given = text_parameter(call, f.name);
        if (!given)
            return fail(given.error());
        if (given->empty())
            continue;
        wanted.filters.resize(car_fields.size());
        auto value = check_value(f, {.is = json_value::type::string, .text = *given});
        if (value.complaints.empty())
            wanted.filters[i] = std::move(value.text);
        else
            wanted.nothing = true;
    }
    return wanted;
}

/// For lists whose files' URLs begin at the root.
view plain_view(const request& call) {
    view v;
    v.logged_in = call.caller != nullptr;
    return v;
}

task<result<response>> list(services& with, request& call) {
    auto wanted = read_list(call);
    if (!wanted)
        co_return fail(std::move(wanted.error()));
    const std::string origin = call.origin();
    view v = plain_view(call);
    v.origin = origin;
    co_return co_await answer_page(call, storage::car_listed, v, [&](int size, std::int64_t offset) {
        return cars::list(with.db, with.cache, viewer_of(call), *wanted, size, offset);
    });
}

constexpr auto search_fields = [] {
    using namespace storage;
    using namespace storage::flag;
    using wanted = cars::search_request;
    constexpr limits price{.digits = 12};
    return std::array{
        field<&wanted::make>("make", created | blank),
        field<&wanted::model>("model", created | blank),
        field<&wanted::year_from>("year_from", created),
        field<&wanted::year_to>("year_to", created),
        field<&wanted::price_from>("price_from", created, price),
        field<&wanted::price_to>("price_to", created, price),
        field<&wanted::condition>("condition", created),
        field<&wanted::fuel_type>("fuel_type", created),
        field<&wanted::transmission>("transmission", created),
        field<&wanted::city>("city", created | blank),
        field<&wanted::mileage_max>("mileage_max", created),
        field<&wanted::search>("search", created | blank),
    };
}();
static_assert(storage::covers<cars::search_request>(search_fields));

task<result<response>> search(services& with, request& call) {
    auto wanted = decode<cars::search_request>(read_query(call.parameters()), search_fields, mode::create);
    if (!wanted)
        co_return fail(std::move(wanted.error()));
    co_return co_await answer_page(
        call, storage::car_listed, plain_view(call), [&](int size, std::int64_t offset) {
            return cars::search(with.db, with.cache, viewer_of(call), wanted->value, size, offset);
        });
}

task<result<response>> my_listings(services& with, request& call) {
    co_return co_await answer_page(call, storage::car_listed, plain_view(call),
                                   [&](int size, std::int64_t offset) {
                                       return cars::of_seller(with.db, call.caller->id, true, size, offset);
                                   });
}

task<result<response>> seller_cars(services& with, request& call) {
    const auto seller = id_parameter(call, "seller_id");
    if (!seller)
        co_return fail(seller.error());
    if (!*seller)
        co_return fail(errc::refused, "seller_id parameter required");
    co_return co_await answer_page(call, storage::car_listed, plain_view(call),
                                   [&](int size, std::int64_t offset) {
                                       return cars::of_seller(with.db, **seller, false, size, offset);
                                   });
}

// --- one car
// ----------------------------------------------------------------------------------------------------------

std::string detail_body(const cars::detail& found, bool logged_in, std::string_view origin) {
    view v;
    v.logged_in = logged_in;
    v.origin = origin;
    return encode_object(storage::car_detailed, found.car.front(), v, {&found.images, 1});
}

/// Public cars come from the cache, one answer for all anonymous callers and one for all users. What only
/// their owner and staff may see is never kept.
task<result<response>> retrieve(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    const bool logged_in = call.caller != nullptr;
    std::string origin = call.origin();
    std::string tag = cars::tag_of(*id);
    std::string variant = (logged_in ? "u|" : "a|") + origin;
    if (auto hot = with.cache.find(tag, variant))
        co_return response(std::move(hot));
    storage::cache::maker make = [&db = with.db, id = *id, logged_in, origin]() -> task<result<std::string>> {
        auto found = co_await cars::find(db, id, {});
        if (!found)
            co_return fail(std::move(found.error()));
        if (found->car.empty())
            co_return fail(no_such(storage::cars_resource));
        co_return detail_body(*found, logged_in, origin);
    };
    auto kept = co_await with.cache.get(std::move(tag), std::move(variant), std::move(make));
    if (kept)
        co_return response(std::move(*kept));
    if (!logged_in || kept.error().code != errc::not_found)
        co_return fail(std::move(kept.error()));
    auto found = co_await cars::find(with.db, *id, viewer_of(call));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->car.empty())
        co_return fail(no_such(storage::cars_resource));
    co_return response(200, detail_body(*found, true, origin));
}

task<result<response>> create(services& with, request& call) {
    const auto sellers_only = [] { return fail(errc::forbidden, "Only sellers can create car listings"); };
    if (!call.caller->can_sell(now()))
        co_return sellers_only();
    auto body = decode<storage::car>(call, car_fields, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    auto made = co_await cars::create(with.db, call.caller->id, std::move(body->value));
    if (!made)
        co_return fail(std::move(made.error()));
    if (made->empty())
        co_return sellers_only();
    const cars::detail whole{*made, {}};
    co_return response(201, car_body(call, whole));
}

task<result<response>> change(services& with, request& call, mode how) {
    auto id = co_await changeable_car(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = decode<storage::car>(call, car_fields, how, call.is_staff());
    if (!body)
        co_return fail(std::move(body.error()));
    auto changed = co_await cars::update(with.db, with.cache, *id, viewer_of(call), std::move(body->value),
                                         body->present);
    if (!changed)
        co_return fail(std::move(changed.error()));
    if (changed->empty())
        co_return fail(no_such(storage::cars_resource));
    co_return response(200, encode_object(storage::car_written, changed->front(), plain_view(call)));
}
task<result<response>> put(services& with, request& call) {
    return change(with, call, mode::put);
}
task<result<response>> patch(services& with, request& call) {
    return change(with, call, mode::patch);
}

task<result<response>> remove(services& with, request& call) {
    auto id = co_await changeable_car(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto pictures = co_await cars::remove(with.db, with.cache, *id);
    if (!pictures)
        co_return fail(std::move(pictures.error()));
    if (!*pictures)
        co_return fail(no_such(storage::cars_resource));
    for (auto& path : **pictures)
        co_await discard(with, std::move(path));
    co_return response::no_content();
}

// --- steps
// ------------------------------------------------------------------------------------------------------------

task<result<response>> step(services& with, request& call, cars::change what, std::string_view message,
                            std::string reason = {}) {
    auto id = co_await changeable_car(with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto changed =
        co_await cars::transition(with.db, with.cache, *id, viewer_of(call), what, std::move(reason));
    if (!changed)
        co_return fail(std::move(changed.error()));
    co_return response(200,
                       R"({"message":)" + json_text(message) + R"(,"car":)" + car_body(call, *changed) + "}");
}

task<result<response>> mark_as_sold(services& with, request& call) {
    return step(with, call, cars::change::sell, "Car marked as sold");
}
task<result<response>> archive(services& with, request& call) {
    return step(with, call, cars::change::archive, "Car archived");
}
task<result<response>> reactivate(services& with, request& call) {
    return step(with, call, cars::change::reactivate, "Car reactivated");
}
task<result<response>> approve(services& with, request& call) {
    return step(with, call, cars::change::approve, "Car approved");
}

struct rejection {
    std::string reason;
};
constexpr auto rejection_fields = std::array{storage::field<&rejection::reason>(
    "reason", storage::flag::required | storage::flag::created, {.length = 1000})};

task<result<response>> reject(services& with, request& call) {
    auto id = co_await changeable_car(with, call); // 404 comes before what is wrong with the body
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = read_small<rejection>(call, rejection_fields);
    if (!body)
        co_return fail(std::move(body.error()));
    co_return co_await step(with, call, cars::change::reject, "Car rejected", std::move(body->reason));
}

constexpr auto told_with_car = doc::gives(doc::message, doc::object("car", storage::car_detailed));

constexpr route table[] = {
    {.path = "/api/cars/",
     .name = "cars-list",
     .by_method = {.get = list, .post = create},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::car_listed).lists(car_fields),
              .post = doc::takes(car_fields, mode::create).gives(201, storage::car_detailed)}},
    {.path = "/api/cars/search/",
     .name = "cars-search",
     .by_method = {.get = search},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::car_listed).asks(search_fields)}},
    {.path = "/api/cars/my_listings/",
     .name = "cars-my-listings",
     .by_method = {.get = my_listings},
     .who = access::user_by_hand,
     .docs = {.get = doc::page_of(storage::car_listed)}},
    {.path = "/api/cars/seller_cars/",
     .name = "cars-seller-cars",
     .by_method = {.get = seller_cars},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::car_listed).asks(doc::id("seller_id"))}},
    {.path = "/api/cars/{id}/",
     .name = "cars-detail",
     .by_method = {.get = retrieve, .put = put, .patch = patch, .del = remove},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(storage::car_detailed),
              .put = doc::takes(car_fields, mode::put).gives(storage::car_written),
              .patch = doc::takes(car_fields, mode::patch).gives(storage::car_written),
              .del = doc::gives_nothing()}},
    {.path = "/api/cars/{id}/mark_as_sold/",
     .name = "cars-mark-as-sold",
     .by_method = {.post = mark_as_sold},
     .who = access::reads_anyone,
     .docs = {.post = told_with_car}},
    {.path = "/api/cars/{id}/archive/",
     .name = "cars-archive",
     .by_method = {.post = archive},
     .who = access::reads_anyone,
     .docs = {.post = told_with_car}},
    {.path = "/api/cars/{id}/reactivate/",
     .name = "cars-reactivate",
     .by_method = {.post = reactivate},
     .who = access::reads_anyone,
     .docs = {.post = told_with_car}},
    {.path = "/api/cars/{id}/approve/",
     .name = "cars-approve",
     .by_method = {.post = approve},
     .who = access::staff,
     .docs = {.post = told_with_car}},
    {.path = "/api/cars/{id}/reject/",
     .name = "cars-reject",
     .by_method = {.post = reject},
     .who = access::staff,
     .docs = {.post = told_with_car.takes(rejection_fields)}},
};

} // namespace

task<result<uuid>> visible_car(services& with, const request& call) {
    return row_for(call, storage::cars_resource, wish::read,
                   [&with](uuid id) { return cars::find_target(with.db, id); });
}

task<result<uuid>> changeable_car(services& with, const request& call) {
    return row_for(call, storage::cars_resource, wish::change,
                   [&with](uuid id) { return cars::find_target(with.db, id); });
}

std::string car_body(const request& call, const storage::cars::detail& found) {
    return detail_body(found, call.caller != nullptr, {});
}

extern const std::span<const route> car_routes;
const std::span<const route> car_routes = table;

} // namespace mvp::http::api
