// Pieces of SQL that the statements about cars share; for storage/cars*.cpp, and for the test that asks
// PostgreSQL how it runs them.
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

/// What comes behind WHERE in GET /api/cars/, …/search/, and my_listings (`all`) or seller_cars.
conditions list_conditions(const viewer& by, const list_request& wanted);
conditions search_conditions(const viewer& by, const search_request& wanted);
conditions seller_conditions(uuid seller, bool all);

/// What is cached falls where the public could see the car before or after the change.
task<> shown_anew(cache& cache, uuid id, car_status before, car_status after);

} // namespace mvp::storage::cars
