// The files of /api/docs/, as they are in the program.
#pragma once

#include <span>
#include <string_view>

namespace mvp::http {

struct docs_asset {
    std::string_view name, content_type, bytes;
};
/// The page itself is the first.
std::span<const docs_asset> docs_assets();

} // namespace mvp::http
