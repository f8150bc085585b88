// A user: who he is, what he may do, and what others see of him.
#pragma once

#include "storage/model/field.hpp"

#include <algorithm>

namespace mvp::storage {

enum class user_type { individual, company };
BOOST_DESCRIBE_ENUM(user_type, individual, company)

enum class verification_status { unverified, pending, verified, rejected };
BOOST_DESCRIBE_ENUM(verification_status, unverified, pending, verified, rejected)

struct user {
    uuid id{};
    std::string email;
    std::string password; ///< a hash, never shown
    std::string first_name, last_name;
    std::optional<std::string> phone_number;
    std::optional<day> date_of_birth;
    std::optional<std::string> profile_picture;
    std::optional<std::string> bio;
    std::optional<std::string> street_address, city, state_province, postal_code, country;
    storage::user_type user_type = user_type::individual;
    std::optional<std::string> company_name, company_registration_number, company_website;
    std::optional<std::string> business_email, business_phone_number;
    std::optional<std::string> e_tin, trade_license_number, nid_number;
    bool email_verified = false, phone_verified = false;
    storage::verification_status verification_status = verification_status::unverified;
    std::optional<std::string> verification_document; ///< path under the private part of the media store
    int verification_count = 0;
    bool is_active = true, is_staff = false, is_superuser = false;
    bool is_seller = false, is_buyer = true;
    decimal<2> seller_rating{};
    int seller_reviews_count = 0;
    timestamp date_joined{}, updated_at{};
    std::optional<timestamp> last_login;
    bool is_suspended = false;
    std::optional<std::string> suspension_reason;
    std::optional<timestamp> suspension_until;
    std::int64_t token_generation = 0;           ///< raised to end all tokens
    std::optional<timestamp> tokens_valid_after; ///< judges tokens that carry no generation
    std::int64_t notification_seq = 0;           ///< of the newest notification
};

/// "first last", without the blanks of an empty part.
inline std::string full_name(const user& u) {
    std::string name = u.first_name + ' ' + u.last_name;
    const auto blank = [](char c) { return c == ' '; };
    name.erase(name.begin(), std::find_if_not(name.begin(), name.end(), blank));
    name.erase(std::find_if_not(name.rbegin(), name.rend(), blank).base(), name.end());
    return name;
}

inline constexpr auto user_fields = [] {
    using namespace flag;
    constexpr limits phone{.length = 17, .as = kind::phone};
    return std::array{
        field<&user::id>("id"),
        field<&user::email>("email", required | created | members, {.length = 254, .as = kind::email}),
        field<&user::password>("password", secret, {.length = 128}),
        field<&user::first_name>("first_name", required | written, {.length = 30}),
        field<&user::last_name>("last_name", required | written, {.length = 30}),
        computed<user, full_name>("full_name", "btrim(@.first_name || ' ' || @.last_name)"),
        field<&user::phone_number>("phone_number", written | blank | personal, phone),
        field<&user::date_of_birth>("date_of_birth", updated | personal),
        field<&user::profile_picture>("profile_picture", updated, {.length = 100, .as = kind::image}),
        field<&user::bio>("bio", updated | blank, {.length = 500}),
        field<&user::street_address>("street_address", updated | blank | personal, {.length = 255}),
        field<&user::city>("city", updated | blank, {.length = 100}),
        field<&user::state_province>("state_province", updated | blank, {.length = 100}),
        field<&user::postal_code>("postal_code", updated | blank | personal, {.length = 20}),
        field<&user::country>("country", updated | blank, {.length = 100}),
        field<&user::user_type>("user_type", created | filterable),
        field<&user::company_name>("company_name", written | blank, {.length = 255}),
        field<&user::company_registration_number>("company_registration_number", written | blank | secret,
                                                  {.length = 100}),
        field<&user::company_website>("company_website", updated | blank, {.length = 200, .as = kind::url}),
        field<&user::business_email>("business_email", written | blank | personal,
                                     {.length = 254, .as = kind::email}),
        field<&user::business_phone_number>("business_phone_number", written | blank | personal, phone),
        field<&user::e_tin>("e_tin", written | blank | personal, {.length = 50}),
        field<&user::trade_license_number>("trade_license_number", written | blank | personal,
                                           {.length = 100}),
        field<&user::nid_number>("nid_number", written | blank | personal, {.length = 50}),
        field<&user::email_verified>("email_verified", staff | filterable),
        field<&user::phone_verified>("phone_verified", staff | filterable),
        field<&user::verification_status>("verification_status", filterable),
        field<&user::verification_document>("verification_document", secret,
                                            {.length = 100, .as = kind::file}),
        field<&user::verification_count>("verification_count"),
        field<&user::is_seller>("is_seller", staff | filterable),
        field<&user::is_buyer>("is_buyer", staff),
        field<&user::is_active>("is_active", staff),
        field<&user::is_staff>("is_staff", staff),
        field<&user::is_superuser>("is_superuser"),
        field<&user::seller_rating>("seller_rating", 0, {.digits = 3}),
        field<&user::seller_reviews_count>("seller_reviews_count"),
        field<&user::date_joined>("date_joined"),
        field<&user::updated_at>("updated_at"),
        field<&user::last_login>("last_login"),
        field<&user::is_suspended>("is_suspended"),
        field<&user::suspension_reason>("suspension_reason"),
        field<&user::suspension_until>("suspension_until"),
        field<&user::token_generation>("token_generation", secret),
        field<&user::tokens_valid_after>("tokens_valid_after", secret),
        field<&user::notification_seq>("notification_seq", secret),
    };
}();
static_assert(covers<user>(user_fields));

/// What stands wherever a user is named in another object (seller, author, …), and in the list of users.
inline constexpr auto user_summary =
    shape_of(user_fields, "id", "email", "full_name", "profile_picture", "user_type", "company_name",
             "is_seller", "seller_rating", "seller_reviews_count", "verification_status", "date_joined");

inline constexpr auto user_profile =
    shape_of(user_fields, "id", "email", "first_name", "last_name", "full_name", "phone_number",
             "date_of_birth", "profile_picture", "bio", "street_address", "city", "state_province",
             "postal_code", "country", "user_type", "company_name", "company_website", "business_email",
             "business_phone_number", "e_tin", "trade_license_number", "nid_number", "email_verified",
             "phone_verified", "verification_status", "verification_count", "is_seller", "is_buyer",
             "seller_rating", "seller_reviews_count", "date_joined", "updated_at");

inline constexpr resource users_resource{"CustomUser", "users", "u", user_fields, "u.date_joined DESC, u.id"};

} // namespace mvp::storage
