// Who may include whom, and a few habits of the code, as data: what DESIGN calls the walls of the house.
// Pure; the tests apply it to every source file of the repository.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mvp::architecture {

/// What is wrong with a file, one "path:line: sentence" each. `path` is relative to the root of the
/// repository.
std::vector<std::string> violations(std::string_view path, std::string_view content);

} // namespace mvp::architecture
