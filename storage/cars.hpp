// Cars in PostgreSQL: what a listing of this kind has beside what all have (storage/listings.hpp), the search
// and the technical data.
#pragma once

#include "storage/listings.hpp"
#include "storage/model/car.hpp"

#include <optional>
#include <string>

namespace mvp::storage::cars {

/// Lists, details and changes of cars.
const listings& all();

/// GET /api/cars/search/.
struct search_request {
    std::string make, model; ///< parts of the text, in any case; empty: any
    std::optional<int> year_from, year_to;
    std::optional<decimal<2>> price_from, price_to;
    std::optional<car_condition> condition;
    std::optional<car_fuel> fuel_type;
    std::optional<car_transmission> transmission;
    std::string city;
    std::optional<int> mileage_max;
    std::string search; ///< one part of make, model, title or description
};
task<result<page>> search(database& db, cache& cache, viewer by, search_request wanted, std::string ordering,
                          int size, std::int64_t offset);
/// What comes behind WHERE.
conditions search_conditions(const viewer& by, const search_request& wanted);

/// The columns of car_specification_shown; no row: the car has none.
task<result<rows>> specification(database& db, uuid id);
/// The fields in `given`; the others stay. No row if the car has none, unless `make`: then it has one.
task<result<rows>> write_specification(database& db, cache& cache, uuid id, car_specification s,
                                       field_set given, bool make);

} // namespace mvp::storage::cars
