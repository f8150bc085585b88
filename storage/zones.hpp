// Time zones by their IANA names, as this machine knows them.
#pragma once

#include <date/tz.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace mvp::storage {

/// Null for a name that this machine does not know, and for "localtime", which it has beside the zones: what
/// that means is the machine's own setting. Reads the machine's list at the first call.
inline const date::time_zone* find_zone(std::string_view name) {
    if (name == "localtime")
        return nullptr;
    try {
        return date::locate_zone(std::string(name));
    } catch (const std::runtime_error&) {
        return nullptr;
    }
}

/// UTC for an empty or unknown name, as if none were set.
inline const date::time_zone& zone_or_utc(std::string_view name) {
    const auto* found = name.empty() ? nullptr : find_zone(name);
    return found ? *found : *date::locate_zone("UTC");
}

} // namespace mvp::storage
