// The live feed's frames, server to client, as text: one JSON object each. Pure.
#pragma once

#include "storage/notifications.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mvp::actors {

using frame = std::shared_ptr<const std::string>;

frame hello_frame(std::int64_t seq, std::int64_t unread);
frame reset_frame(std::int64_t seq, std::int64_t unread);
/// `replayed`: it was made before the socket came. `silent`: it is the user's quiet hours.
frame notification_frame(const storage::notification& n, std::int64_t unread, bool replayed, bool silent);
frame read_frame(const std::vector<uuid>& ids, std::int64_t unread);
frame all_read_frame(std::int64_t unread);

} // namespace mvp::actors
