// A notification as its user reads it, and how he wants to be told.
#pragma once

#include "storage/model/field.hpp"

namespace mvp::storage {

enum class notification_type {
    new_message,
    listing_update,
    expert_response,
    review_received,
    seller_response,
    forum_reply,
    part_available,
    price_alert,
    verification_status,
    account_alert,
    system_announcement
};
BOOST_DESCRIBE_ENUM(notification_type, new_message, listing_update, expert_response, review_received,
                    seller_response, forum_reply, part_available, price_alert, verification_status,
                    account_alert, system_announcement)

struct user_notification {
    uuid id{}, user_id{};
    std::int64_t seq = 0; ///< grows by one per notification of the user, without gaps
    storage::notification_type notification_type{};
    std::string title, message;
    std::optional<uuid> related_object_id;
    std::optional<std::string> related_object_type;
    bool is_read = false;
    std::optional<std::string> action_url;
    timestamp created_at{};
    std::optional<timestamp> read_at;
};

inline constexpr auto notification_fields = [] {
    using namespace flag;
    return std::array{
        field<&user_notification::id>("id"),
        field<&user_notification::user_id>("user_id"),
        field<&user_notification::seq>("seq"),
        field<&user_notification::notification_type>("notification_type"),
        field<&user_notification::title>("title"),
        field<&user_notification::message>("message"),
        field<&user_notification::related_object_id>("related_object_id"),
        field<&user_notification::related_object_type>("related_object_type"),
        field<&user_notification::is_read>("is_read", required | updated | sortable | filterable),
        field<&user_notification::action_url>("action_url"),
        field<&user_notification::created_at>("created_at", sortable),
        field<&user_notification::read_at>("read_at"),
    };
}();
static_assert(covers<user_notification>(notification_fields));

inline constexpr auto notification_shown =
    shape_of(notification_fields, "id", "notification_type", "title", "message", "is_read", "action_url",
             "created_at", "read_at", "seq");

/// Newest first. A notification's created_at rises with its seq, which has the index.
inline constexpr resource notifications_resource{"Notification", "notifications", "n", notification_fields,
                                                 "n.seq DESC"};

enum class mail_frequency { instant, daily, weekly };
BOOST_DESCRIBE_ENUM(mail_frequency, instant, daily, weekly)

struct notification_preference {
    uuid id{};
    bool email_new_message = true, email_listing_update = true, email_expert_response = true,
         email_review_received = true, email_seller_response = true, email_forum_reply = true,
         email_part_available = true, email_price_alert = true, email_verification_status = true,
         email_account_alert = true, email_system_announcement = false;
    bool app_new_message = true, app_listing_update = true, app_expert_response = true,
         app_review_received = true, app_seller_response = true, app_forum_reply = true,
         app_part_available = true, app_price_alert = true, app_verification_status = true,
         app_account_alert = true, app_system_announcement = true;
    mail_frequency email_frequency = mail_frequency::instant;
    bool quiet_hours_enabled = false;
    std::optional<time_of_day> quiet_hours_start, quiet_hours_end; ///< the user's local time
    std::optional<std::string> timezone;                           ///< an IANA name; none: UTC
};

inline constexpr auto notification_preference_fields = [] {
    using namespace flag;
    using p = notification_preference;
    return std::array{
        field<&p::id>("id"),
        field<&p::email_new_message>("email_new_message", updated),
        field<&p::email_listing_update>("email_listing_update", updated),
        field<&p::email_expert_response>("email_expert_response", updated),
        field<&p::email_review_received>("email_review_received", updated),
        field<&p::email_seller_response>("email_seller_response", updated),
        field<&p::email_forum_reply>("email_forum_reply", updated),
        field<&p::email_part_available>("email_part_available", updated),
        field<&p::email_price_alert>("email_price_alert", updated),
        field<&p::email_verification_status>("email_verification_status", updated),
        field<&p::email_account_alert>("email_account_alert", updated),
        field<&p::email_system_announcement>("email_system_announcement", updated),
        field<&p::app_new_message>("app_new_message", updated),
        field<&p::app_listing_update>("app_listing_update", updated),
        field<&p::app_expert_response>("app_expert_response", updated),
        field<&p::app_review_received>("app_review_received", updated),
        field<&p::app_seller_response>("app_seller_response", updated),
        field<&p::app_forum_reply>("app_forum_reply", updated),
        field<&p::app_part_available>("app_part_available", updated),
        field<&p::app_price_alert>("app_price_alert", updated),
        field<&p::app_verification_status>("app_verification_status", updated),
        field<&p::app_account_alert>("app_account_alert", updated),
        field<&p::app_system_announcement>("app_system_announcement", updated),
        field<&p::email_frequency>("email_frequency", updated),
        field<&p::quiet_hours_enabled>("quiet_hours_enabled", updated),
        field<&p::quiet_hours_start>("quiet_hours_start", updated),
        field<&p::quiet_hours_end>("quiet_hours_end", updated),
        field<&p::timezone>("timezone", updated, {.length = 64}),
    };
}();
static_assert(covers<notification_preference>(notification_preference_fields));

inline constexpr auto notification_preference_shown =
    shape_of(notification_preference_fields, "id", "email_new_message", "email_listing_update",
             "email_expert_response", "email_review_received", "email_seller_response", "email_forum_reply",
             "email_part_available", "email_price_alert", "email_verification_status", "email_account_alert",
             "email_system_announcement", "app_new_message", "app_listing_update", "app_expert_response",
             "app_review_received", "app_seller_response", "app_forum_reply", "app_part_available",
             "app_price_alert", "app_verification_status", "app_account_alert", "app_system_announcement",
             "email_frequency", "quiet_hours_enabled", "quiet_hours_start", "quiet_hours_end", "timezone");

inline constexpr resource notification_preferences_resource{
    "NotificationPreference", "notification_preferences", "p", notification_preference_fields, "p.id"};

} // namespace mvp::storage
