// Cars: what they have beside what all listings have, and their routes.
#include "http/api/cars.hpp"

#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

namespace mvp::http::api {
namespace {

namespace cars = storage::cars;

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
    co_return co_await answer_page(call, storage::car_listed, view_for(call),
                                   [&](int size, std::int64_t offset) {
                                       return cars::search(with.db, with.cache, viewer_of(call),
                                                           wanted->value, ordering_of(call), size, offset);
                                   });
}

task<result<response>> seller_cars(services& with, request& call) {
    const auto seller = needed_id_parameter(call, "seller_id");
    if (!seller)
        co_return fail(seller.error());
    co_return co_await answer_page(
        call, storage::car_listed, view_for(call), [&](int size, std::int64_t offset) {
            return cars::all().of_seller(with.db, *seller, false, ordering_of(call), size, offset);
        });
}

constexpr auto told_with_car = doc::gives(doc::message, doc::object("car", storage::car_detailed));

constexpr route table[] = {
    {.path = "/api/cars/",
     .name = "cars-list",
     .by_method = {.get = on<car_app, listing::list>, .post = on<car_app, listing::create>},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::car_listed).lists(storage::car_fields),
              .post = doc::takes(storage::car_fields, mode::create).gives(201, storage::car_detailed)}},
    {.path = "/api/cars/search/",
     .name = "cars-search",
     .by_method = {.get = search},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::car_listed).orders(storage::car_fields).asks(search_fields)}},
    {.path = "/api/cars/my_listings/",
     .name = "cars-my-listings",
     .by_method = {.get = on<car_app, listing::my_listings>},
     .who = access::user_by_hand,
     .docs = {.get = doc::page_of(storage::car_listed).orders(storage::car_fields)}},
    {.path = "/api/cars/seller_cars/",
     .name = "cars-seller-cars",
     .by_method = {.get = seller_cars},
     .who = access::reads_anyone,
     .docs = {.get =
                  doc::page_of(storage::car_listed).orders(storage::car_fields).asks(doc::id("seller_id"))}},
    {.path = "/api/cars/{id}/",
     .name = "cars-detail",
     .by_method = {.get = on<car_app, listing::retrieve>,
                   .put = on<car_app, listing::put>,
                   .patch = on<car_app, listing::patch>,
                   .del = on<car_app, listing::remove>},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(storage::car_detailed),
              .put = doc::takes(storage::car_fields, mode::put).gives(storage::car_written),
              .patch = doc::takes(storage::car_fields, mode::patch).gives(storage::car_written),
              .del = doc::gives_nothing()}},
    {.path = "/api/cars/{id}/mark_as_sold/",
     .name = "cars-mark-as-sold",
     .by_method = {.post = on<car_app, listing::mark_as_sold>},
     .who = access::reads_anyone,
     .docs = {.post = told_with_car}},
    {.path = "/api/cars/{id}/archive/",
     .name = "cars-archive",
     .by_method = {.post = on<car_app, listing::archive>},
     .who = access::reads_anyone,
     .docs = {.post = told_with_car}},
    {.path = "/api/cars/{id}/reactivate/",
     .name = "cars-reactivate",
     .by_method = {.post = on<car_app, listing::reactivate>},
     .who = access::reads_anyone,
     .docs = {.post = told_with_car}},
    {.path = "/api/cars/{id}/approve/",
     .name = "cars-approve",
     .by_method = {.post = on<car_app, listing::approve>},
     .who = access::staff,
     .docs = {.post = told_with_car}},
    {.path = "/api/cars/{id}/reject/",
     .name = "cars-reject",
     .by_method = {.post = on<car_app, listing::reject>},
     .who = access::staff,
     .docs = {.post = told_with_car.takes(rejection_fields)}},
    {.path = "/api/cars/{id}/upload_images/",
     .name = "cars-upload-images",
     .by_method = {.post = on<car_app, listing::upload_images>},
     .who = access::reads_anyone,
     .multipart_files = true,
     .docs = {.post = images_uploaded}},
    {.path = "/api/cars/{id}/set_primary_image/",
     .name = "cars-set-primary-image",
     .by_method = {.post = on<car_app, listing::set_primary_image>},
     .who = access::reads_anyone,
     .docs = {.post = primary_image_set}},
    {.path = "/api/cars/{id}/images/{image_id}/",
     .name = "cars-image",
     .by_method = {.del = on<car_app, listing::remove_image>},
     .who = access::reads_anyone,
     .docs = {.del = doc::gives_nothing()}},
};

} // namespace

extern const std::span<const route> car_routes;
const std::span<const route> car_routes = table;

} // namespace mvp::http::api
