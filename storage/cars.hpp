// Cars in PostgreSQL: who sees which (everybody public ones: active, of sellers who are not hidden), and
// every change of one. A change of state is one conditional statement that also writes its event; cached
// answers fall before it returns.
//
// Cached are the details of public cars (tag "cars:<id>", see tag_of) and the count of public cars (tag
// "cars:public"). A detail holds its seller's summary too: storage/users drops the tags of a user's cars when
// that changes.
#pragma once

#include "storage/cache.hpp"
#include "storage/model/car.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mvp::storage::cars {

std::string tag_of(uuid id);

// --- reading
// ----------------------------------------------------------------------------------------------------------

/// A row with the columns of car_detailed, and its pictures; no row: not there, or not for these eyes.
struct detail {
    rows car{}, images{};
};
task<result<detail>> find(database& db, uuid id, viewer by);

struct target : ownership {
    car_status status{};
};
/// Empty: no such car.
task<result<std::optional<target>>> find_target(database& db, uuid id);

/// What narrows GET /api/cars/; `filters` are canonical texts by field, as many as the table has fields.
struct list_request {
    std::string search{}, ordering{};
    std::vector<std::optional<std::string>> filters{}; ///< empty: none given
    bool nothing = false;                              ///< a filter has a value that its field cannot have
};
task<result<page>> list(database& db, cache& cache, viewer by, list_request wanted, int size,
                        std::int64_t offset);

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
task<result<page>> search(database& db, cache& cache, viewer by, search_request wanted, int size,
                          std::int64_t offset);

/// A seller's public cars; or, for himself, all of them.
task<result<page>> of_seller(database& db, uuid seller, bool all, int size, std::int64_t offset);

// --- changing
// ---------------------------------------------------------------------------------------------------------

/// The new car with the columns of car_detailed; no row: he may not sell (any more).
task<result<rows>> create(database& db, uuid seller, car c);

/// Changes the fields in `changed` that `staff` or the owner may change; a row with the columns of
/// car_written. A new status by staff tells the seller. No row: no such car.
task<result<rows>> update(database& db, cache& cache, uuid id, viewer by, car c, field_set changed);

/// Paths of its pictures, for the media store; empty: no such car.
task<result<std::optional<std::vector<std::string>>>> remove(database& db, cache& cache, uuid id);

enum class change { approve, reject, archive, reactivate, sell };
/// The changed car. errc::refused with a text that names the state if it does not allow the change;
/// errc::not_found if the car is gone. Somebody else than the seller changing it tells the seller, `reason`
/// included.
task<result<detail>> transition(database& db, cache& cache, uuid id, viewer by, change what,
                                std::string reason = {});

// --- pictures and technical data
// --------------------------------------------------------------------------------------

inline constexpr int most_images = 20;
/// How many pictures more a car may have.
task<result<int>> room_for_images(database& db, uuid id);
/// Adds pictures in this order, none of them primary; rows with the columns of car_image_shown. errc::refused
/// if there would be more than twenty.
task<result<rows>> add_images(database& db, cache& cache, uuid id, std::vector<std::string> paths);
/// The picture as the car's only primary one; no row: the car has no such picture.
task<result<rows>> set_primary_image(database& db, cache& cache, uuid id, uuid image);
/// Its path; empty: the car has no such picture.
task<result<std::optional<std::string>>> remove_image(database& db, cache& cache, uuid id, uuid image);

/// The columns of car_specification_shown; no row: the car has none.
task<result<rows>> specification(database& db, uuid id);
/// All fields anew, made if there was none.
task<result<rows>> put_specification(database& db, cache& cache, uuid id, car_specification s);
/// The fields in `changed`; no row: the car has none.
task<result<rows>> patch_specification(database& db, cache& cache, uuid id, car_specification s,
                                       field_set changed);

} // namespace mvp::storage::cars
