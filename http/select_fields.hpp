// ?fields=id,title: only these keys of the rows that an answer shows. Works on finished bytes, so that
// handlers know nothing of it and what is cached stays whole.
#pragma once

#include <string>
#include <string_view>

namespace mvp::http {

/// `json` as the server writes it (compact) with the keys in `wanted` (separated by commas) only: of the
/// object, of each object of an array, of each of a page's results. Names that an object does not have are
/// ignored; if none remains, it stays as it is.
std::string select_fields(std::string_view json, std::string_view wanted);

} // namespace mvp::http
