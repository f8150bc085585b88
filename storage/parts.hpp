// Parts in PostgreSQL: what a listing of this kind has beside what all have (storage/listings.hpp), the
// search, the cars that a part fits, and its stock: an active part without any is out of stock, and active
// again once there is some.
#pragma once

#include "storage/listings.hpp"
#include "storage/model/part.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mvp::storage::parts {

/// Lists, details and changes of parts.
const listings& all();

/// GET /api/parts/search/.
struct search_request {
    std::string name, brand; ///< parts of the text, in any case; empty: any
    std::optional<uuid> category;
    std::optional<part_condition> condition;
    std::optional<decimal<2>> price_from, price_to;
    std::optional<bool> in_stock_only; ///< true: active ones with something in stock
    std::string search;                ///< one part of name, brand, description or part_number
};
task<result<page>> search(database& db, cache& cache, viewer by, search_request wanted, std::string ordering,
                          int size, std::int64_t offset);
/// What comes behind WHERE.
conditions search_conditions(const viewer& by, const search_request& wanted);

/// The public parts of exactly that category.
task<result<page>> of_category(database& db, uuid category, std::string ordering, int size,
                               std::int64_t offset);
conditions category_conditions(uuid category);

inline constexpr std::string_view part_number_taken = "car part with this part number already exists.";
/// "Invalid pk "…" - object does not exist."
std::string no_such_category(std::string_view given);

/// What other rows say about a part that is to be written.
struct references {
    bool part_number_taken = false, category_exists = true;
};
/// `except`: the part itself, when it is changed.
task<result<references>> find_references(database& db, std::optional<std::string> part_number,
                                         std::optional<uuid> category, std::optional<uuid> except);

// --- the cars that it fits: rows with the columns of part_compatibility_shown
inline constexpr int most_compatibilities = 500;
/// Size 0: all.
task<result<page>> compatibilities(database& db, uuid id, int size, std::int64_t offset);
/// errc::invalid if the part has that row already, errc::refused if it has too many.
task<result<rows>> add_compatibility(database& db, cache& cache, uuid id, part_compatibility c);
/// False: the part has no such row.
task<result<bool>> remove_compatibility(database& db, cache& cache, uuid id, uuid compatibility);

} // namespace mvp::storage::parts
