// Does an answer say what was recorded? Ids, times, tokens, hosts and stored file names may differ, nothing
// else.
#pragma once

#include "tests/support/http_client.hpp"

#include <optional>
#include <string>

namespace mvp::replay {

namespace json = boost::json;

/// Ids, times, tokens, hosts and stored file names replaced by "<id>", "<time>", ….
std::string normalised(std::string_view text);

/// The first difference, as "results.0.price: …"; nothing when they agree. `line` carries the options of the
/// recording (compare, ignore, superset); `resolve` puts saved variables into recorded texts.
std::optional<std::string> difference(const json::object& line, const test::reply& got);

/// For a line that the original answered wrongly: does the answer have what `expected` asks?
std::optional<std::string> unexpected(const json::object& expected, const test::reply& got);

} // namespace mvp::replay
