// How users want to be told: one row each, made with the defaults when it is first asked for.
#pragma once

#include "storage/async.hpp"
#include "storage/model/notification.hpp"
#include "storage/postgres/database.hpp"

#include <string_view>

namespace mvp::storage {

/// One row with the columns of notification_preference_shown. Safe when several ask for the first time at
/// once.
task<result<rows>> notification_preferences(database& db, uuid user);

/// Writes the fields in `present` and gives the whole row. errc::invalid when the quiet hours would be
/// enabled without both times.
task<result<rows>> update_notification_preferences(database& db, uuid user, notification_preference values,
                                                   field_set present);

/// An IANA time zone's name that this machine knows. Reads the machine's list at the first call.
bool is_time_zone(std::string_view name);

} // namespace mvp::storage
