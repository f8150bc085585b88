// JSON in and out. In: simdjson's on-demand parser walked to the end of every value, numbers kept as they
// were sent, so that big integers and exact decimals survive; what is no JSON gets the sentence that Python's
// parser would say, which clients know. Out: compact, UTF-8 as it is.
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
    /// string: its characters (a lone surrogate as three bytes, see has_surrogate()); numbers: as sent; else
    /// "true"…
    std::string text{};
    std::vector<json_value> items{}; ///< an array's items, an object's values
    std::vector<std::string> keys{}; ///< an object's keys, one for each value

    /// The value of that key (of several, the last); null if there is none.
    const json_value* find(std::string_view key) const;
    /// What Python calls the type: "list", "str", "int", "float", "bool", "dict", "NoneType".
    std::string_view type_name() const;
};

/// errc::bad_request "JSON parse error - …" if it is no JSON, nests deeper than 100, or is no UTF-8.
result<json_value> parse_json(std::string_view text);

/// The value as Python's str() shows it: some error texts quote it so.
std::string python_text(const json_value& value);

/// The first half of a surrogate pair without the second, or the reverse: 0xD800…0xDFFF; 0 if there is none.
unsigned find_surrogate(std::string_view text);

/// `text` in quotes, escaped.
void append_json_string(std::string& out, std::string_view text);

/// Invalid UTF-8 becomes U+FFFD, as Django does with forms and query strings.
std::string valid_utf8(std::string text);

} // namespace mvp::http
