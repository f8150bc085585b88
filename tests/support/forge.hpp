// Access tokens of every wrong kind, signed (or mis-signed) with the server's key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mvp::test {

/// `name` as in the recording ("EXPIRED", "ALG_NONE", …); nothing for an unknown one.
std::optional<std::string> forged(std::string_view name, std::string_view user_id, std::string_view key);

} // namespace mvp::test
