// One value against one field: the canonical text that storage understands, or the sentences that say what is
// wrong.
#include "http/decode.hpp"
#include "http/text.hpp"
#include "http/validators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mvp::http {
namespace {

using storage::field_info;
using storage::kind;
namespace flag = storage::flag;
using type = json_value::type;

constexpr std::size_t longest_number = 1000;

void complain(checked_value& out, std::string text) {
    out.complaints.push_back(std::move(text));
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Python lets single underscores stand between digits. False if there is anything but digits, or nothing.
bool plain_digits(std::string_view text, std::string& digits) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_digit(text[i]))
            digits += text[i];
        else if (text[i] != '_' || i == 0 || i + 1 == text.size() || text[i + 1] == '_')
            return false;
    }
    return !text.empty();
}

void check_characters(std::string_view text, checked_value& out) {
    if (text.find('\0') != text.npos)
        complain(out, "Null characters are not allowed.");
    if (const unsigned surrogate = find_surrogate(text))
        complain(out, fmt::format("Surrogate characters are not allowed: U+{:X}.", surrogate));
}

void check_text(const field_info& f, const json_value& value, checked_value& out) {
    if (value.is != type::string && value.is != type::integer && value.is != type::number)
        return complain(out, "Not a valid string.");
    const std::string whole = value.is == type::string ? value.text : python_text(value);
    out.text = f.has(flag::untrimmed) ? std::string_view(whole) : strip(whole);
    if (strip(out.text).empty() && !f.has(flag::blank))
        return complain(out, "This field may not be blank.");
    if (out.text.empty())
        return;
    const bool phone = f.type == kind::phone && !is_phone(out.text);
    if (phone)
        complain(out, "Phone number must be entered in the format: +999999999. Up to 15 digits allowed.");
    if (f.bounds.length && character_count(out.text) > static_cast<std::size_t>(f.bounds.length))
        complain(out, fmt::format("Ensure this field has no more than {} characters.", f.bounds.length));
    check_characters(out.text, out);
    if (f.type == kind::email && !is_email(out.text))
        complain(out, "Enter a valid email address.");
    if (f.type == kind::url && !is_url(out.text))
        complain(out, "Enter a valid URL.");
}

void too_small(checked_value& out, std::int64_t least) {
    complain(out, fmt::format("Ensure this value is greater than or equal to {}.", least));
}
void too_large(checked_value& out, std::int64_t most) {
    complain(out, fmt::format("Ensure this value is less than or equal to {}.", most));
}

void check_integer(const field_info& f, const json_value& value, checked_value& out) {
    if (value.is == type::string && character_count(value.text) > longest_number)
        return complain(out, "String value too large.");
    const std::string whole = python_text(value);
    std::string_view text = whole;
    // "7.0" is 7: zeros behind a point at the end go.
    const auto trimmed = strip(text);
    const auto point = trimmed.rfind('.');
    if (point != trimmed.npos && trimmed.find_first_not_of('0', point + 1) == trimmed.npos)
        text = trimmed.substr(0, point);
    text = strip(text);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    std::string digits;
    if (value.is == type::boolean || !plain_digits(text, digits))
        return complain(out, "A valid integer is required.");
    std::int64_t number = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc())
        number = std::numeric_limits<std::int64_t>::max();
    if (negative)
        number = -number;
    const std::int64_t most = f.bounds.max_now ? f.bounds.max_now() : f.bounds.max;
    if (number > most)
        too_large(out, most);
    if (number < f.bounds.min)
        too_small(out, f.bounds.min);
    out.text = std::to_string(number);
}

/// A decimal as Python reads it: digits without leading zeros, and the power of ten behind them.
struct scientific {
    bool negative = false;
    std::string digits;
    std::int64_t exponent = 0;
};

std::optional<scientific> parse_scientific(std::string_view text) {
    scientific s;
    s.negative = text.starts_with('-');
    if (s.negative || text.starts_with('+'))
        text.remove_prefix(1);
    const auto e = text.find_first_of("eE");
    std::string exponent = "0";
    if (e != text.npos) {
        auto power = text.substr(e + 1);
        const bool minus = power.starts_with('-');
        if (minus || power.starts_with('+'))
            power.remove_prefix(1);
        exponent.clear();
        if (!plain_digits(power, exponent))
            return std::nullopt;
        // Python refuses nothing here; any power that long is out of every field's bounds.
        s.exponent = 1'000'000;
        std::from_chars(exponent.data(), exponent.data() + std::min<std::size_t>(exponent.size(), 12),
                        s.exponent);
        s.exponent = std::min<std::int64_t>(s.exponent, 1'000'000) * (minus ? -1 : 1);
        text = text.substr(0, e);
    }
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
    if ((whole.empty() && fraction.empty()) || (!whole.empty() && !plain_digits(whole, s.digits)))
        return std::nullopt;
    const std::size_t before = s.digits.size();
    if (!fraction.empty() && !plain_digits(fraction, s.digits))
        return std::nullopt;
    s.exponent -= static_cast<std::int64_t>(s.digits.size() - before);
    s.digits.erase(0, std::min(s.digits.find_first_not_of('0'), s.digits.size() - 1));
    return s;
}

