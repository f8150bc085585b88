// One operation of the OpenAPI document: its parameters, bodies and answers.
#pragma once

#include "http/openapi_schemas.hpp"
#include "http/router.hpp"

namespace mvp::http {

/// Writes one as the next value; components that it refers to go into `book`.
void write_operation(json_writer& w, schema_book& book, const route& r, verb method, const doc::operation& o,
                     std::string_view tag);

} // namespace mvp::http
