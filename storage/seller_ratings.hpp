// What sellers' reviews add up to, for everybody to read. storage/reviews keeps it.
#pragma once

#include "storage/model/review.hpp"
#include "storage/repository.hpp"

#include <string>

namespace mvp::storage::seller_ratings {

/// Rows have the columns of seller_rating_shown.
task<result<page>> list(database& db, std::string ordering, int size, std::int64_t offset);
/// By its own id or the seller's; no row: he was never reviewed.
task<result<rows>> find(database& db, uuid rating_or_seller);
task<result<rows>> of_seller(database& db, uuid seller);

} // namespace mvp::storage::seller_ratings
