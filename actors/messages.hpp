// Every message that crosses between actors, and the answers to `ask`. Plain structs: ids and a few fields,
// never a request. All stay inside this process; processes speak through PostgreSQL and Redis.
#pragma once

#include "storage/forum.hpp"
#include "storage/model/timestamp.hpp"
#include "storage/model/uuid.hpp"

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace mvp::actors {

/// A live socket as an inbox sees it (http/feed.cpp implements it). Any thread; calls hop to the socket's own
/// loop.
class feed_socket {
  public:
    virtual ~feed_socket() = default;
    /// Queues a text frame; `silent_capable` frames already carry what they need. Over the queue's bound the
    /// socket closes itself with 4408.
    virtual void send(std::shared_ptr<const std::string> frame) = 0;
    /// Asked before each frame of a replay: false while what waits would leave too little of the queue to
    /// live frames. The socket then tells the inbox when its client has taken all (inboxes::taken), or closes
    /// itself with 4408 if he takes nothing.
    virtual bool takes_more() = 0;
    virtual void close(std::uint16_t code, std::string reason) = 0;
};
using feed_socket_ptr = std::shared_ptr<feed_socket>;

// --- notification inbox: one a user, in each process where he is looked at
struct get_unread_count {};
struct unread_count {
    std::int64_t count = 0;
};
/// Marks these, or all, as read (or these as unread again). The answer says how many changed and what is
/// left.
struct mark_as_read {
    std::vector<uuid> ids{};
    bool all = false;
    bool read = true;
};
struct marked_as_read {
    std::int64_t changed = 0, found = 0, unread = 0; ///< `found`: ids that are the user's, read before or not
};
/// A socket joins: hello, then what it lacks since `since` (if given), then live.
struct attach_socket {
    feed_socket_ptr socket;
    bool resume = false;
    std::int64_t since = 0;
};
struct attached {}; ///< it will be served
struct detach_socket {
    feed_socket_ptr socket;
};
/// The client has taken what was replayed so far.
struct replay_taken {
    feed_socket_ptr socket;
};
/// There may be something new in PostgreSQL for this user (from the relay, or Redis' wake-up of another
/// process).
struct inbox_wake {
    bool all_read = false; ///< what was read was "all": the frame may say so
};
/// Everybody out: the user may not be here any more.
struct close_all_sockets {
    std::uint16_t code = 0;
    std::string reason{};
};

// --- thread moderator: one a thread, in each process where somebody writes to it. It also takes
// storage::forum::new_response and new_vote as they are.
struct change_status {
    storage::forum::thread_change what{};
};
/// The response that was added or voted on; empty for a change of the status.
using moderated = storage::forum::shown_response;

// --- book of views: one a process. It takes storage::forum::new_view.
struct stop_book {
    std::shared_ptr<std::promise<void>> stopped;
};

} // namespace mvp::actors
