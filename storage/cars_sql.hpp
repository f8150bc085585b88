// Pieces of SQL that the statements about cars share; for storage/cars*.cpp alone.
#pragma once

#include "storage/cars.hpp"

namespace mvp::storage::cars {

/// True for a car `c` that everybody sees.
const std::string& public_sql();
/// The same where its seller `s` is joined: less work for one car.
const std::string& public_joined_sql();
/// "SELECT <car_detailed> FROM <source> c <joins>"
std::string detail_sql(std::string_view source);
/// A car's pictures, primary first, then oldest.
const statement& images_statement();

/// What is cached falls where the public could see the car before or after the change.
task<> shown_anew(cache& cache, uuid id, car_status before, car_status after);

} // namespace mvp::storage::cars
