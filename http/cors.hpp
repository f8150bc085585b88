// Which web pages of other origins may use the API (CORS_ALLOWED_ORIGINS).
#pragma once

#include "http/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mvp::http {

class cors {
  public:
    /// Origins such as "http://localhost:3000", which are echoed and may send credentials; "*": any, without
    /// credentials.
    explicit cors(std::vector<std::string> origins);

    /// An OPTIONS request with Origin and Access-Control-Request-Method.
    static bool is_preflight(const request& call);
    bool allows(std::string_view origin) const;
    /// Appends the header lines that answer this Origin; nothing for one that is not allowed.
    void append_headers(std::string& out, std::string_view origin) const;
    /// The lines that a preflight's answer to an allowed origin has besides.
    static std::string_view preflight_lines();

  private:
    std::vector<std::string> origins_;
    bool any_ = false;
};

} // namespace mvp::http
