// The OpenAPI 3.1 document, made from the routes' own tables and the tables of fields that they name.
#pragma once

#include "http/router.hpp"

#include <string>
#include <vector>

namespace mvp::http {

/// The document of these routes, as JSON. Throws std::logic_error when a method has no description.
std::string openapi_document(std::span<const std::span<const route>> tables);
/// That of all_routes(), made at the first call.
const std::string& openapi_document();

/// "GET /api/cars/" of each method that has a handler but no description (or a description but no handler).
std::vector<std::string> undescribed(std::span<const std::span<const route>> tables);
/// "GET /api/cars/" of each answer whose shape has no name (http/api/shapes.cpp).
std::vector<std::string> nameless(std::span<const std::span<const route>> tables);

/// "/media/{path*}" as OpenAPI writes it: "/media/{path}".
std::string openapi_path(std::string_view path);

/// A name for generated clients: "cars_list", "cars_partial_update", "cars_mark_as_sold".
std::string operation_id(const route& of, verb method);

} // namespace mvp::http
