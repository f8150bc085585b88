// A car for sale, its pictures and its technical data; who sees and who changes it; which states follow
// which.
#pragma once

#include "storage/model/listing.hpp"

namespace mvp::storage {

enum class car_status { active, sold, archived, pending };
BOOST_DESCRIBE_ENUM(car_status, active, sold, archived, pending)

enum class car_transmission { manual, automatic, cvt };
BOOST_DESCRIBE_ENUM(car_transmission, manual, automatic, cvt)

enum class car_fuel { petrol, diesel, hybrid, electric, lpg };
BOOST_DESCRIBE_ENUM(car_fuel, petrol, diesel, hybrid, electric, lpg)

enum class car_condition { excellent, good, fair, poor };
BOOST_DESCRIBE_ENUM(car_condition, excellent, good, fair, poor)

struct car {
    uuid id{}, seller_id{};
    std::string make, model;
    int year = 0;
    int mileage = 0; ///< km
    car_transmission transmission{};
    car_fuel fuel_type{};
    std::optional<decimal<2>> engine_capacity; ///< litres
    car_condition condition{};
    decimal<2> price{};
    std::string title, description;
    std::string city, state_province, country;
    car_status status = car_status::pending;
    bool is_featured = false;
    std::optional<std::string> color, body_type;
    std::optional<int> doors, seats;
    std::vector<std::string> features;
    timestamp created_at{}, updated_at{};
    std::optional<timestamp> sold_at;
};

/// Next year's models are sold this year.
inline std::int64_t newest_model_year() {
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now())};
    return static_cast<int>(today.year()) + 1;
}

inline constexpr auto car_fields = [] {
    using namespace flag;
    constexpr unsigned needed = required | written;
    return std::array{
        field<&car::id>("id"),
        field<&car::seller_id>("seller_id"),
        field<&car::make>("make", needed | searchable | filterable, {.length = 100}),
        field<&car::model>("model", needed | searchable | filterable, {.length = 100}),
        field<&car::year>("year", needed | sortable | filterable,
                          {.min = 1900, .max_now = newest_model_year}),
        field<&car::mileage>("mileage", needed | sortable, {.min = 0}),
        field<&car::transmission>("transmission", needed | filterable),
        field<&car::fuel_type>("fuel_type", needed | filterable),
        field<&car::engine_capacity>("engine_capacity", written, {.digits = 4}),
        field<&car::condition>("condition", needed | filterable),
        field<&car::price>("price", needed | sortable, {.min = 0, .digits = 12}),
        field<&car::title>("title", needed | searchable, {.length = 255}),
        field<&car::description>("description", needed | searchable, {.length = longest_post}),
        field<&car::city>("city", needed | searchable | filterable, {.length = 100}),
        field<&car::state_province>("state_province", needed | filterable, {.length = 100}),
        field<&car::country>("country", needed | filterable, {.length = 100}),
        field<&car::status>("status", staff | filterable),
        field<&car::is_featured>("is_featured", staff | filterable),
        field<&car::color>("color", written | blank, {.length = 50}),
        field<&car::body_type>("body_type", written | blank | filterable, {.length = 50}),
        field<&car::doors>("doors", written, {.min = 0, .max = 100}),
        field<&car::seats>("seats", written, {.min = 0, .max = 100}),
        field<&car::features>("features", written, {.length = 200, .items = 100}),
        field<&car::created_at>("created_at", sortable),
        field<&car::updated_at>("updated_at"),
        field<&car::sold_at>("sold_at"),
    };
}();
static_assert(covers<car>(car_fields));

struct car_specification {
    uuid id{}, car_id{};
    std::optional<int> horsepower, torque;
    std::optional<decimal<2>> acceleration_0_100; ///< seconds
    std::optional<int> top_speed;                 ///< km/h
    std::optional<decimal<2>> fuel_consumption_city, fuel_consumption_highway;
    std::optional<decimal<2>> length, width, height; ///< mm
    std::optional<int> weight;                       ///< kg
    std::optional<std::string> warranty_remaining, service_history;
};

