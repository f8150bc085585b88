// One connection to Redis, from connecting to its end; whoever wants another one makes a new object.
//
// Our own socket with hiredis' reader instead of hiredis' asynchronous context: the context frees itself
// inside callbacks, hands out null replies, aborts on pushes it does not know and has no deadlines; a reader
// is only a parser, and measured a little faster. Commands of one loop turn leave in one write. Used on its
// own loop only.
#pragma once

#include "storage/async.hpp"
#include "storage/redis/client.hpp"
#include "storage/redis/protocol.hpp"
#include "storage/suspend.hpp"
#include "storage/timer.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mvp::storage::redis {

struct connection_limits {
    std::chrono::milliseconds connect{1000}; ///< from the first packet to the first answer
    std::chrono::milliseconds command{1000}; ///< an answer that takes longer ends the connection
    std::size_t in_flight = 10'000;          ///< commands waiting for their answer
    std::size_t unsent_bytes = std::size_t{64} << 20;
};

class connection : public std::enable_shared_from_this<connection> {
  public:
    connection(net::io_context& io, address where, connection_limits limits);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Connects and enters (AUTH, SELECT) and is true once Redis has answered a ping. Call once.
    task<bool> open();

    /// Sends commands that append_command() wrote and waits for one answer each, in `into`. False: the
    /// connection is gone or full; whether Redis has executed them is then unknown.
    task<bool> exchange(std::string_view commands, std::span<reply> into);

    /// Sends without expecting answers here: they, and everything that Redis sends by itself, go to
    /// `on_push`.
    void send(std::string_view commands);
    std::function<void(reply&&)> on_push;

    /// Takes in what has arrived already.
    void poll();

    /// Ends it: waiting exchanges return false, wait_closed() returns. `why` is kept for the log.
    void close(std::string_view why);
    bool closed() const { return closed_; }
    const std::string& close_reason() const { return reason_; }
    task<> wait_closed();

  private:
    struct waiting {
        std::span<reply> into;
        std::size_t got = 0;
        bool* answered;
        std::chrono::steady_clock::time_point deadline;
        continuation resume;
    };
    /// Goes with the deadline's handler. A loop that is destroyed drops the handler unrun, and then those who
    /// wait must go too: their frames hold this connection, which holds them.
    struct abandon_waiting {
        std::shared_ptr<connection> of;
        explicit abandon_waiting(std::shared_ptr<connection> c) : of(std::move(c)) {}
        abandon_waiting(abandon_waiting&&) = default;
        ~abandon_waiting();
    };
    using socket = net::basic_stream_socket<net::generic::stream_protocol, executor>;

    task<bool> connect();
    task<bool> connect_to(net::generic::stream_protocol::endpoint to);
    task<bool> enter();
    void append(std::string_view commands);
    void flush();
    void wait_readable();
    void deliver(reply&& r);
    void watch_deadline();

    net::io_context& io_;
    const address where_;
    const connection_limits limits_;
    socket socket_;
    net::ip::basic_resolver<net::ip::tcp, executor> resolver_;
    timer deadline_, closing_;
    parser parser_;
    std::deque<waiting> waiting_;
    std::size_t awaited_ = 0; // answers that waiting_ lacks
    std::string out_;
    std::size_t sent_ = 0; // of out_
    bool flush_planned_ = false, watching_ = false, closed_ = false;
    std::string reason_;
};

} // namespace mvp::storage::redis
