// The two kinds of reviews that clients know, and their routes.
#include "http/api/reviews.hpp"
#include "http/rest.hpp"
#include "http/router.hpp"
#include "http/services.hpp"

#include <fmt/format.h>

namespace mvp::http::api {
namespace {

namespace votes = storage::votes;
using reviews::surface;
using storage::helpfulness;

result<response> seller_review_voted(votes::outcome how, std::string_view opinion) {
    switch (how) {
    case votes::outcome::given:
        return response(201, fmt::format(R"({{"message":"Review marked as {}"}})", opinion));
    case votes::outcome::changed:
        return response(200, R"({"message":"Vote updated"})");
    default:
        break;
    }
    return response(200, fmt::format(R"({{"message":"Already marked as {}"}})", opinion));
}

result<response> part_review_voted(votes::outcome how, std::string_view opinion) {
    switch (how) {
    case votes::outcome::given:
        return response(200, fmt::format(R"({{"status":"voted as {}"}})", opinion));
    case votes::outcome::changed:
        return response(200, fmt::format(R"({{"status":"vote changed to {}"}})", opinion));
    default:
        break;
    }
    return fail(errc::refused, fmt::format("Already voted as {}", opinion));
}

constexpr surface of_sellers{.kind = storage::seller_reviews,
                             .subject = "seller_id",
                             .subject_too = "seller",
                             .filter = "seller",
                             .filters_by_rating = false,
                             .put = mode::patch, // clients rely on a PUT of some fields
                             .absolute = false,
                             .voted = seller_review_voted,
                             .vote_removed = R"({"message":"Vote removed"})",
                             .no_vote = "Vote not found"};
constexpr surface of_parts{.kind = storage::part_reviews,
                           .subject = "part_id",
                           .subject_too = "part",
                           .filter = "part_id",
                           .filters_by_rating = true,
                           .put = mode::put,
                           .absolute = true,
                           .voted = part_review_voted,
                           .vote_removed = R"({"status":"vote removed"})",
                           .no_vote = "No vote found"};

// --- what only reviews of sellers have
// ------------------------------------------------------------------------------------------------

task<result<response>> by_seller(services& with, request& call) {
    storage::reviews::list_request wanted;
    auto seller = id_parameter(call, "seller_id");
    if (!seller)
        co_return fail(std::move(seller.error()));
    if (!*seller)
        co_return fail(errc::refused, "seller_id parameter required");
    wanted.subject = *seller;
    wanted.approved_only = true;
    co_return co_await reviews::review_page(with, call, of_sellers, std::move(wanted));
}

task<result<response>> my_reviews(services& with, request& call) {
    storage::reviews::list_request wanted;
    wanted.reviewer = call.caller->id;
    co_return co_await reviews::review_page(with, call, of_sellers, std::move(wanted));
}

// --- handlers of a kind
// ------------------------------------------------------------------------------------------------

template <const surface& s> task<result<response>> list(services& with, request& call) {
    return reviews::list_reviews(with, call, s);
}
template <const surface& s> task<result<response>> create(services& with, request& call) {
    return reviews::create_review(with, call, s);
}
template <const surface& s> task<result<response>> retrieve(services& with, request& call) {
    return reviews::retrieve_review(with, call, s);
}
template <const surface& s> task<result<response>> put(services& with, request& call) {
    return reviews::change_review(with, call, s, s.put);
}
template <const surface& s> task<result<response>> patch(services& with, request& call) {
    return reviews::change_review(with, call, s, mode::patch);
}
template <const surface& s> task<result<response>> remove(services& with, request& call) {
    return reviews::remove_review(with, call, s);
}
template <const surface& s, helpfulness what> task<result<response>> vote(services& with, request& call) {
    return reviews::vote_on_review(with, call, s, what);
}
template <const surface& s> task<result<response>> remove_vote(services& with, request& call) {
    return reviews::vote_on_review(with, call, s, std::nullopt);
}
template <const surface& s> task<result<response>> seller_respond(services& with, request& call) {
    return reviews::respond_to_review(with, call, s);
}

// --- routes
// -----------------------------------------------------------------------------------------------------------

constexpr auto helpful = helpfulness::helpful, unhelpful = helpfulness::unhelpful;

constexpr doc::operation creation(const surface& s) {
    return doc::takes(s.kind.of.fields, mode::create).takes(doc::id(s.subject)).gives(201, s.kind.shown);
}
constexpr doc::operations one(const surface& s) {
    const auto one = doc::gives(s.kind.shown);
    return {.get = one,
            .put = one.takes(s.kind.of.fields, s.put),
            .patch = one.takes(s.kind.of.fields, mode::patch),
            .del = doc::gives_nothing()};
}
constexpr doc::operation response_of(const surface& s) {
    return doc::takes(reviews::answer_fields).gives(s.kind.shown);
}

constexpr route seller_table[] = {
    {.path = "/api/reviews/",
     .name = "reviews-list",
     .by_method = {.get = list<of_sellers>, .post = create<of_sellers>},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::seller_review_shown)
                         .lists(storage::seller_review_fields)
                         .asks(doc::id("seller")),
              .post = creation(of_sellers)}},
    {.path = "/api/reviews/by_seller/",
     .name = "reviews-by-seller",
     .by_method = {.get = by_seller},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::seller_review_shown)
                         .orders(storage::seller_review_fields)
                         .asks(doc::id("seller_id"))}},
    {.path = "/api/reviews/my_reviews/",
     .name = "reviews-my-reviews",
     .by_method = {.get = my_reviews},
     .who = access::user_by_hand,
     .docs = {.get = doc::page_of(storage::seller_review_shown).orders(storage::seller_review_fields)}},
    {.path = "/api/reviews/{id}/",
     .name = "reviews-detail",
     .by_method = {.get = retrieve<of_sellers>,
                   .put = put<of_sellers>,
                   .patch = patch<of_sellers>,
                   .del = remove<of_sellers>},
     .who = access::reads_anyone,
     .docs = one(of_sellers)},
    {.path = "/api/reviews/{id}/mark_helpful/",
     .name = "reviews-mark-helpful",
     .by_method = {.post = vote<of_sellers, helpful>},
     .who = access::reads_anyone,
     .docs = {.post = doc::gives(201, doc::message).or_with(200)}},
    {.path = "/api/reviews/{id}/mark_unhelpful/",
     .name = "reviews-mark-unhelpful",
     .by_method = {.post = vote<of_sellers, unhelpful>},
     .who = access::reads_anyone,
     .docs = {.post = doc::gives(201, doc::message).or_with(200)}},
    {.path = "/api/reviews/{id}/remove_vote/",
     .name = "reviews-remove-vote",
     .by_method = {.del = remove_vote<of_sellers>},
     .who = access::reads_anyone,
     .docs = {.del = doc::gives(doc::message)}},
    {.path = "/api/reviews/{id}/seller_respond/",
     .name = "reviews-seller-respond",
     .by_method = {.post = seller_respond<of_sellers>},
     .who = access::reads_anyone,
     .docs = {.post = response_of(of_sellers)}},
};

