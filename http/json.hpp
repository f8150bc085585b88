// JSON that clients send: simdjson's on-demand parser walked to the end of every value, numbers kept as they
// were sent, so that big integers survive; what is no JSON gets the sentence that Python's
// parser would say, which clients know.
#pragma once

#include "storage/model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::http {

struct json_value {
    enum class type : std::uint8_t { null, boolean, integer, number, string, array, object };
    type is = type::null;
    /// string: its characters (half a surrogate pair as three bytes); numbers: as sent; else
    /// "true"…
    std::string text{};
    std::vector<json_value> items{}; ///< an array's items, an object's values
    std::vector<std::string> keys{}; ///< an object's keys, one for each value

    /// The value of that key (of several, the last); null if there is none.
    const json_value* find(std::string_view key) const;
    /// What Python calls the type: "list", "str", "int", "float", "bool", "dict", "NoneType".
    std::string_view type_name() const;
};

/// How many values, nested ones and the whole included, one text may have. Each takes a hundred bytes,
/// however short it is: without a bound a body of 2 MiB would take 90. The largest that clients send have
/// some hundred.
inline constexpr std::size_t most_json_values = 10'000;

/// errc::bad_request "JSON parse error - …" if it is no JSON, nests deeper than 100, has more than
/// most_json_values, or is no UTF-8.
result<json_value> parse_json(std::string_view text);

/// The value as Python's str() shows it: some error texts quote it so.
std::string python_text(const json_value& value);

/// The first half of a surrogate pair without the second, or the reverse: 0xD800…0xDFFF; 0 if there is none.
unsigned find_surrogate(std::string_view text);

/// A number as Python's float shows it: "7.0", "1e+20".
std::string python_float(double value);

/// What Python's JSON parser and UTF-8 decoder say about `text`; empty if they find nothing wrong.
std::string python_complaint(std::string_view text);

} // namespace mvp::http
