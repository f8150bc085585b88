// Parts: what they have beside what all listings have, and their routes.
#include "storage/parts.hpp"
#include "http/api/bodies.hpp"
#include "http/api/listings.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

namespace mvp::http::api {
namespace {

namespace parts = storage::parts;

/// A category that is there, and a number that no other part has.
task<result<>> check_references(services& with, listing_body& body) {
    auto& part = *static_cast<storage::part*>(body.object.get());
    if (part.part_number && part.part_number->empty())
        part.part_number.reset(); // blank is no number: it would be taken after the first
    if (!part.part_number && !part.category)
        co_return result<>{};
    const auto* given = body.in->object.find("category");
    auto found =
        co_await parts::find_references(with.db, part.part_number, part.category, body.changed_listing);
    if (!found)
        co_return fail(std::move(found.error()));
    if (!found->category_exists && given)
        complain(body.wrong, storage::part_fields, "category",
                 {parts::no_such_category(python_text(*given))});
    if (found->part_number_taken)
        complain(body.wrong, storage::part_fields, "part_number", {std::string(parts::part_number_taken)});
    co_return result<>{};
}

constexpr listing_app part_app{.all = parts::all,
                               .make = make_listing<storage::part>,
                               .key = "part",
                               .sellers_only = "Only sellers can create part listings",
                               .check = check_references,
                               .images_in_body = true};

// --- lists
// ------------------------------------------------------------------------------------------------------------

constexpr auto search_fields = [] {
    using namespace storage;
    using namespace storage::flag;
    using wanted = parts::search_request;
    constexpr limits price{.digits = 10};
    return std::array{
        field<&wanted::name>("name", created | blank),
        field<&wanted::brand>("brand", created | blank),
        field<&wanted::category>("category", created),
        field<&wanted::condition>("condition", created),
        field<&wanted::price_from>("price_from", created, price),
        field<&wanted::price_to>("price_to", created, price),
        field<&wanted::in_stock_only>("in_stock_only", created),
        field<&wanted::search>("search", created | blank),
    };
}();
static_assert(storage::covers<parts::search_request>(search_fields));

task<result<response>> search(services& with, request& call) {
    auto wanted = decode<parts::search_request>(read_query(call.parameters()), search_fields, mode::create);
    if (!wanted)
        co_return fail(std::move(wanted.error()));
    co_return co_await answer_page(call, storage::part_listed, view_for(call),
                                   [&](int size, std::int64_t offset) {
                                       return parts::search(with.db, with.cache, viewer_of(call),
                                                            wanted->value, ordering_of(call), size, offset);
                                   });
}

task<result<response>> by_category(services& with, request& call) {
    const auto category = needed_id_parameter(call, "category_id");
    if (!category)
        co_return fail(category.error());
    co_return co_await answer_page(
        call, storage::part_listed, view_for(call), [&](int size, std::int64_t offset) {
            return parts::of_category(with.db, *category, ordering_of(call), size, offset);
        });
}

// --- the cars that a part fits
// ----------------------------------------------------------------------------------------

task<result<response>> compatible_cars(services& with, request& call) {
    auto id = co_await visible_listing(part_app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    co_return co_await answer_array_or_page(
        call, storage::part_compatibility_shown, {},
        [&](int size, std::int64_t offset) { return parts::compatibilities(with.db, *id, size, offset); });
}

task<result<response>> add_compatibility(services& with, request& call) {
    auto id = co_await changeable_listing(part_app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    auto body = decode<storage::part_compatibility>(call, storage::part_compatibility_fields, mode::create);
    if (!body)
        co_return fail(std::move(body.error()));
    if (body->value.car_year_to < body->value.car_year_from)
        co_return fail(error::invalid("car_year_to", "Must not be earlier than car_year_from."));
    auto added = co_await parts::add_compatibility(with.db, with.cache, *id, std::move(body->value));
    if (!added)
        co_return fail(std::move(added.error()));
    co_return response(201, encode_object(storage::part_compatibility_shown, added->front(), {}));
}

task<result<response>> remove_compatibility(services& with, request& call) {
    auto id = co_await changeable_listing(part_app, with, call);
    if (!id)
        co_return fail(std::move(id.error()));
    const auto compatibility = call.id(1);
    if (!compatibility)
        co_return fail(compatibility.error());
    auto removed = co_await parts::remove_compatibility(with.db, with.cache, *id, *compatibility);
    if (!removed)
        co_return fail(std::move(removed.error()));
    if (!*removed)
        co_return fail(errc::not_found, "No PartCompatibility matches the given query.");
    co_return response::no_content();
}

constexpr auto told_with_part = doc::gives(doc::message, doc::object("part", storage::part_detailed));

constexpr route table[] = {
    {.path = "/api/parts/",
     .name = "parts-list",
     .by_method = {.get = on<part_app, listing::list>, .post = on<part_app, listing::create>},
     .who = access::reads_anyone,
     .multipart_files = true,
     .docs = {.get = doc::page_of(storage::part_listed)
                         .lists(storage::part_fields)
                         .asks(doc::integer("quantity_in_stock__gt")),
              .post = doc::takes(storage::part_fields, mode::create)
                          .takes(doc::files("images"))
                          .gives(201, storage::part_detailed)}},
    {.path = "/api/parts/search/",
     .name = "parts-search",
     .by_method = {.get = search},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::part_listed).orders(storage::part_fields).asks(search_fields)}},
    {.path = "/api/parts/my_listings/",
     .name = "parts-my-listings",
     .by_method = {.get = on<part_app, listing::my_listings>},
     .who = access::user_by_hand,
     .docs = {.get = doc::page_of(storage::part_listed).orders(storage::part_fields)}},
    {.path = "/api/parts/by_category/",
     .name = "parts-by-category",
     .by_method = {.get = by_category},
     .who = access::reads_anyone,
     .docs =
         {.get =
              doc::page_of(storage::part_listed).orders(storage::part_fields).asks(doc::id("category_id"))}},
    {.path = "/api/parts/{id}/",
     .name = "parts-detail",
     .by_method = {.get = on<part_app, listing::retrieve>,
                   .put = on<part_app, listing::put>,
                   .patch = on<part_app, listing::patch>,
                   .del = on<part_app, listing::remove>},
     .who = access::reads_anyone,
     .multipart_files = true,
     .docs = {.get = doc::gives(storage::part_detailed),
              .put = doc::takes(storage::part_fields, mode::put)
                         .takes(doc::files("images"))
                         .gives(storage::part_written),
              .patch = doc::takes(storage::part_fields, mode::patch)
                           .takes(doc::files("images"))
                           .gives(storage::part_written),
              .del = doc::gives_nothing()}},
    {.path = "/api/parts/{id}/archive/",
     .name = "parts-archive",
     .by_method = {.post = on<part_app, listing::archive>},
     .who = access::reads_anyone,
     .docs = {.post = told_with_part}},
    {.path = "/api/parts/{id}/reactivate/",
     .name = "parts-reactivate",
     .by_method = {.post = on<part_app, listing::reactivate>},
     .who = access::reads_anyone,
     .docs = {.post = told_with_part}},
    {.path = "/api/parts/{id}/approve/",
     .name = "parts-approve",
     .by_method = {.post = on<part_app, listing::approve>},
     .who = access::staff,
     .docs = {.post = told_with_part}},
    {.path = "/api/parts/{id}/reject/",
     .name = "parts-reject",
     .by_method = {.post = on<part_app, listing::reject>},
     .who = access::staff,
     .docs = {.post = told_with_part.takes(rejection_fields)}},
    {.path = "/api/parts/{id}/upload_images/",
     .name = "parts-upload-images",
     .by_method = {.post = on<part_app, listing::upload_images>},
     .who = access::reads_anyone,
     .multipart_files = true,
     .docs = {.post = images_uploaded}},
    {.path = "/api/parts/{id}/set_primary_image/",
     .name = "parts-set-primary-image",
     .by_method = {.post = on<part_app, listing::set_primary_image>},
     .who = access::reads_anyone,
     .docs = {.post = primary_image_set}},
    {.path = "/api/parts/{id}/images/{image_id}/",
     .name = "parts-image",
     .by_method = {.del = on<part_app, listing::remove_image>},
     .who = access::reads_anyone,
     .docs = {.del = doc::gives_nothing()}},
    {.path = "/api/parts/{id}/compatible_cars/",
     .name = "parts-compatible-cars",
     .by_method = {.get = compatible_cars},
     .who = access::reads_anyone,
     .docs = {.get = doc::array_or_page_of(storage::part_compatibility_shown)}},
    {.path = "/api/parts/{id}/add_compatibility/",
     .name = "parts-add-compatibility",
     .by_method = {.post = add_compatibility},
     .who = access::reads_anyone,
     .docs = {.post = doc::takes(storage::part_compatibility_fields, mode::create)
                          .gives(201, storage::part_compatibility_shown)}},
    {.path = "/api/parts/{id}/compatibilities/{compatibility_id}/",
     .name = "parts-compatibility",
     .by_method = {.del = remove_compatibility},
     .who = access::reads_anyone,
     .docs = {.del = doc::gives_nothing()}},
};

} // namespace

extern const std::span<const route> part_routes;
const std::span<const route> part_routes = table;

} // namespace mvp::http::api