constexpr route part_table[] = {
    {.path = "/api/part-reviews/",
     .name = "part-reviews-list",
     .by_method = {.get = list<of_parts>, .post = create<of_parts>},
     .who = access::reads_anyone,
     .docs = {.get = doc::page_of(storage::part_review_shown)
                         .lists(storage::part_review_fields)
                         .asks(reviews::rating_filter_fields)
                         .asks(doc::id("part_id")),
              .post = creation(of_parts)}},
    {.path = "/api/part-reviews/{id}/",
     .name = "part-reviews-detail",
     .by_method =
         {.get = retrieve<of_parts>, .put = put<of_parts>, .patch = patch<of_parts>, .del = remove<of_parts>},
     .who = access::reads_anyone,
     .docs = one(of_parts)},
    {.path = "/api/part-reviews/{id}/vote_helpful/",
     .name = "part-reviews-vote-helpful",
     .by_method = {.post = vote<of_parts, helpful>},
     .who = access::reads_anyone,
     .docs = {.post = doc::gives(doc::text("status"))}},
    {.path = "/api/part-reviews/{id}/vote_unhelpful/",
     .name = "part-reviews-vote-unhelpful",
     .by_method = {.post = vote<of_parts, unhelpful>},
     .who = access::reads_anyone,
     .docs = {.post = doc::gives(doc::text("status"))}},
    {.path = "/api/part-reviews/{id}/remove_vote/",
     .name = "part-reviews-remove-vote",
     .by_method = {.del = remove_vote<of_parts>},
     .who = access::reads_anyone,
     .docs = {.del = doc::gives(doc::text("status"))}},
    {.path = "/api/part-reviews/{id}/seller_respond/",
     .name = "part-reviews-seller-respond",
     .by_method = {.post = seller_respond<of_parts>},
     .who = access::reads_anyone,
     .docs = {.post = response_of(of_parts)}},
};

} // namespace

extern const std::span<const route> review_routes, part_review_routes;
const std::span<const route> review_routes = seller_table, part_review_routes = part_table;

} // namespace mvp::http::api
