// The forum: its categories, threads, responses and experts, and what answers show of them.
#pragma once

#include "storage/model/car.hpp"
#include "storage/model/vote.hpp"

namespace mvp::storage {

// --- categories
// ---------------------------------------------------------------------------------------------------

struct forum_category {
    uuid id{};
    std::string name, description;
    std::optional<std::string> icon; ///< path under the media root
    bool is_active = true;           ///< others than staff see it by itself, and threads may be put into it;
                                     ///< what is in it stays, is found by it and names it
    timestamp created_at{}, updated_at{};
};

inline constexpr auto forum_category_fields = [] {
    using namespace flag;
    return std::array{
        field<&forum_category::id>("id"),
        field<&forum_category::name>("name", required | written, {.length = 100}),
        field<&forum_category::description>("description", required | written, {.length = longest_post}),
        field<&forum_category::icon>("icon", written, {.length = 100, .as = kind::image}),
        field<&forum_category::is_active>("is_active", written),
        field<&forum_category::created_at>("created_at"),
        field<&forum_category::updated_at>("updated_at"),
    };
}();
static_assert(covers<forum_category>(forum_category_fields));

inline constexpr auto forum_category_shown =
    shape_of(forum_category_fields, "id", "name", "description", "icon", "is_active");

inline constexpr resource forum_categories_resource{"ForumCategory", "forum_categories", "k",
                                                    forum_category_fields, "k.name, k.id"};

// --- responses
// ----------------------------------------------------------------------------------------------------

struct forum_response {
    uuid id{}, thread_id{}, author_id{};
    std::string content;
    bool is_expert_response = false; ///< given by an approved expert who still is one
    bool is_ai_response = false;
    std::optional<decimal<2>> ai_confidence;
    int helpful_count = 0, unhelpful_count = 0; ///< how many votes there are
    std::string helpfulness_score{"0"};         ///< per cent of them that are helpful; PostgreSQL says it
    bool is_approved = true;                    ///< others see it
    bool is_flagged = false;                    ///< waits for staff
    std::optional<std::string> flag_reason;
    timestamp created_at{}, updated_at{};
};

inline constexpr auto forum_response_fields = [] {
    using namespace flag;
    return std::array{
        field<&forum_response::id>("id"),
        field<&forum_response::thread_id>("thread_id"),
        field<&forum_response::author_id>("author_id"),
        field<&forum_response::content>("content", required | written, {.length = longest_post}),
        field<&forum_response::is_expert_response>("is_expert_response"),
        field<&forum_response::is_ai_response>("is_ai_response"),
        field<&forum_response::ai_confidence>("ai_confidence", 0, {.min = 0, .digits = 3}),
        field<&forum_response::helpful_count>("helpful_count", sortable),
        field<&forum_response::unhelpful_count>("unhelpful_count"),
        field<&forum_response::helpfulness_score>("helpfulness_score", 0, {.as = kind::json}),
        field<&forum_response::is_approved>("is_approved"),
        field<&forum_response::is_flagged>("is_flagged"),
        field<&forum_response::flag_reason>("flag_reason", secret, {.length = 255}),
        field<&forum_response::created_at>("created_at", sortable),
        field<&forum_response::updated_at>("updated_at"),
        looked_up("is_expert", kind::boolean, "s.is_expert"), // its author's: forum_response_author
        // Who is nobody has not voted: not worth twenty looks.
        looked_up("user_vote", kind::choice,
                  "CASE WHEN $1::uuid IS NOT NULL THEN (SELECT v.vote_type FROM response_votes v WHERE "
                  "v.response_id = @.id AND v.user_id = $1::uuid) END",
                  choice_names<helpfulness>),
    };
}();
static_assert(covers<forum_response>(forum_response_fields));

inline constexpr relation forum_response_author{"author", "s", "JOIN users s ON s.id = r.author_id",
                                                user_summary};

inline constexpr auto forum_response_shown = std::array{
    shown(forum_response_fields, "id"),
    one(forum_response_author),
    shown(forum_response_fields, "content"),
    shown(forum_response_fields, "is_expert_response"),
    shown(forum_response_fields, "is_ai_response"),
    shown(forum_response_fields, "ai_confidence"),
    shown(forum_response_fields, "helpful_count"),
    shown(forum_response_fields, "unhelpful_count"),
    shown(forum_response_fields, "is_approved"),
    shown(forum_response_fields, "is_flagged"),
    shown(forum_response_fields, "created_at"),
    shown(forum_response_fields, "updated_at"),
    shown(forum_response_fields, "is_expert"),
    shown(forum_response_fields, "user_vote"),
    shown(forum_response_fields, "helpfulness_score"),
};

inline constexpr resource forum_responses_resource{
    "ForumResponse", "forum_responses", "r", forum_response_fields,
    "r.is_expert_response DESC, r.helpful_count DESC, r.created_at, r.id"};

// --- threads
// ------------------------------------------------------------------------------------------------------

enum class thread_status { open, resolved, closed };
BOOST_DESCRIBE_ENUM(thread_status, open, resolved, closed)

struct forum_thread {
    uuid id{}, author_id{};
    std::optional<uuid> category;
    std::string title, description;
    std::optional<std::string> car_make, car_model;
    std::optional<int> car_year;
    thread_status status = thread_status::open;
    bool is_pinned = false, is_featured = false;
    bool is_approved = true; ///< others see it
    bool is_flagged = false; ///< waits for staff
    std::optional<std::string> flag_reason;
    int views_count = 0;     ///< one a viewer and hour
    int responses_count = 0; ///< approved ones
    timestamp created_at{}, updated_at{};
    std::optional<timestamp> resolved_at;
};

inline constexpr auto forum_thread_fields = [] {
    using namespace flag;
    return std::array{
        field<&forum_thread::id>("id"),
        field<&forum_thread::author_id>("author_id"),
        field<&forum_thread::category>("category", written, {.as = kind::reference}),
        field<&forum_thread::title>("title", required | written | searchable, {.length = 255}),
        field<&forum_thread::description>("description", required | written | searchable,
                                          {.length = longest_post}),
        field<&forum_thread::car_make>("car_make", written | blank | searchable, {.length = 100}),
        field<&forum_thread::car_model>("car_model", written | blank | searchable, {.length = 100}),
        field<&forum_thread::car_year>("car_year", written, {.min = 1885, .max_now = newest_model_year}),
        field<&forum_thread::status>("status"),
        field<&forum_thread::is_pinned>("is_pinned"),
        field<&forum_thread::is_featured>("is_featured"),
        field<&forum_thread::is_approved>("is_approved"),
        field<&forum_thread::is_flagged>("is_flagged"),
        field<&forum_thread::flag_reason>("flag_reason", secret, {.length = 255}),
        field<&forum_thread::views_count>("views_count", sortable),
        field<&forum_thread::responses_count>("responses_count", sortable),
        field<&forum_thread::created_at>("created_at", sortable),
        field<&forum_thread::updated_at>("updated_at"),
        field<&forum_thread::resolved_at>("resolved_at"),
    };
}();
static_assert(covers<forum_thread>(forum_thread_fields));

/// With the view that is being made, if this viewer ($4, NULL: does not count) has none in this hour: `w`.
inline constexpr field_info forum_thread_views = looked_up(
    "views_count", kind::integer, "(@.views_count + ($4::text IS NOT NULL AND w.viewer IS NULL)::int)");

inline constexpr relation forum_thread_author{"author", "s", "JOIN users s ON s.id = t.author_id",
                                              user_summary};
inline constexpr relation forum_thread_category{
    "category", "k", "LEFT JOIN forum_categories k ON k.id = t.category", forum_category_shown};
inline constexpr relation forum_thread_responses{"responses", "r", "", forum_response_shown};

/// A row of a list.
inline constexpr auto forum_thread_listed = std::array{
    shown(forum_thread_fields, "id"),
    one(forum_thread_author),
    one(forum_thread_category),
    shown(forum_thread_fields, "title"),
    shown(forum_thread_fields, "car_make"),
    shown(forum_thread_fields, "car_model"),
    shown(forum_thread_fields, "car_year"),
    shown(forum_thread_fields, "status"),
    shown(forum_thread_fields, "is_pinned"),
    shown(forum_thread_fields, "is_featured"),
    shown(forum_thread_fields, "views_count"),
    shown(forum_thread_fields, "responses_count"),
    shown(forum_thread_fields, "created_at"),
    shown(forum_thread_fields, "resolved_at"),
};

/// What a client writes, and what PUT and PATCH answer.
inline constexpr auto forum_thread_written =
    shape_of(forum_thread_fields, "category", "title", "description", "car_make", "car_model", "car_year");

/// Everything.
inline constexpr auto forum_thread_detailed = std::array{
    shown(forum_thread_fields, "id"),
    one(forum_thread_author),
    one(forum_thread_category),
    shown(forum_thread_fields, "title"),
    shown(forum_thread_fields, "description"),
    shown(forum_thread_fields, "car_make"),
    shown(forum_thread_fields, "car_model"),
    shown(forum_thread_fields, "car_year"),
    shown(forum_thread_fields, "status"),
    shown(forum_thread_fields, "is_pinned"),
    shown(forum_thread_fields, "is_featured"),
    shape_item{.name = "views_count", .field = &forum_thread_views},
    shown(forum_thread_fields, "responses_count"),
    many(forum_thread_responses),
    shown(forum_thread_fields, "created_at"),
    shown(forum_thread_fields, "updated_at"),
    shown(forum_thread_fields, "resolved_at"),
};

inline constexpr resource forum_threads_resource{"ForumThread", "forum_threads", "t", forum_thread_fields,
                                                 "t.is_pinned DESC, t.created_at DESC, t.id"};

// --- experts
// ------------------------------------------------------------------------------------------------------

enum class expert_status { pending, approved, rejected };
BOOST_DESCRIBE_ENUM(expert_status, pending, approved, rejected)

struct expert_verification {
    uuid id{}, user_id{};
    std::vector<std::string> expertise_areas;
    int years_of_experience = 0;
    std::string bio;
    expert_status status = expert_status::pending;
    std::string verification_document;              ///< path under the private part of the media store
    int helpful_responses = 0, total_responses = 0; ///< of his responses as an expert
    timestamp created_at{}, updated_at{};
    std::optional<timestamp> verified_at;
};

inline constexpr auto expert_verification_fields = [] {
    using namespace flag;
    return std::array{
        field<&expert_verification::id>("id"),
        field<&expert_verification::user_id>("user_id"),
        field<&expert_verification::expertise_areas>("expertise_areas", written,
                                                     {.length = 100, .items = 50}),
        field<&expert_verification::years_of_experience>("years_of_experience", required | written,
                                                         {.min = 0}),
        field<&expert_verification::bio>("bio", required | written, {.length = longest_post}),
        field<&expert_verification::status>("status"),
        field<&expert_verification::verification_document>(
            "verification_document", required | created | secret, {.length = 100, .as = kind::file}),
        field<&expert_verification::helpful_responses>("helpful_responses", sortable),
        field<&expert_verification::total_responses>("total_responses"),
        field<&expert_verification::created_at>("created_at"),
        field<&expert_verification::updated_at>("updated_at"),
        field<&expert_verification::verified_at>("verified_at", sortable),
        looked_up("helpfulness_rate", kind::json, "percentage(@.helpful_responses, @.total_responses)"),
    };
}();
static_assert(covers<expert_verification>(expert_verification_fields));

inline constexpr relation expert_user{"user", "s", "JOIN users s ON s.id = e.user_id", user_summary};

inline constexpr auto expert_verification_shown = std::array{
    shown(expert_verification_fields, "id"),
    one(expert_user),
    shown(expert_verification_fields, "expertise_areas"),
    shown(expert_verification_fields, "years_of_experience"),
    shown(expert_verification_fields, "bio"),
    shown(expert_verification_fields, "status"),
    shown(expert_verification_fields, "helpful_responses"),
    shown(expert_verification_fields, "total_responses"),
    shown(expert_verification_fields, "helpfulness_rate"),
    shown(expert_verification_fields, "verified_at"),
};

inline constexpr resource expert_verifications_resource{"ExpertVerification", "expert_verifications", "e",
                                                        expert_verification_fields,
                                                        "e.verified_at DESC NULLS LAST, e.id"};

} // namespace mvp::storage
