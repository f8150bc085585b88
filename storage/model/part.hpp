// A part for sale, the category it belongs to, its pictures and the cars that it fits.
#pragma once

#include "storage/model/listing.hpp"

namespace mvp::storage {

// --- categories
// ---------------------------------------------------------------------------------------------------------
struct part_category {
    uuid id{};
    std::string name, description;
    std::optional<std::string> icon; ///< path under the media root
    std::optional<uuid> parent_category;
    timestamp created_at{}, updated_at{};
};

inline constexpr auto part_category_fields = [] {
    using namespace flag;
    return std::array{
        field<&part_category::id>("id"),
        field<&part_category::name>("name", required | written, {.length = 100}),
        field<&part_category::description>("description", written | blank, {.length = longest_post}),
        field<&part_category::icon>("icon", written, {.length = 100, .as = kind::image}),
        field<&part_category::parent_category>("parent_category", written, {.as = kind::reference}),
        field<&part_category::created_at>("created_at"),
        field<&part_category::updated_at>("updated_at"),
    };
}();
static_assert(covers<part_category>(part_category_fields));

inline constexpr auto part_category_shown =
    shape_of(part_category_fields, "id", "name", "description", "icon", "parent_category");

inline constexpr resource part_categories_resource{"PartCategory", "part_categories", "t",
                                                   part_category_fields, "t.name, t.id"};

// --- parts
// --------------------------------------------------------------------------------------------------------------
enum class part_status { active, out_of_stock, discontinued, pending };
BOOST_DESCRIBE_ENUM(part_status, active, out_of_stock, discontinued, pending)

enum class part_condition { new_, refurbished, used };
BOOST_DESCRIBE_ENUM(part_condition, new_, refurbished, used)

struct part {
    uuid id{}, seller_id{};
    std::optional<uuid> category;
    std::string name, description;
    std::optional<std::string> part_number; ///< no two parts have the same
    part_condition condition{};
    std::optional<std::string> brand, model;
    decimal<2> price{};
    int quantity_in_stock = 0; ///< none: an active part is out of stock
    int quantity_sold = 0;
    part_status status = part_status::pending;
    bool is_featured = false;
    std::optional<int> warranty_months;
    std::optional<std::string> warranty_description;
    std::optional<decimal<2>> weight; ///< kg
    std::optional<std::string> dimensions;
    decimal<2> rating{}; ///< mean of its approved reviews, 0 without any
    int reviews_count = 0;
    timestamp created_at{}, updated_at{};
};

inline constexpr auto part_fields = [] {
    using namespace flag;
    constexpr unsigned needed = required | written;
    return std::array{
        field<&part::id>("id"),
        field<&part::seller_id>("seller_id"),
        field<&part::category>("category", written | filterable, {.as = kind::reference}),
        field<&part::name>("name", needed | searchable, {.length = 255}),
        field<&part::description>("description", needed | searchable, {.length = longest_post}),
        field<&part::part_number>("part_number", written | blank | searchable, {.length = 100}),
        field<&part::condition>("condition", needed | filterable),
        field<&part::brand>("brand", written | blank | searchable | filterable, {.length = 100}),
        field<&part::model>("model", written | blank, {.length = 100}),
        field<&part::price>("price", needed | sortable, {.min = 0, .digits = 10}),
        field<&part::quantity_in_stock>("quantity_in_stock", needed | sortable, {.min = 0}),
        field<&part::quantity_sold>("quantity_sold"),
        field<&part::status>("status", staff | filterable),
        field<&part::is_featured>("is_featured", staff | filterable),
        field<&part::warranty_months>("warranty_months", written, {.min = 0, .max = 1200}),
        field<&part::warranty_description>("warranty_description", written | blank, {.length = longest_post}),
        field<&part::weight>("weight", written, {.min = 0, .digits = 8}),
        field<&part::dimensions>("dimensions", written | blank, {.length = 100}),
        field<&part::rating>("rating", sortable, {.digits = 3}),
        field<&part::reviews_count>("reviews_count"),
        field<&part::created_at>("created_at", sortable),
        field<&part::updated_at>("updated_at"),
    };
}();
static_assert(covers<part>(part_fields));

/// A range of cars that the part fits.
struct part_compatibility {
    uuid id{}, part_id{};
    std::string car_make, car_model;
    int car_year_from = 0, car_year_to = 0;
    std::optional<std::string> notes;
};

inline constexpr auto part_compatibility_fields = [] {
    using namespace flag;
    constexpr unsigned needed = required | created;
    constexpr limits years{.min = 1900, .max = 2100};
    return std::array{
        field<&part_compatibility::id>("id"),
        field<&part_compatibility::part_id>("part_id"),
        field<&part_compatibility::car_make>("car_make", needed, {.length = 100}),
        field<&part_compatibility::car_model>("car_model", needed, {.length = 100}),
        field<&part_compatibility::car_year_from>("car_year_from", needed, years),
        field<&part_compatibility::car_year_to>("car_year_to", needed, years),
        field<&part_compatibility::notes>("notes", created | blank, {.length = longest_post}),
    };
}();
static_assert(covers<part_compatibility>(part_compatibility_fields));

// --- what answers show
// ------------------------------------------------------------------------------------------------
inline constexpr auto part_compatibility_shown = shape_of(
    part_compatibility_fields, "id", "car_make", "car_model", "car_year_from", "car_year_to", "notes");

inline constexpr relation part_seller{"seller", "s", "JOIN users s ON s.id = p.seller_id", user_summary};
inline constexpr relation part_in_category{
    "category", "t", "LEFT JOIN part_categories t ON t.id = p.category", part_category_shown};
/// The primary picture, else the oldest.
inline constexpr relation part_primary_image{
    "primary_image", "i",
    "LEFT JOIN LATERAL (SELECT * FROM part_images WHERE part_id = p.id"
    " ORDER BY is_primary DESC, uploaded_at, id LIMIT 1) i ON true",
    listing_image_shown, true};
inline constexpr relation part_images{"images", "i", "", listing_image_shown};
inline constexpr relation part_compatibilities{"compatibilities", "f", "", part_compatibility_shown};

/// A row of a list.
inline constexpr auto part_listed = std::array{
    shown(part_fields, "id"),
    one(part_seller),
    one(part_in_category),
    shown(part_fields, "name"),
    shown(part_fields, "brand"),
    shown(part_fields, "price"),
    shown(part_fields, "condition"),
    shown(part_fields, "quantity_in_stock"),
    shown(part_fields, "status"),
    shown(part_fields, "rating"),
    shown(part_fields, "reviews_count"),
    shown(part_fields, "is_featured"),
    shown(part_fields, "created_at"),
    one(part_primary_image),
};

/// What a client writes, and what PUT and PATCH answer.
inline constexpr auto part_written =
    shape_of(part_fields, "category", "name", "description", "part_number", "condition", "brand", "model",
             "price", "quantity_in_stock", "warranty_months", "warranty_description", "weight", "dimensions");

/// Everything.
inline constexpr auto part_detailed = std::array{
    shown(part_fields, "id"),
    one(part_seller),
    one(part_in_category),
    shown(part_fields, "name"),
    shown(part_fields, "description"),
    shown(part_fields, "part_number"),
    shown(part_fields, "condition"),
    shown(part_fields, "brand"),
    shown(part_fields, "model"),
    shown(part_fields, "price"),
    shown(part_fields, "quantity_in_stock"),
    shown(part_fields, "quantity_sold"),
    shown(part_fields, "status"),
    shown(part_fields, "is_featured"),
    shown(part_fields, "warranty_months"),
    shown(part_fields, "warranty_description"),
    shown(part_fields, "weight"),
    shown(part_fields, "dimensions"),
    shown(part_fields, "rating"),
    shown(part_fields, "reviews_count"),
    many(part_images),
    many(part_compatibilities),
    shown(part_fields, "created_at"),
    shown(part_fields, "updated_at"),
};

inline constexpr resource parts_resource{"CarPart", "parts", "p", part_fields,
                                         "p.created_at DESC, p.id DESC"};

} // namespace mvp::storage
