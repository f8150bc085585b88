// What the two files of cars' handlers share.
#pragma once

#include "http/encode.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "storage/cars.hpp"

namespace mvp::http {
class services;
}

namespace mvp::http::api {

/// The id in the path, of a car that the caller sees (404 if not) and may change (403).
task<result<uuid>> changeable_car(services& with, const request& call);
/// The same for reading only.
task<result<uuid>> visible_car(services& with, const request& call);

/// A car as the caller sees it, its files' URLs beginning at the root.
std::string car_body(const request& call, const storage::cars::detail& found);

} // namespace mvp::http::api
