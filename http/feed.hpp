// The live notification feed: GET /ws/notifications/ becomes a WebSocket that the caller's inbox writes to.
//
// A socket's frames wait in a bounded queue (SOCKET_QUEUE_BYTES; beyond it 4408), of which a replay
// fills half at a time. Pings, their answers, the
// caller's account and the end of a slow closing are looked after by the loop's sweep: a socket has no timer
// of its own.
#pragma once

#include "http/feed_admission.hpp"
#include "http/session.hpp"

#include <chrono>
#include <functional>

namespace mvp::http {

class loop_state;

struct feed_times {
    std::chrono::milliseconds ping{25'000};   ///< between pings
    std::chrono::milliseconds pong{10'000};   ///< for the answer
    std::chrono::milliseconds take{10'000};   ///< for the client to take a frame while its replay waits
    std::chrono::milliseconds recheck{2'000}; ///< how often the token and the account are judged again
    std::chrono::milliseconds close{2'000};   ///< for the client to answer a close frame
};

/// Takes the connection over: answers the upgrade and serves the socket until it ends; `left` is called then.
/// On the loop.
void start_feed(loop_state& on, tcp_socket socket, const request& call, feed_ticket ticket,
                std::function<void()> left, feed_times times = {});

} // namespace mvp::http