inline constexpr auto car_specification_fields = [] {
    using namespace flag;
    constexpr limits count{.min = 0};
    constexpr limits consumption{.min = 0, .digits = 5};
    constexpr limits measure{.min = 0, .digits = 7}; // wide enough for millimetres
    return std::array{
        field<&car_specification::id>("id"),
        field<&car_specification::car_id>("car_id"),
        field<&car_specification::horsepower>("horsepower", written, count),
        field<&car_specification::torque>("torque", written, count),
        field<&car_specification::acceleration_0_100>("acceleration_0_100", written, {.min = 0, .digits = 4}),
        field<&car_specification::top_speed>("top_speed", written, count),
        field<&car_specification::fuel_consumption_city>("fuel_consumption_city", written, consumption),
        field<&car_specification::fuel_consumption_highway>("fuel_consumption_highway", written, consumption),
        field<&car_specification::length>("length", written, measure),
        field<&car_specification::width>("width", written, measure),
        field<&car_specification::height>("height", written, measure),
        field<&car_specification::weight>("weight", written, count),
        field<&car_specification::warranty_remaining>("warranty_remaining", written | blank, {.length = 100}),
        field<&car_specification::service_history>("service_history", written | blank,
                                                   {.length = longest_post}),
    };
}();
static_assert(covers<car_specification>(car_specification_fields));

// --- what answers show
// ------------------------------------------------------------------------------------------------
inline constexpr auto car_specification_shown =
    shape_of(car_specification_fields, "id", "horsepower", "torque", "acceleration_0_100", "top_speed",
             "fuel_consumption_city", "fuel_consumption_highway", "length", "width", "height", "weight",
             "warranty_remaining", "service_history");

inline constexpr relation car_seller{"seller", "s", "JOIN users s ON s.id = c.seller_id", user_summary};
/// The primary picture, else the oldest.
inline constexpr relation car_primary_image{"primary_image", "i",
                                            "LEFT JOIN LATERAL (SELECT * FROM car_images WHERE car_id = c.id"
                                            " ORDER BY is_primary DESC, uploaded_at, id LIMIT 1) i ON true",
                                            listing_image_shown, true};
inline constexpr relation car_images{"images", "i", "", listing_image_shown};
inline constexpr relation car_has_specification{
    "specification", "p", "LEFT JOIN car_specifications p ON p.car_id = c.id", car_specification_shown};

/// A row of a list.
inline constexpr auto car_listed = std::array{
    shown(car_fields, "id"),         one(car_seller),           shown(car_fields, "make"),
    shown(car_fields, "model"),      shown(car_fields, "year"), shown(car_fields, "price"),
    shown(car_fields, "condition"),  shown(car_fields, "city"), shown(car_fields, "status"),
    shown(car_fields, "created_at"), one(car_primary_image),    shown(car_fields, "mileage"),
};

/// What a client writes, and what PUT and PATCH answer.
inline constexpr auto car_written =
    shape_of(car_fields, "make", "model", "year", "mileage", "transmission", "fuel_type", "engine_capacity",
             "condition", "price", "title", "description", "city", "state_province", "country", "color",
             "body_type", "doors", "seats", "features");

/// Everything.
inline constexpr auto car_detailed = std::array{
    shown(car_fields, "id"),
    one(car_seller),
    shown(car_fields, "make"),
    shown(car_fields, "model"),
    shown(car_fields, "year"),
    shown(car_fields, "mileage"),
    shown(car_fields, "transmission"),
    shown(car_fields, "fuel_type"),
    shown(car_fields, "engine_capacity"),
    shown(car_fields, "condition"),
    shown(car_fields, "price"),
    shown(car_fields, "title"),
    shown(car_fields, "description"),
    shown(car_fields, "city"),
    shown(car_fields, "state_province"),
    shown(car_fields, "country"),
    shown(car_fields, "status"),
    shown(car_fields, "is_featured"),
    shown(car_fields, "color"),
    shown(car_fields, "body_type"),
    shown(car_fields, "doors"),
    shown(car_fields, "seats"),
    shown(car_fields, "features"),
    many(car_images),
    one(car_has_specification),
    shown(car_fields, "created_at"),
    shown(car_fields, "updated_at"),
    shown(car_fields, "sold_at"),
};

inline constexpr resource cars_resource{"Car", "cars", "c", car_fields, "c.created_at DESC, c.id"};

} // namespace mvp::storage
