#include "storage/model/values.hpp"

#include "storage/model/json_text.hpp"

namespace mvp::storage {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// One to `most` digits at `at`, which moves behind them; -1 if there is none.
int number(std::string_view text, std::size_t& at, std::size_t most) {
    int value = 0;
    std::size_t count = 0;
    while (count < most && at < text.size() && is_digit(text[at])) {
        value = value * 10 + (text[at++] - '0');
        ++count;
    }
    return count ? value : -1;
}

void append_padded(std::string& out, std::int64_t value, int width) {
    char digits[20];
    for (int i = width - 1; i >= 0; --i, value /= 10)
        digits[i] = static_cast<char>('0' + value % 10);
    out.append(digits, static_cast<std::size_t>(width));
}

} // namespace

std::optional<std::int64_t> parse_decimal(std::string_view text, int places) noexcept {
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    std::int64_t units = 0;
    int decimals = -1; // behind the point
    bool any = false;
    for (char c : text) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
        } else if (is_digit(c)) {
            any = true;
            if (decimals >= 0 && ++decimals > places) {
                if (c != '0')
                    return std::nullopt;
                --decimals; // zeros beyond the last place say nothing
                continue;
            }
            if (__builtin_mul_overflow(units, 10, &units) || __builtin_add_overflow(units, c - '0', &units))
                return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    if (!any)
        return std::nullopt;
    for (int i = decimals < 0 ? 0 : decimals; i < places; ++i)
        if (__builtin_mul_overflow(units, 10, &units))
            return std::nullopt;
    return negative ? -units : units;
}

void append_decimal(std::string& out, std::int64_t units, int places) {
    std::uint64_t rest =
        units < 0 ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
    char text[32];
    char* at = text + sizeof text;
    int written = 0;
    do {
        if (written == places && places > 0)
            *--at = '.';
        *--at = static_cast<char>('0' + rest % 10);
        rest /= 10;
        ++written;
    } while (rest > 0 || written <= places);
    if (units < 0)
        *--at = '-';
    out.append(at, static_cast<std::size_t>(text + sizeof text - at));
}

std::optional<day> parse_day(std::string_view text) noexcept {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    for (std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
        if (!is_digit(text[i]))
            return std::nullopt;
    std::size_t at = 0;
    const int y = number(text, at, 4);
    const int m = number(text, ++at, 2);
    const int d = number(text, ++at, 2);
    const std::chrono::year_month_day date{std::chrono::year{y}, std::chrono::month(static_cast<unsigned>(m)),
                                           std::chrono::day(static_cast<unsigned>(d))};
    if (!date.ok() || y < 1)
        return std::nullopt;
    return day{date};
}

void append_day(std::string& out, day d) {
    const std::chrono::year_month_day date{d};
    append_padded(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.day()), 2);
}

std::optional<time_of_day> parse_time_of_day(std::string_view text) noexcept {
    std::size_t at = 0;
    const int hours = number(text, at, 2);
    if (hours < 0 || hours > 23 || at >= text.size() || text[at] != ':')
        return std::nullopt;
    const int minutes = number(text, ++at, 2);
    if (minutes < 0 || minutes > 59)
        return std::nullopt;
    int seconds = 0, micros = 0;
    if (at < text.size() && text[at] == ':') {
        seconds = number(text, ++at, 2);
        if (seconds < 0 || seconds > 59)
            return std::nullopt;
        if (at < text.size() && text[at] == '.') {
            const std::size_t begin = ++at;
            micros = number(text, at, 6);
            if (micros < 0)
                return std::nullopt;
            for (std::size_t i = at - begin; i < 6; ++i)
                micros *= 10;
        }
    }
    if (at != text.size())
        return std::nullopt;
    return time_of_day{std::chrono::hours(hours) + std::chrono::minutes(minutes) +
                       std::chrono::seconds(seconds) + std::chrono::microseconds(micros)};
}

void append_time_of_day(std::string& out, time_of_day t) {
    const auto micros = t.since_midnight.count();
    append_padded(out, micros / 3'600'000'000, 2);
    out += ':';
    append_padded(out, micros / 60'000'000 % 60, 2);
    out += ':';
    append_padded(out, micros / 1'000'000 % 60, 2);
    if (micros % 1'000'000) {
        out += '.';
        append_padded(out, micros % 1'000'000, 6);
    }
}

std::optional<std::vector<std::string>> parse_texts(std::string_view json) {
    std::vector<std::string> items;
    std::size_t at = 0;
    const auto skip_to = [&](char wanted) { // white space, then that character
        while (at < json.size() &&
               (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t'))
            ++at;
        return at < json.size() && json[at] == wanted && ++at;
    };
    if (!skip_to('['))
        return std::nullopt;
    if (skip_to(']'))
        return items;
    do {
        if (!skip_to('"') || !read_json_text(json, at, items.emplace_back()))
            return std::nullopt;
    } while (skip_to(','));
    if (!skip_to(']') || at != json.size())
        return std::nullopt;
    return items;
}

void append_texts(std::string& out, const std::vector<std::string>& items) {
    out += '[';
    for (const auto& item : items) {
        if (&item != &items.front())
            out += ',';
        append_json_text(out, item);
    }
    out += ']';
}

} // namespace mvp::storage
