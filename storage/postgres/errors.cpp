#include "storage/postgres/errors.hpp"

#include "storage/coarse_clock.hpp"
#include "storage/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace mvp::storage {
namespace {

using namespace std::string_view_literals;

constexpr std::int64_t minute = 60'000'000'000;

/// Every request may meet it, so it is told once a minute.
void tell_of_schema(std::string_view text) {
    static std::atomic<std::int64_t> told = -minute;
    auto last = told.load(std::memory_order_relaxed);
    const auto now = coarse_now();
    if (now - last >= minute && told.compare_exchange_strong(last, now))
        log::error("the database lacks what this program expects; has it been migrated? {}", text);
}

/// No such table, column, function, schema: a database that was not (or is just being) migrated.
bool names_missing_schema(std::string_view state) {
    constexpr std::array all{"42P01"sv, "42703"sv, "42883"sv, "3F000"sv};
    return std::find(all.begin(), all.end(), state) != all.end();
}

} // namespace

error unavailable(std::string text) {
    error e(errc::unavailable, std::move(text));
    e.retry_after = 1;
    return e;
}

error sql_error(std::string_view state, std::string_view named, std::string_view message) {
    while (message.ends_with('\n'))
        message.remove_suffix(1);
    std::string text = fmt::format("{} {}", state, message);
    if (state.starts_with("23")) { // integrity constraint violation
        error e(errc::conflict, std::move(text));
        e.constraint = named;
        return e;
    }
    // Serialization failure, deadlock, lock_timeout, statement_timeout: nothing was done, for sure.
    if (state == "40001" || state == "40P01" || state == "55P03" || state == "57014") {
        error e = unavailable(std::move(text));
        e.constraint = state;
        return e;
    }
    if (names_missing_schema(state)) {
        tell_of_schema(text);
        error e = unavailable(std::move(text));
        e.constraint = state;
        return e;
    }
    // 22: data exception (a number out of range, a text that is no uuid); 54: a limit exceeded (a value too
    // long for an index). What the validators let through is still the client's.
    if (state.starts_with("22") || state.starts_with("54"))
        return error(errc::bad_request, "The request holds a value that cannot be stored.");
    // 08, 53, 57: connection, resources, shutdown; 25006: a standby, or one that became it.
    if (state.empty() || state == "25006" || state.starts_with("08") || state.starts_with("53") ||
        state.starts_with("57"))
        return unavailable(std::move(text));
    return error(errc::internal, std::move(text));
}

bool is_retryable(const error& e) {
    return e.code == errc::unavailable && (e.constraint == "40001" || e.constraint == "40P01");
}

bool is_missing_schema(const error& e) {
    return e.code == errc::unavailable && names_missing_schema(e.constraint);
}

bool is_rolled_back(const error& e) {
    return e.code != errc::unavailable || !e.constraint.empty();
}

bool is_unprepared(std::string_view state) {
    return state == "26000";
}

} // namespace mvp::storage
