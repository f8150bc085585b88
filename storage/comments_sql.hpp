// Pieces of SQL of the statements about comments and replies; for storage/comments*.cpp, and for the test
// that asks PostgreSQL how it runs them. $1 is always the viewer (or NULL), $2 whether he is of the staff.
#pragma once

#include "storage/comments.hpp"

namespace mvp::storage::comments {

/// True for a row, by its resource's alias, that `user` (SQL) sees without being of the staff.
std::string seen_sql(kind k, std::string_view user);

/// What comes behind WHERE in a list.
conditions list_conditions(kind k, const viewer& by);
conditions about_conditions(subject what, uuid object, const viewer& by);
/// The replies to the comments $3 that the viewer sees, each comment's together and oldest first; behind the
/// columns of comment_reply_shown the comment's id.
std::string replies_sql();

} // namespace mvp::storage::comments
