// Turns a handler's response into bytes: validators, indentation, the headers that every answer has.
#pragma once

#include "http/clock.hpp"
#include "http/cors.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/route_tree.hpp"

#include <string>
#include <string_view>

namespace mvp::http {

/// A strong validator for `bytes`, with its quotes.
std::string etag_of(std::string_view bytes);

/// Whether an If-None-Match header names this validator.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

/// What the answer is to.
struct answered {
    const request& call;
    const resource* to = nullptr; ///< null: no route
    int indent = 0;               ///< as negotiated
    bool keep_alive = true;
    bool http_1_0 = false;
    bool preflight = false;
};

/// Indents, computes the validator of a GET's body, and makes the response a 304 if the client has it
/// already. The value is the body to send (empty for HEAD); `length` its length as announced.
struct finished_body {
    std::string_view bytes;
    std::uint64_t length = 0;
    std::string_view etag;
};
finished_body finish_body(const answered& what, response& r);

/// The status line and all headers. `etag` and `length` come from finish_body().
void append_head(std::string& out, const answered& what, const response& r, std::uint64_t length,
                 std::string_view etag, const clock& now, const cors& origins);

} // namespace mvp::http
