// Votes on whether a text is helpful: one a user, changed or taken back at will. The text's counters always
// equal its votes: both change in one transaction, behind the lock of the text's row.
#pragma once

#include "storage/async.hpp"
#include "storage/postgres/database.hpp"

#include <boost/describe/enum.hpp>
#include <string_view>

namespace mvp::storage::votes {

enum class opinion { helpful, unhelpful };
BOOST_DESCRIBE_ENUM(opinion, helpful, unhelpful)

/// Where they are: `texts` has the columns helpful_count and unhelpful_count; `table` has `text_id`, user_id
/// and vote_type. Static, since statements are made of it once.
struct place {
    std::string_view texts, table, text_id;
};

enum class outcome {
    given,   ///< the user's first vote on this text
    changed, ///< he had voted otherwise
    same     ///< nothing changed
};
/// errc::not_found without a text if there is no such row.
task<result<outcome>> give(database& db, const place& where, uuid text, uuid user, opinion what);
/// False if he has no vote on it.
task<result<bool>> take_back(database& db, const place& where, uuid text, uuid user);

} // namespace mvp::storage::votes
