// When a user's mail leaves: at once or in a digest, and never in his quiet hours. Pure; what clocks do on
// days when they are moved is taken into account.
#pragma once

#include "storage/model/notification.hpp"
#include "storage/model/timestamp.hpp"

#include <chrono>
#include <string>

namespace mvp::storage {

/// When a user wants no sound and no mail. Local time of day; an end before the start is on the next day;
/// equal ones mean never.
struct quiet_hours {
    bool enabled = false;
    std::chrono::seconds begin{}, end{}; ///< since midnight
    std::string timezone{};              ///< an IANA name; empty or unknown: UTC
};
bool quiet(const quiet_hours& hours, timestamp at);
/// The end of the quiet hours that `at` lies in; `at` itself outside of them.
timestamp quiet_until(const quiet_hours& hours, timestamp at);

/// Digests leave at this local time; weekly ones on Mondays.
inline constexpr std::chrono::hours digest_time{8};

struct mail_schedule {
    mail_frequency frequency = mail_frequency::instant;
    quiet_hours quiet{}; ///< its time zone also counts while they are not enabled
};
/// When a mail about what happened at `made` leaves, as it looks at `now`: not before either of them.
timestamp mail_due(const mail_schedule& wanted, timestamp made, timestamp now);

} // namespace mvp::storage
