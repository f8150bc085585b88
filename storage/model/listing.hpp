// What all things for sale (cars, parts) have in common: their pictures, and what is done with their state.
#pragma once

#include "storage/model/user.hpp"

namespace mvp::storage {

struct listing_image {
    uuid id{};
    std::string image; ///< path under the media root
    bool is_primary = false;
    timestamp uploaded_at{};
};

inline constexpr auto listing_image_fields = std::array{
    field<&listing_image::id>("id"),
    field<&listing_image::image>("image", 0, {.length = 100, .as = kind::image}),
    field<&listing_image::is_primary>("is_primary"),
    field<&listing_image::uploaded_at>("uploaded_at"),
};
static_assert(covers<listing_image>(listing_image_fields));

inline constexpr auto listing_image_shown =
    shape_of(listing_image_fields, "id", "image", "is_primary", "uploaded_at");

/// What somebody does with the state of a listing.
enum class listing_change {
    approve,    ///< staff: pending to public
    reject,     ///< staff: pending to put away
    archive,    ///< the owner puts it away
    reactivate, ///< … and asks for approval again
    sell,       ///< of a car, the only one of its kind
    withhold    ///< public to pending, until staff have looked at it
};

} // namespace mvp::storage
