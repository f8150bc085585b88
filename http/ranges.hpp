// Which part of a file a client gets, and whether it has it already.
#pragma once

#include "http/request.hpp"
#include "storage/media/store.hpp"

#include <cstdint>
#include <string>

namespace mvp::http {

struct file_part {
    int status = 200; ///< 200, 206, 304 or 416
    std::uint64_t first = 0, length = 0;
    std::string etag, content_range; ///< content_range: for 206 and 416
};

/// Reads If-None-Match, If-Modified-Since, Range and If-Range. One range; of several, or in other units, the
/// whole file.
file_part choose_part(const request& call, std::uint64_t size, std::chrono::sys_seconds modified);

} // namespace mvp::http
