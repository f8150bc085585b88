// What sellers' reviews add up to: lists and single ones, for everybody.
#include "storage/seller_ratings.hpp"

#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

namespace mvp::http::api {
namespace {

namespace ratings = storage::seller_ratings;

response body(const request& call, const storage::rows& found) {
    const std::string origin = call.origin();
    return {200, encode_object(storage::seller_rating_shown, found.front(), view_for(call, origin))};
}

task<result<response>> list(services& with, request& call) {
    const std::string origin = call.origin();
    co_return co_await answer_page(call, storage::seller_rating_shown, view_for(call, origin),
                                   [&](int size, std::int64_t offset) {
                                       return ratings::list(with.db, ordering_of(call), size, offset);
                                   });
}

task<result<response>> retrieve(services& with, request& call) {
    const auto id = call.id();
    if (!id)
        co_return fail(id.error());
    auto found = co_await ratings::find(with.db, *id);
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return fail(no_such(storage::seller_ratings_resource));
    co_return body(call, *found);
}

task<result<response>> by_seller(services& with, request& call) {
    auto seller = id_parameter(call, "seller_id");
    if (!seller)
        co_return fail(std::move(seller.error()));
    if (!*seller)
        co_return fail(errc::refused, "seller_id parameter required");
    auto found = co_await ratings::of_seller(with.db, **seller);
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return fail(errc::missing, "Rating not found");
    co_return body(call, *found);
}

constexpr route table[] = {
    {.path = "/api/seller-ratings/",
     .name = "seller-ratings-list",
     .by_method = {.get = list},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::seller_rating_shown).lists(storage::seller_rating_fields)}},
    {.path = "/api/seller-ratings/by_seller/",
     .name = "seller-ratings-by-seller",
     .by_method = {.get = by_seller},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(storage::seller_rating_shown).asks(doc::id("seller_id"))}},
    {.path = "/api/seller-ratings/{id}/",
     .name = "seller-ratings-detail",
     .by_method = {.get = retrieve},
     .who = access::reads_anyone,
     .docs = {.get = doc::gives(storage::seller_rating_shown)}},
};

} // namespace

extern const std::span<const route> seller_rating_routes;
const std::span<const route> seller_rating_routes = table;

} // namespace mvp::http::api
