// The list of every app's table of routes.
#include "http/router.hpp"

#include <array>

namespace mvp::http {

namespace api {
extern const std::span<const route> health_routes, root_routes, token_routes, users_routes,
    users_account_routes, users_staff_routes, notification_routes, notification_preference_routes, car_routes,
    car_specification_routes, part_routes, part_category_routes, company_store_routes, review_routes,
    part_review_routes, seller_rating_routes, media_routes, schema_routes, unsubscribe_routes,
    announcement_routes, forum_category_routes, forum_thread_routes, forum_response_routes,
    forum_expert_routes, comment_routes, moderation_routes;
} // namespace api

std::span<const std::span<const route>> all_routes() {
    static const std::array tables{
        api::health_routes,
        api::root_routes,
        api::token_routes,
        api::users_routes,
        api::users_account_routes,
        api::users_staff_routes,
        api::car_routes,
        api::car_specification_routes,
        api::part_routes,
        api::part_category_routes,
        api::company_store_routes,
        api::review_routes,
        api::part_review_routes,
        api::seller_rating_routes,
        api::comment_routes,
        api::moderation_routes,
        api::notification_routes,
        api::notification_preference_routes,
        api::unsubscribe_routes,
        api::announcement_routes,
        api::forum_category_routes,
        api::forum_thread_routes,
        api::forum_response_routes,
        api::forum_expert_routes,
        api::media_routes,
        api::schema_routes,
    };
    return tables;
}

} // namespace mvp::http
