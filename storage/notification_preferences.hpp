// How users want to be told: one row each, made with the defaults when it is first asked for.
#pragma once

#include "storage/async.hpp"
#include "storage/model/notification.hpp"
#include "storage/postgres/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage {

/// One row with the columns of notification_preference_shown. Safe when several ask for the first time at
/// once.
task<result<rows>> notification_preferences(database& db, uuid user);

/// errc::invalid for the first time that is missing, if the row `stored` with the fields in `present` of
/// `values` had quiet hours.
result<> check_quiet_hours(const row& stored, const notification_preference& values,
                           const field_set& present);

/// Writes the fields in `present` and gives the whole row. errc::invalid when the quiet hours would be
/// enabled without both times.
task<result<rows>> update_notification_preferences(database& db, uuid user, notification_preference values,
                                                   field_set present);

/// Ends the mails of these types; what waits of them is dropped. False if there is no such user.
task<result<bool>> turn_off_mails(database& db, uuid user, std::vector<std::string> types);

/// An IANA time zone's name that this machine knows. Reads the machine's list at the first call.
bool is_time_zone(std::string_view name);

} // namespace mvp::storage
