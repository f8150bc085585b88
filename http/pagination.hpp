// Pages of lists: which one is asked for, and the links to its neighbours.
#pragma once

#include "http/request.hpp"
#include "storage/model/error.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace mvp::http {

inline constexpr int usual_page_size = 20, largest_page_size = 100;

struct page_request {
    std::int64_t number = 1;
    bool last = false; ///< "page=last": `number` is known once the rows are counted
    int size = usual_page_size;

    std::int64_t offset() const { return (number - 1) * size; }
};

/// errc::not_found "Invalid page." if `page` is no positive number.
result<page_request> read_page(const query_parameters& query);

/// How many pages there are; the first exists also without any row.
std::int64_t page_count(std::int64_t rows, int size);

/// {"count":…,"next":…,"previous":…,"results":<results>}. errc::not_found "Invalid page." if it is beyond the
/// last.
result<std::string> page_body(const request& r, const page_request& page, std::int64_t count,
                              std::string_view results);

/// The request's URL with `page` set to that number (without it for page 1), parameters sorted by name.
std::string page_link(const request& r, std::int64_t number);

} // namespace mvp::http
