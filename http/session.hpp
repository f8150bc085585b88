// One HTTP/1.1 connection: reads requests, also several at once, has them answered in order, and writes what
// is ready in one go. All its deadlines are one time point that the loop's sweep compares.
#pragma once

#include "storage/async.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>

namespace mvp::http {

class loop_state;

using tcp_socket = net::basic_stream_socket<net::ip::tcp, executor>;

/// Serves the connection until it ends; `left` is called then. On the loop.
void start_session(loop_state& on, tcp_socket socket, std::function<void()> left);

} // namespace mvp::http
