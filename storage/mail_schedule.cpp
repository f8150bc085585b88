#include "storage/mail_schedule.hpp"

#include "storage/zones.hpp"

#include <algorithm>

namespace mvp::storage {
namespace {

using std::chrono::seconds;

/// Seconds since midnight on the clocks of that zone.
seconds local_time_of_day(const date::time_zone& zone, timestamp at) {
    const auto local = zone.to_local(at).time_since_epoch();
    return std::chrono::duration_cast<seconds>(local - std::chrono::floor<std::chrono::days>(local));
}

/// The first moment after `after` at which the zone's clocks show `time`. Where they leap over it the leap
/// counts; where they show it twice `both` says whether the second one counts too.
timestamp next_time(const date::time_zone& zone, seconds time, timestamp after, bool both,
                    bool on_mondays = false) {
    const auto today = date::floor<date::days>(zone.to_local(after));
    for (auto day = today;; day += date::days(1)) {
        if (on_mondays && date::weekday(day) != date::Monday)
            continue;
        const timestamp first = zone.to_sys(day + time, date::choose::earliest);
        if (first > after)
            return first;
        const timestamp second = zone.to_sys(day + time, date::choose::latest);
        if (both && second > after)
            return second;
    }
}

} // namespace

bool quiet(const quiet_hours& hours, timestamp at) {
    if (!hours.enabled || hours.begin == hours.end)
        return false;
    const auto t = local_time_of_day(zone_or_utc(hours.timezone), at);
    if (hours.begin < hours.end)
        return hours.begin <= t && t < hours.end;
    return hours.begin <= t || t < hours.end;
}

timestamp quiet_until(const quiet_hours& hours, timestamp at) {
    return quiet(hours, at) ? next_time(zone_or_utc(hours.timezone), hours.end, at, true) : at;
}

timestamp mail_due(const mail_schedule& wanted, timestamp made, timestamp now) {
    timestamp due = made;
    if (wanted.frequency != mail_frequency::instant)
        due = next_time(zone_or_utc(wanted.quiet.timezone), digest_time, made, false,
                        wanted.frequency == mail_frequency::weekly);
    return quiet_until(wanted.quiet, std::max(due, now));
}

} // namespace mvp::storage
