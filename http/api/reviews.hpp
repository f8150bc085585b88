// Reviews of sellers and of parts have one set of handlers; what clients know as different between the two
// stands in a `surface`. http/api/review_routes.cpp has both.
#pragma once

#include "http/decode.hpp"
#include "http/response.hpp"
#include "storage/reviews.hpp"

namespace mvp::http {
class services;
}

namespace mvp::http::api::reviews {

/// How one kind of review looks from outside.
struct surface {
    const storage::review_kind& kind;
    std::string_view subject, subject_too; ///< the body's key, and the other one that documents name
    std::string_view filter;               ///< of lists, by subject
    bool filters_by_rating;
    mode put;
    bool absolute; ///< files' URLs in the answers to changes have a host (those of reads always do)
    /// The answer to a vote.
    result<response> (*voted)(storage::votes::outcome, std::string_view opinion);
    std::string_view vote_removed, no_vote;
};

struct rating_filters {
    std::optional<int> rating, min_rating;
    std::optional<std::string> is_verified_purchase;
};
inline constexpr auto rating_filter_fields = std::array{
    storage::field<&rating_filters::rating>("rating", storage::flag::created),
    storage::field<&rating_filters::min_rating>("min_rating", storage::flag::created),
    storage::field<&rating_filters::is_verified_purchase>("is_verified_purchase", storage::flag::created),
};

struct seller_answer {
    std::optional<std::string> response;
};
inline constexpr auto answer_fields = std::array{storage::field<&seller_answer::response>(
    "response", storage::flag::created | storage::flag::blank, {.length = storage::longest_post})};

task<result<response>> list_reviews(services& with, request& call, const surface& s);
/// A page of what is `wanted`, whatever the parameters say.
task<result<response>> review_page(services& with, request& call, const surface& s,
                                   storage::reviews::list_request wanted);
task<result<response>> retrieve_review(services& with, request& call, const surface& s);
task<result<response>> create_review(services& with, request& call, const surface& s);
task<result<response>> change_review(services& with, request& call, const surface& s, mode how);
task<result<response>> remove_review(services& with, request& call, const surface& s);
/// Without an opinion the caller takes his vote back.
task<result<response>> vote_on_review(services& with, request& call, const surface& s,
                                      std::optional<storage::helpfulness> what);
task<result<response>> respond_to_review(services& with, request& call, const surface& s);

} // namespace mvp::http::api::reviews
