// The rows of the table of settings, for those who walk over it: load, describe and the README's test.
#pragma once

#include "config/parse.hpp"

#include <functional>
#include <span>

namespace mvp::config {

struct entry {
    std::string_view name; ///< the variable; the file's key is the same in lower case
    std::string_view fallback;
    std::string_view help;
    std::function<parsed<void>(settings&, std::string_view)> set;
    enum class shown { plainly, as_url, never } show = shown::plainly; ///< as_url: without its password
};

std::span<const entry> table();

} // namespace mvp::config