void check_decimal(const field_info& f, const json_value& value, checked_value& out) {
    const std::string whole = python_text(value);
    const auto text = strip(whole);
    if (character_count(text) > longest_number)
        return complain(out, "String value too large.");
    const auto number = value.is == type::string || value.is == type::integer || value.is == type::number
                            ? parse_scientific(text)
                            : std::nullopt;
    if (!number)
        return complain(out, "A valid number is required.");
    const auto count = static_cast<std::int64_t>(number->digits.size());
    const std::int64_t places = std::max<std::int64_t>(-number->exponent, 0);
    const std::int64_t total = number->exponent >= 0 ? count + number->exponent : std::max(count, places);
    if (f.bounds.digits && total > f.bounds.digits)
        return complain(
            out, fmt::format("Ensure that there are no more than {} digits in total.", f.bounds.digits));
    if (places > f.places)
        return complain(out, fmt::format("Ensure that there are no more than {} decimal places.", f.places));
    if (f.bounds.digits && total - places > f.bounds.digits - f.places)
        return complain(out,
                        fmt::format("Ensure that there are no more than {} digits before the decimal point.",
                                    f.bounds.digits - f.places));
    std::string digits =
        number->digits + std::string(static_cast<std::size_t>(number->exponent + f.places), '0');
    std::int64_t units = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), units);
    if (number->negative)
        units = -units;
    std::int64_t one = 1;
    for (int i = 0; i < f.places; ++i)
        one *= 10;
    if (f.bounds.max < std::numeric_limits<std::int32_t>::max() && units > f.bounds.max * one)
        too_large(out, f.bounds.max);
    if (f.bounds.min > std::numeric_limits<std::int32_t>::min() && units < f.bounds.min * one)
        too_small(out, f.bounds.min);
    storage::append_decimal(out.text, units, f.places);
}

void check_boolean(const field_info& f, const json_value& value, checked_value& out) {
    static constexpr std::string_view yes[] = {"t", "y", "yes", "true", "on", "1", "1.0"};
    static constexpr std::string_view no[] = {"f", "n", "no", "false", "off", "0", "0.0"};
    std::string text = value.is == type::array || value.is == type::object ? "" : python_text(value);
    std::transform(text.begin(), text.end(), text.begin(), lower);
    const bool number = value.is == type::number;
    if (f.has(flag::nullable) && (text == "null" || (text.empty() && value.is == type::string)))
        out.null = true;
    else if (std::find(yes, yes + 6 + number, text) != yes + 6 + number)
        out.text = "t";
    else if (std::find(no, no + 6 + number, text) != no + 6 + number)
        out.text = "f";
    else
        complain(out, "Must be a valid boolean.");
}

void check_choice(const field_info& f, const json_value& value, checked_value& out) {
    out.text = python_text(value);
    const bool plain = value.is != type::array && value.is != type::object;
    if (!plain || std::find(f.choices.begin(), f.choices.end(), out.text) == f.choices.end())
        complain(out, fmt::format("\"{}\" is not a valid choice.", out.text));
}

void check_date(const json_value& value, checked_value& out) {
    const auto parsed = value.is == type::string ? storage::parse_day(value.text) : std::nullopt;
    if (!parsed)
        return complain(out, "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
    storage::append_day(out.text, *parsed);
}

void check_time(const json_value& value, checked_value& out) {
    const auto parsed = value.is == type::string ? storage::parse_time_of_day(value.text) : std::nullopt;
    if (!parsed)
        return complain(out, "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].");
    storage::append_time_of_day(out.text, *parsed);
}

void check_timestamp(const json_value& value, checked_value& out) {
    const auto parsed = value.is == type::string ? parse_timestamp(value.text) : std::nullopt;
    if (!parsed)
        return complain(out, "Datetime has wrong format. Use one of these formats instead: "
                             "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].");
    append_timestamp(out.text, *parsed);
}

/// Python makes a UUID of a whole number too.
std::optional<uuid> number_as_id(std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failed != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return uuid::parse(fmt::format("{:032x}", number));
}

void check_id(const field_info& f, const json_value& value, checked_value& out) {
    if (value.is == type::boolean && f.type == kind::reference)
        return complain(out, "Incorrect type. Expected pk value, received bool.");
    const auto parsed = value.is == type::string    ? uuid::parse(value.text)
                        : value.is == type::integer ? number_as_id(value.text)
                                                    : std::nullopt;
    if (parsed)
        parsed->append_to(out.text);
    else if (f.type == kind::id)
        complain(out, "Must be a valid UUID.");
    else
        complain(out, fmt::format("“{}” is not a valid UUID.", python_text(value)));
}

} // namespace

checked_value check_value(const field_info& f, const json_value& value) {
    checked_value out;
    if (value.is == type::null) {
        out.null = true;
        if (!f.has(flag::nullable))
            complain(out, "This field may not be null.");
        return out;
    }
    switch (f.type) {
    case kind::automatic:
    case kind::text:
    case kind::email:
    case kind::url:
    case kind::phone:
        check_text(f, value, out);
        break;
    case kind::integer:
        check_integer(f, value, out);
        break;
    case kind::decimal:
        check_decimal(f, value, out);
        break;
    case kind::boolean:
        check_boolean(f, value, out);
        break;
    case kind::choice:
        check_choice(f, value, out);
        break;
    case kind::date:
        check_date(value, out);
        break;
    case kind::time:
        check_time(value, out);
        break;
    case kind::timestamp:
        check_timestamp(value, out);
        break;
    case kind::id:
    case kind::reference:
        check_id(f, value, out);
        break;
    case kind::file:
    case kind::image:
        complain(out, "The submitted data was not a file. Check the encoding type on the form.");
        break;
    case kind::texts:
    case kind::json: // decode.cpp looks into them
        break;
    }
    return out;
}

} // namespace mvp::http
