// Points in time as the API shows them: UTC, microseconds, "2026-11-22T22:36:27.844788Z".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mvp {

using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

inline timestamp now() {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// "2026-11-22T22:36:27.844788Z"; the fraction has six digits, or is left out when it is zero.
void append_timestamp(std::string& out, timestamp at);
std::string format_timestamp(timestamp at);

/// ISO 8601 with 'T' or ' ' between date and time, an optional fraction of up to six digits, and 'Z', "+hh",
/// "+hh:mm" or nothing (UTC) behind: what PostgreSQL sends and what clients send. Empty for anything else.
std::optional<timestamp> parse_timestamp(std::string_view text) noexcept;

} // namespace mvp
