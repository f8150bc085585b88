// A review, of a seller or of a part. The two kinds are alike, so they share one struct; `review_kind` names
// what differs. And the rating that the reviews of a seller add up to.
#pragma once

#include "storage/model/user.hpp"
#include "storage/model/vote.hpp"

namespace mvp::storage {

struct review {
    uuid id{}, reviewer_id{};
    uuid subject_id{}; ///< the seller, or the part
    std::string title, text;
    int rating = 0;                                               ///< stars, 1 to 5
    std::optional<int> first_aspect, second_aspect, third_aspect; ///< likewise; the kind names them
    bool is_verified_purchase = false;
    int helpful_count = 0, unhelpful_count = 0;
    bool is_approved = true; ///< else seen by its reviewer and staff only, and not counted
    bool is_flagged = false;
    std::optional<std::string> seller_response;
    std::optional<timestamp> seller_response_date;
    timestamp created_at{}, updated_at{};
};

/// `user_vote` as looked_up() wants it.
constexpr auto review_fields(std::string_view subject, std::array<std::string_view, 3> aspects,
                             std::string_view user_vote) {
    using namespace flag;
    constexpr limits stars{.min = 1, .max = 5};
    constexpr unsigned needed = required | written;
    return std::array{
        field<&review::id>("id"),
        field<&review::reviewer_id>("reviewer_id"),
        field<&review::subject_id>(subject),
        field<&review::title>("title", needed, {.length = 255}),
        field<&review::text>("text", needed, {.length = longest_post}),
        field<&review::rating>("rating", needed | sortable, stars),
        field<&review::first_aspect>(aspects[0], written, stars),
        field<&review::second_aspect>(aspects[1], written, stars),
        field<&review::third_aspect>(aspects[2], written, stars),
        field<&review::is_verified_purchase>("is_verified_purchase"),
        field<&review::helpful_count>("helpful_count", sortable),
        field<&review::unhelpful_count>("unhelpful_count"),
        field<&review::is_approved>("is_approved"),
        field<&review::is_flagged>("is_flagged"),
        field<&review::seller_response>("seller_response"),
        field<&review::seller_response_date>("seller_response_date"),
        field<&review::created_at>("created_at", sortable),
        field<&review::updated_at>("updated_at"),
        looked_up("user_vote", kind::choice, user_vote, choice_names<helpfulness>),
    };
}

inline constexpr std::array<std::string_view, 3> seller_review_aspects{
    "communication_rating", "item_accuracy_rating", "shipping_rating"};
inline constexpr auto seller_review_fields =
    review_fields("seller_id", seller_review_aspects,
                  "(SELECT v.vote_type FROM review_votes v WHERE v.review_id = @.id AND v.user_id = $1)");
static_assert(covers<review>(seller_review_fields));

inline constexpr std::array<std::string_view, 3> part_review_aspects{"quality_rating", "value_rating",
                                                                     "fitment_rating"};
inline constexpr auto part_review_fields = review_fields(
    "part_id", part_review_aspects,
    "(SELECT v.vote_type FROM part_review_votes v WHERE v.review_id = @.id AND v.user_id = $1)");
static_assert(covers<review>(part_review_fields));

// --- what answers show
// ------------------------------------------------------------------------------------------------
inline constexpr relation review_reviewer{"reviewer", "u", "JOIN users u ON u.id = r.reviewer_id",
                                          user_summary};

/// `subject`: what stands behind the reviewer; the seller of a seller's review is not told.
template <class Table, class... Subject>
consteval auto review_shape(const Table& fields, std::array<std::string_view, 3> aspects,
                            Subject... subject) {
    return std::array{
        shown(fields, "id"),
        one(review_reviewer),
        subject...,
        shown(fields, "title"),
        shown(fields, "text"),
        shown(fields, "rating"),
        shown(fields, aspects[0]),
        shown(fields, aspects[1]),
        shown(fields, aspects[2]),
        shown(fields, "is_verified_purchase"),
        shown(fields, "helpful_count"),
        shown(fields, "unhelpful_count"),
        shown(fields, "is_approved"),
        shown(fields, "is_flagged"),
        shown(fields, "seller_response"),
        shown(fields, "seller_response_date"),
        shown(fields, "created_at"),
        shown(fields, "updated_at"),
        shown(fields, "user_vote"),
    };
}
inline constexpr auto seller_review_shown = review_shape(seller_review_fields, seller_review_aspects);
inline constexpr shape_item reviewed_part{.name = "part", .field = &part_review_fields[2]};
inline constexpr auto part_review_shown =
    review_shape(part_review_fields, part_review_aspects, reviewed_part);

/// What tells one kind of review from the other. In SQL `s` is the subject's row, `o` that of who sells.
struct review_kind {
    resource of; ///< its alias is "r"
    shape shown;
    std::array<std::string_view, 3> aspects;
    std::string_view votes; ///< their table; its column for the review is review_id
    // the subject
    std::string_view noun, column;     ///< "seller", "seller_id"
    std::string_view subjects, seller; ///< its table, and the column there that names who sells
    std::string_view mean, count;      ///< the columns there that follow the reviews
    std::string_view subject_type;     ///< as events name it: "user"
    std::string_view is_there, sells;  ///< SQL: strangers may know of it; there is somebody to review
    bool hidden_with_subject = false;  ///< then the reviews have the columns seller_id and is_on_show
    // what is said
    std::string_view own;           ///< to who reviews himself
    std::string_view received;      ///< to the seller
    std::string_view related, path; ///< of his notification: "review", "/reviews/"
};

inline constexpr review_kind seller_reviews{
    .of = {"Review", "reviews", "r", seller_review_fields, "r.created_at DESC, r.id DESC"},
    .shown = seller_review_shown,
    .aspects = seller_review_aspects,
    .votes = "review_votes",
    .noun = "seller",
    .column = "seller_id",
    .subjects = "users",
    .seller = "id",
    .mean = "seller_rating",
    .count = "seller_reviews_count",
    .subject_type = "user",
    .is_there = "true",
    .sells = "o.is_seller",
    .own = "You cannot review yourself",
    .received = "You were reviewed",
    .related = "review",
    .path = "/reviews/"};

inline constexpr review_kind part_reviews{
    .of = {"PartReview", "part_reviews", "r", part_review_fields, "r.created_at DESC, r.id DESC"},
    .shown = part_review_shown,
    .aspects = part_review_aspects,
    .votes = "part_review_votes",
    .noun = "part",
    .column = "part_id",
    .subjects = "parts",
    .seller = "seller_id",
    .mean = "rating",
    .count = "reviews_count",
    .subject_type = "part",
    .is_there = "s.status IN ('active', 'out_of_stock')", // who bought the last one may review it
    .sells = "true",
    .hidden_with_subject = true,
    .own = "You cannot review your own part",
    .received = "Your part was reviewed",
    .related = "part_review",
    .path = "/part-reviews/"};

// --- ratings
// ----------------------------------------------------------------------------------------------------------
struct seller_rating {
    uuid id{}, seller_id{};
    decimal<2> average_rating{};
    int total_reviews = 0;
    int five_star_count = 0, four_star_count = 0, three_star_count = 0, two_star_count = 0,
        one_star_count = 0;
    decimal<2> average_communication{}, average_item_accuracy{}, average_shipping{};
};

inline constexpr auto seller_rating_fields = [] {
    using namespace flag;
    constexpr limits mean{.digits = 3};
    return std::array{
        field<&seller_rating::id>("id"),
        field<&seller_rating::seller_id>("seller_id"),
        field<&seller_rating::average_rating>("average_rating", sortable, mean),
        field<&seller_rating::total_reviews>("total_reviews", sortable),
        field<&seller_rating::five_star_count>("five_star_count"),
        field<&seller_rating::four_star_count>("four_star_count"),
        field<&seller_rating::three_star_count>("three_star_count"),
        field<&seller_rating::two_star_count>("two_star_count"),
        field<&seller_rating::one_star_count>("one_star_count"),
        field<&seller_rating::average_communication>("average_communication", 0, mean),
        field<&seller_rating::average_item_accuracy>("average_item_accuracy", 0, mean),
        field<&seller_rating::average_shipping>("average_shipping", 0, mean),
    };
}();
static_assert(covers<seller_rating>(seller_rating_fields));

inline constexpr relation rated_seller{"seller", "s", "JOIN users s ON s.id = g.seller_id", user_summary};

inline constexpr auto seller_rating_shown = std::array{
    shown(seller_rating_fields, "id"),
    one(rated_seller),
    shown(seller_rating_fields, "average_rating"),
    shown(seller_rating_fields, "total_reviews"),
    shown(seller_rating_fields, "five_star_count"),
    shown(seller_rating_fields, "four_star_count"),
    shown(seller_rating_fields, "three_star_count"),
    shown(seller_rating_fields, "two_star_count"),
    shown(seller_rating_fields, "one_star_count"),
    shown(seller_rating_fields, "average_communication"),
    shown(seller_rating_fields, "average_item_accuracy"),
    shown(seller_rating_fields, "average_shipping"),
};

inline constexpr resource seller_ratings_resource{"Rating", "seller_ratings", "g", seller_rating_fields,
                                                  "g.average_rating DESC, g.id DESC"};

} // namespace mvp::storage
