// What a client accepts: JSON always, plain or indented.
#pragma once

#include <string>
#include <string_view>

namespace mvp::http {

struct negotiated {
    bool acceptable = true; ///< else 406
    int indent = 0;         ///< spaces a level, 1 to 8; 0: compact
};

/// Reads an Accept header; empty: anything. Acceptable is what admits application/json, or text/html (which
/// gets JSON).
negotiated negotiate(std::string_view accept);

/// Whether a page for people is wanted more than JSON: the quality of the most specific range counts, of what
/// cannot be read none.
bool prefers_html(std::string_view accept);

/// Compact JSON as json.dumps(indent=n) would write it.
std::string indent_json(std::string_view compact, int spaces);

} // namespace mvp::http
