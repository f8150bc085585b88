// The names of what is answered, among the OpenAPI document's components.
#include "http/openapi_schemas.hpp"
#include "storage/model/car.hpp"
#include "storage/model/comment.hpp"
#include "storage/model/company_store.hpp"
#include "storage/model/forum.hpp"
#include "storage/model/moderation.hpp"
#include "storage/model/notification.hpp"
#include "storage/model/part.hpp"
#include "storage/model/review.hpp"
#include "storage/model/user.hpp"

namespace mvp::http {

std::span<const named_shape> named_shapes() {
    static constexpr named_shape all[] = {
        {"UserSummary", storage::user_summary},
        {"UserProfile", storage::user_profile},
        {"Car", storage::car_listed},
        {"CarDetail", storage::car_detailed},
        {"CarWritten", storage::car_written},
        {"CarSpecification", storage::car_specification_shown},
        {"Review", storage::seller_review_shown},
        {"PartReview", storage::part_review_shown},
        {"SellerRating", storage::seller_rating_shown},
        {"ForumCategory", storage::forum_category_shown},
        {"ForumThread", storage::forum_thread_listed},
        {"ForumThreadDetail", storage::forum_thread_detailed},
        {"ForumThreadWritten", storage::forum_thread_written},
        {"ForumResponse", storage::forum_response_shown},
        {"ExpertVerification", storage::expert_verification_shown},
        {"ListingImage", storage::listing_image_shown},
        {"Part", storage::part_listed},
        {"PartDetail", storage::part_detailed},
        {"PartWritten", storage::part_written},
        {"PartCompatibility", storage::part_compatibility_shown},
        {"PartCategory", storage::part_category_shown},
        {"CompanyStore", storage::company_store_shown},
        {"Comment", storage::comment_shown},
        {"CommentReply", storage::comment_reply_shown},
        {"ModerationCase", storage::moderation_case_shown},
        {"Notification", storage::notification_shown},
        {"NotificationPreference", storage::notification_preference_shown},
    };
    return all;
}

} // namespace mvp::http
