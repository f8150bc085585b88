// Who gets in where: one row an operation of the OpenAPI document, one letter a kind of caller.
//   +  let in: done, or refused for what the request holds (400), or for something else that it names
//   1  401   3  403   4  404
#pragma once

#include <string_view>

namespace mvp::test {

/// In the order of the letters. The owner has the row that the path names (the user himself, where it names
/// one); the others have nothing to do with it.
enum class role {
    anonymous,
    user,
    other,
    owner,
    seller,
    company,
    expert,
    staff,
    superuser,
    suspended,
    deactivated,
    expired,
    revoked,
    count
};

struct matrix_row {
    std::string_view operation;
    std::string_view expected;
};

// What most rows are.
inline constexpr std::string_view open_to_all =
    "+++++++++ 3111"; ///< credentials that do not count are told so
inline constexpr std::string_view credentials_ignored = "+++++++++ ++++";
inline constexpr std::string_view a_login = "1++++++++ 3111";
inline constexpr std::string_view staff_only = "1333333++ 3111";
inline constexpr std::string_view owner_of_visible = "133+333++ 3111"; ///< everybody sees the row
inline constexpr std::string_view owner_of_hidden = "144+44444 3111";  ///< only its owner sees the row
inline constexpr std::string_view not_the_owner = "1++3+++++ 3111";    ///< nobody judges what is his own
inline constexpr std::string_view nothing_there = "444444444 4444";

inline constexpr matrix_row matrix[] = {
    {"healthz", credentials_ignored},
    {"readyz", credentials_ignored},
    {"metrics", credentials_ignored},
    {"media", nothing_there},
    {"schema", credentials_ignored},
    {"docs", credentials_ignored},
    {"docs_file", nothing_there},
    {"api_root", open_to_all},

    {"token_obtain", credentials_ignored},
    {"token_refresh", credentials_ignored},
    {"token_verify", credentials_ignored},
    {"token_blacklist", credentials_ignored},

    {"users_list", a_login},
    {"users_create", open_to_all},
    {"users_register", open_to_all},
    {"users_login", open_to_all},
    {"users_me", a_login},
    {"users_sellers", a_login},
    {"users_enable_seller", a_login},
    {"users_retrieve", a_login},
    {"users_update", owner_of_visible},
    {"users_partial_update", owner_of_visible},
    {"users_destroy", owner_of_visible},
    {"users_change_password", a_login},
    {"users_password_reset", open_to_all},
    {"users_password_reset_confirm", open_to_all},
    {"users_send_email_verification", a_login},
    {"users_verify_email", open_to_all},
    {"users_send_phone_verification", a_login},
    {"users_verify_phone", a_login},
    {"users_submit_verification", a_login},
    {"users_verification_document", "144+444++ 3111"},
    {"users_verify", staff_only},
    {"users_suspend", staff_only},
    {"users_unsuspend", staff_only},

    {"cars_list", open_to_all},
    {"cars_create", "133++3333 3111"},
    {"cars_search", open_to_all},
    {"cars_my_listings", a_login},
    {"cars_seller_cars", open_to_all},
    {"cars_retrieve", open_to_all},
    {"cars_update", owner_of_visible},
    {"cars_partial_update", owner_of_visible},
    {"cars_destroy", owner_of_visible},
    {"cars_mark_as_sold", owner_of_visible},
    {"cars_archive", owner_of_visible},
    {"cars_reactivate", owner_of_visible},
    {"cars_approve", staff_only},
    {"cars_reject", staff_only},
    {"cars_upload_images", owner_of_visible},
    {"cars_set_primary_image", owner_of_visible},
    {"cars_image", owner_of_visible},
    {"cars_specification_retrieve", open_to_all},
    {"cars_specification_update", owner_of_visible},
    {"cars_specification_partial_update", owner_of_visible},

    {"notifications_list", a_login},
    {"notifications_unread", a_login},
    {"notifications_unread_count", a_login},
    {"notifications_by_type", a_login},
    {"notifications_mark_all_as_read", a_login},
    {"notifications_retrieve", owner_of_hidden},
    {"notifications_partial_update", owner_of_hidden},
    {"notifications_mark_as_read", owner_of_hidden},
    {"notification_preferences_list", a_login},
    {"notification_preferences_replace", a_login},
    {"notification_preferences_mine", a_login},
    {"notification_preferences_update_preferences", a_login},
    {"notification_preferences_update", a_login},

    {"reviews_list", open_to_all},
    {"reviews_create", a_login},
    {"reviews_by_seller", open_to_all},
    {"reviews_my_reviews", a_login},
    {"reviews_retrieve", open_to_all},
    {"reviews_update", owner_of_visible},
    {"reviews_partial_update", owner_of_visible},
    {"reviews_destroy", owner_of_visible},
    {"reviews_mark_helpful", not_the_owner},
    {"reviews_mark_unhelpful", not_the_owner},
    {"reviews_remove_vote", a_login},
    {"reviews_seller_respond", "1333+3333 3111"},
    {"part_reviews_list", open_to_all},
    {"part_reviews_create", a_login},
    {"part_reviews_retrieve", open_to_all},
    {"part_reviews_update", owner_of_visible},
    {"part_reviews_partial_update", owner_of_visible},
    {"part_reviews_destroy", owner_of_visible},
    {"part_reviews_vote_helpful", not_the_owner},
    {"part_reviews_vote_unhelpful", not_the_owner},
    {"part_reviews_remove_vote", a_login},
    {"part_reviews_seller_respond", "1333+3333 3111"},
    {"seller_ratings_list", open_to_all},
    {"seller_ratings_by_seller", open_to_all},
    {"seller_ratings_retrieve", open_to_all},

    {"parts_list", open_to_all},
    {"parts_create", "133++3333 3111"},
    {"parts_search", open_to_all},
    {"parts_my_listings", a_login},
    {"parts_by_category", open_to_all},
    {"parts_retrieve", open_to_all},
    {"parts_update", owner_of_visible},
    {"parts_partial_update", owner_of_visible},
    {"parts_destroy", owner_of_visible},
    {"parts_archive", owner_of_visible},
    {"parts_reactivate", owner_of_visible},
    {"parts_approve", staff_only},
    {"parts_reject", staff_only},
    {"parts_upload_images", owner_of_visible},
    {"parts_set_primary_image", owner_of_visible},
    {"parts_image", owner_of_visible},
    {"parts_compatible_cars", open_to_all},
    {"parts_add_compatibility", owner_of_visible},
    {"parts_compatibility", owner_of_visible},
    {"part_categories_list", open_to_all},
    {"part_categories_create", staff_only},
    {"part_categories_retrieve", open_to_all},
    {"part_categories_update", staff_only},
    {"part_categories_partial_update", staff_only},
    {"part_categories_destroy", staff_only},
    {"company_stores_list", open_to_all},
    {"company_stores_create", "13333+333 3111"},
    {"company_stores_my_store", a_login},
    {"company_stores_retrieve", open_to_all},
    {"company_stores_update", owner_of_visible},
    {"company_stores_partial_update", owner_of_visible},
    {"company_stores_destroy", owner_of_visible},

    {"forum_categories_list", open_to_all},
    {"forum_categories_create", staff_only},
    {"forum_categories_retrieve", open_to_all},
    {"forum_categories_update", staff_only},
    {"forum_categories_partial_update", staff_only},
    {"forum_categories_destroy", staff_only},
    {"forum_threads_list", open_to_all},
    {"forum_threads_create", a_login},
    {"forum_threads_my_threads", a_login},
    {"forum_threads_by_category", open_to_all},
    {"forum_threads_retrieve", open_to_all},
    {"forum_threads_update", owner_of_visible},
    {"forum_threads_partial_update", owner_of_visible},
    {"forum_threads_destroy", owner_of_visible},
    {"forum_threads_add_response", a_login},
    {"forum_threads_mark_resolved", owner_of_visible},
    {"forum_threads_pin", staff_only},
    {"forum_threads_unpin", staff_only},
    {"forum_threads_feature", staff_only},
    {"forum_threads_unfeature", staff_only},
    {"forum_threads_close", staff_only},
    {"forum_threads_reopen", staff_only},
    {"forum_responses_list", open_to_all},
    {"forum_responses_create", a_login},
    {"forum_responses_my_responses", a_login},
    {"forum_responses_retrieve", open_to_all},
    {"forum_responses_update", owner_of_visible},
    {"forum_responses_partial_update", owner_of_visible},
    {"forum_responses_destroy", owner_of_visible},
    {"forum_responses_vote", not_the_owner},
    {"forum_responses_remove_vote", a_login},
    {"forum_experts_list", open_to_all},
    {"forum_experts_create", a_login},
    {"forum_experts_my_verification", a_login},
    {"forum_experts_retrieve", open_to_all},
    {"forum_experts_update", owner_of_visible},
    {"forum_experts_partial_update", owner_of_visible},
    {"forum_experts_destroy", owner_of_visible},
    {"forum_experts_approve", staff_only},
    {"forum_experts_reject", staff_only},

    {"announcements_create", staff_only},
    // The token in the address is what counts; without one there is nothing to do.
    {"notification_preferences_unsubscribe_retrieve", credentials_ignored},
    {"notification_preferences_unsubscribe_create", credentials_ignored},

    // Last: it makes those who come after it no sellers any more.
    {"users_disable_seller", a_login},
};

} // namespace mvp::test
