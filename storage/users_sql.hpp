// Pieces of SQL that the statements about users share; for storage/users*.cpp alone.
#pragma once

#include <string>
#include <string_view>

namespace mvp::storage::users {

/// A suspension counts until its time is over, whatever the flag says.
std::string suspended_sql(std::string_view u);

} // namespace mvp::storage::users
