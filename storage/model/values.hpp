// The values that fields hold beside texts and numbers: exact decimals, days, times of day, choices by name.
// Each is read from and written to one canonical text, which is PostgreSQL's.
#pragma once

#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage {

/// `text` as units of 10^-places; empty if it is no plain decimal ("-12.5"), has more places, or does not
/// fit.
std::optional<std::int64_t> parse_decimal(std::string_view text, int places) noexcept;
/// Exactly `places` decimals: "12.50"; zero never has a sign.
void append_decimal(std::string& out, std::int64_t units, int places);

/// An exact decimal number with a fixed count of decimals.
template <int Places> struct decimal {
    static constexpr int places = Places;
    std::int64_t units = 0; ///< hundredths for Places = 2
    auto operator<=>(const decimal&) const = default;
};

using day = std::chrono::sys_days;

/// A time on the clock's face, since midnight.
struct time_of_day {
    std::chrono::microseconds since_midnight{};
    auto operator<=>(const time_of_day&) const = default;
};

/// "YYYY-MM-DD"; empty for anything else and for days that do not exist.
std::optional<day> parse_day(std::string_view text) noexcept;
void append_day(std::string& out, day d);

/// "h:mm[:ss[.uuuuuu]]"; empty for anything else.
std::optional<time_of_day> parse_time_of_day(std::string_view text) noexcept;
/// "22:00:00", or "07:30:15.500000" where there is a fraction.
void append_time_of_day(std::string& out, time_of_day t);

/// ["AC","ABS"]: a JSON array of texts, which is also jsonb's text. Empty for anything else.
std::optional<std::vector<std::string>> parse_texts(std::string_view json);
void append_texts(std::string& out, const std::vector<std::string>& items);

/// An enum's values by name, in order of declaration; a trailing '_' (for names that C++ keeps to itself) is
/// dropped.
template <class E> constexpr auto make_choice_names() {
    using list = boost::describe::describe_enumerators<E>;
    std::array<std::string_view, boost::mp11::mp_size<list>::value> names{};
    std::size_t i = 0;
    boost::mp11::mp_for_each<list>([&](auto d) {
        std::string_view name = d.name;
        if (name.ends_with('_'))
            name.remove_suffix(1);
        names[i++] = name;
    });
    return names;
}
template <class E> inline constexpr auto choice_names = make_choice_names<E>();

/// The enum's values must count from 0.
template <class E> constexpr std::string_view to_text(E value) {
    return choice_names<E>[static_cast<std::size_t>(value)];
}
template <class E> constexpr std::optional<E> parse_choice(std::string_view text) {
    for (std::size_t i = 0; i < choice_names<E>.size(); ++i)
        if (choice_names<E>[i] == text)
            return static_cast<E>(i);
    return std::nullopt;
}

} // namespace mvp::storage
