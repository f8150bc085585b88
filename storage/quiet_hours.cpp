#include "storage/notifications.hpp"

#include <date/tz.h>

namespace mvp::storage {
namespace {

/// Seconds since midnight on the clocks of that zone.
std::chrono::seconds local_time_of_day(const std::string& zone, timestamp at) {
    using namespace std::chrono;
    auto local = at.time_since_epoch();
    if (!zone.empty()) {
        try {
            local = date::locate_zone(zone)->to_local(at).time_since_epoch();
        } catch (const std::exception&) {
            // A name that this machine's zone files do not know: UTC, as if none were set.
        }
    }
    return duration_cast<seconds>(local - floor<days>(local));
}

} // namespace

bool quiet(const quiet_hours& hours, timestamp at) {
    if (!hours.enabled || hours.begin == hours.end)
        return false;
    const auto t = local_time_of_day(hours.timezone, at);
    if (hours.begin < hours.end)
        return hours.begin <= t && t < hours.end;
    return hours.begin <= t || t < hours.end;
}

} // namespace mvp::storage
