// What clients say on the live feed.
#pragma once

#include "storage/model/error.hpp"
#include "storage/model/uuid.hpp"

#include <string_view>
#include <vector>

namespace mvp::http {

struct feed_message {
    enum class type { mark_as_read, mark_all_as_read, ping } is = type::ping;
    std::vector<uuid> ids; ///< mark_as_read; what is no UUID is nobody's id and left out
};

/// errc::bad_request with a sentence for what is no known message.
result<feed_message> read_feed_message(std::string_view text);

} // namespace mvp::http
