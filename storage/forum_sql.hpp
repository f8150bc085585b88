// Pieces of SQL that the statements about the forum share; for storage/forum*.cpp, storage/experts.cpp, and
// for the test that asks PostgreSQL how it runs them. In statements that show responses $1 is the viewer (or
// NULL) and $2 whether he is of the staff.
#pragma once

#include "storage/forum.hpp"

namespace mvp::storage::forum {

/// "SELECT <forum_thread_detailed>, …": $1 and $2 as above, $3 the thread, $4 who looks.
std::string thread_sql();
/// "SELECT <forum_response_shown>": $1 and $2 as above, $3 the thread.
std::string thread_responses_sql();

/// What comes behind WHERE in the lists.
conditions thread_conditions(const viewer& by, const thread_request& wanted);
conditions response_conditions(const viewer& by, const response_request& wanted);

/// Views count once an hour. date_trunc() would cost a thread's page 5 µs.
constexpr std::string_view view_hour = "date_bin('1 hour', now(), '2000-01-01 00:00:00+00')";

/// Adds to experts' statistics: `source` has author_id, total and helpful (by how many they grow).
std::string add_statistics_sql(std::string_view source);

/// The locks of an event's transaction, each $1; see forum.hpp for their order.
const statement& lock_thread();             ///< a thread
const statement& lock_thread_of_response(); ///< that of a response
const statement& lock_experts();            ///< the approved ones among users

} // namespace mvp::storage::forum
