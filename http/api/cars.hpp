// What the two files of cars' handlers share.
#pragma once

#include "http/api/listings.hpp"
#include "storage/cars.hpp"

namespace mvp::http::api {

inline constexpr listing_app car_app{.all = storage::cars::all,
                                     .make = make_listing<storage::car>,
                                     .key = "car",
                                     .sellers_only = "Only sellers can create car listings"};

} // namespace mvp::http::api
