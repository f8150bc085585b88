// What the demo data is chosen from, as tables for its SQL: models of cars, and cities.
#pragma once

#include <string>
#include <string_view>

namespace mvp::storage::seeding {

/// `sql` with the tables in the places of `%models%` (64 rows, n from 0) and `%cities%` (20), and a number of
/// 20 bits that looks like chance in the place of each `chance(<field>)`: it follows from that field's number
/// and `row`, an SQL expression, and fields do not tell anything about each other. Columns of a model: n,
/// make, model, body; fuels, gearboxes and litres to choose from (litres NULL: electric); first_year,
/// last_year, new_price, doors, seats, kg. Of a city: n, city, division; the large ones stand there several
/// times.
std::string with_catalogue(std::string_view sql, std::string_view row);

} // namespace mvp::storage::seeding
