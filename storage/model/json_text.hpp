// Writes texts as JSON: UTF-8 stays as it is, only what must be escaped is, and U+2028/2029 as the clients
// know it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mvp {

/// Appends `text` with quotes around it. `text` must be valid UTF-8.
void append_json_text(std::string& out, std::string_view text);

/// The same as a value.
std::string json_text(std::string_view text);

/// The reverse: appends what stands from `at` (behind the opening quote) to the closing quote, and moves `at`
/// behind that. Half a surrogate pair becomes three bytes as if it were a character. False if there is no end
/// or a wrong escape.
bool read_json_text(std::string_view json, std::size_t& at, std::string& out);

} // namespace mvp
