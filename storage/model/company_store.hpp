// The store of a company: at most one each, with its own name, address and pictures.
#pragma once

#include "storage/model/user.hpp"

namespace mvp::storage {

struct company_store {
    uuid id{}, company_id{};
    std::string store_name, store_description;
    std::optional<std::string> store_logo, store_banner; ///< paths under the media root
    std::string store_email, store_phone;
    std::optional<std::string> store_website;
    std::string store_address, store_city, store_state, store_country;
    decimal<2> store_rating{}; ///< the company's rating as a seller
    int total_reviews = 0;
    bool is_verified = false;
    bool is_active = true; ///< otherwise seen by its owner and staff only
    timestamp created_at{}, updated_at{};
};

inline constexpr auto company_store_fields = [] {
    using namespace flag;
    constexpr unsigned needed = required | written;
    constexpr limits picture{.length = 100, .as = kind::image};
    return std::array{
        field<&company_store::id>("id"),
        field<&company_store::company_id>("company_id"),
        field<&company_store::store_name>("store_name", needed | searchable, {.length = 255}),
        field<&company_store::store_description>("store_description", needed | searchable,
                                                 {.length = longest_post}),
        field<&company_store::store_logo>("store_logo", written, picture),
        field<&company_store::store_banner>("store_banner", written, picture),
        field<&company_store::store_email>("store_email", needed, {.length = 254, .as = kind::email}),
        field<&company_store::store_phone>("store_phone", needed, {.length = 20}),
        field<&company_store::store_website>("store_website", written | blank,
                                             {.length = 200, .as = kind::url}),
        field<&company_store::store_address>("store_address", needed, {.length = 255}),
        field<&company_store::store_city>("store_city", needed, {.length = 100}),
        field<&company_store::store_state>("store_state", needed, {.length = 100}),
        field<&company_store::store_country>("store_country", needed, {.length = 100}),
        field<&company_store::store_rating>("store_rating", sortable, {.digits = 3}),
        field<&company_store::total_reviews>("total_reviews"),
        field<&company_store::is_verified>("is_verified", staff),
        field<&company_store::is_active>("is_active", written),
        field<&company_store::created_at>("created_at", sortable),
        field<&company_store::updated_at>("updated_at"),
    };
}();
static_assert(covers<company_store>(company_store_fields));

inline constexpr relation store_company{"company", "s", "JOIN users s ON s.id = o.company_id", user_summary};

/// What every answer shows.
inline constexpr auto company_store_shown = std::array{
    shown(company_store_fields, "id"),
    one(store_company),
    shown(company_store_fields, "store_name"),
    shown(company_store_fields, "store_description"),
    shown(company_store_fields, "store_logo"),
    shown(company_store_fields, "store_banner"),
    shown(company_store_fields, "store_email"),
    shown(company_store_fields, "store_phone"),
    shown(company_store_fields, "store_website"),
    shown(company_store_fields, "store_address"),
    shown(company_store_fields, "store_city"),
    shown(company_store_fields, "store_state"),
    shown(company_store_fields, "store_country"),
    shown(company_store_fields, "store_rating"),
    shown(company_store_fields, "total_reviews"),
    shown(company_store_fields, "is_verified"),
    shown(company_store_fields, "is_active"),
};

inline constexpr resource company_stores_resource{"CompanyStore", "company_stores", "o", company_store_fields,
                                                  "o.store_rating DESC, o.id DESC"};

} // namespace mvp::storage
