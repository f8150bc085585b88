// Pieces of SQL that the statements about users share; for storage/users*.cpp alone.
#pragma once

#include "storage/model/user.hpp"

#include <string>
#include <string_view>

namespace mvp::storage::users {

/// A suspension counts until its time is over, whatever the flag says.
std::string suspended_sql(std::string_view u);
/// The columns of a shape of plain fields, in its order.
std::string columns(shape what, std::string_view u);

} // namespace mvp::storage::users
