// What OPTIONS answers of a path, with the name that clients of the original know.
#pragma once

#include "http/router.hpp"

#include <string>

namespace mvp::http {

/// "Car List", "Car Instance", "Mark as sold".
std::string view_name(const route& of);

std::string options_body(const route& of);

} // namespace mvp::http
