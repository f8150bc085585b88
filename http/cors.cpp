#include "http/cors.hpp"

#include <algorithm>

namespace mvp::http {

cors::cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
    any_ = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
}

bool cors::is_preflight(const request& call) {
    return call.method == verb::options && !call.known.origin.empty() &&
           !call.header("access-control-request-method").empty();
}

bool cors::allows(std::string_view origin) const {
    return any_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

void cors::append_headers(std::string& out, std::string_view origin) const {
    if (std::find(origins_.begin(), origins_.end(), origin) != origins_.end()) {
        out.append("Access-Control-Allow-Origin: ").append(origin);
        out += "\r\nAccess-Control-Allow-Credentials: true\r\n";
    } else if (any_) {
        out += "Access-Control-Allow-Origin: *\r\n";
    }
}

std::string_view cors::preflight_lines() {
    return "Access-Control-Allow-Headers: accept, authorization, content-type, user-agent, x-csrftoken, "
           "x-requested-with, authorization\r\n"
           "Access-Control-Allow-Methods: DELETE, GET, OPTIONS, PATCH, POST, PUT\r\n"
           "Access-Control-Max-Age: 86400\r\n";
}

} // namespace mvp::http
