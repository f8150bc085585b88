// Writes texts as JSON: UTF-8 stays as it is, only what must be escaped is, and U+2028/2029 as the clients
// know it.
#pragma once

#include <string>
#include <string_view>

namespace mvp {

/// Appends `text` with quotes around it. `text` must be valid UTF-8.
void append_json_text(std::string& out, std::string_view text);

/// The same as a value.
std::string json_text(std::string_view text);

} // namespace mvp
