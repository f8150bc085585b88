// What the connections of one loop share: its clock, counters, log lines, request ids, and the list of
// connections whose deadlines one timer looks after.
#pragma once

#include "http/access_log.hpp"
#include "http/body_budget.hpp"
#include "http/clock.hpp"
#include "http/dispatcher.hpp"
#include "http/limits.hpp"
#include "http/metrics.hpp"
#include "http/spare_buffers.hpp"
#include "storage/loop.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace mvp::http {

/// Something with a deadline on a loop: an HTTP connection or a WebSocket.
class connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    using steady = std::chrono::steady_clock;
    virtual ~connection() = default;
    /// Called a few times a second, on the loop.
    virtual void check(steady::time_point now) = 0;
    /// The server stops: end when the present request is answered. On the loop.
    virtual void stop_soon() = 0;
    /// The time for that is over.
    virtual void stop_now() = 0;
};

class loop_state {
  public:
    loop_state(loop& on, const dispatcher& dispatch, const limits& bounds, metrics& all, access_log& log,
               std::shared_ptr<body_budget> bodies);

    loop& on;
    const dispatcher& dispatch;
    const limits& bounds;
    request_counters& counters;
    const std::size_t other_route; ///< place in the counters of what matched no route
    access_lines log;
    clock now;
    spare_buffers buffers;
    const std::shared_ptr<body_budget> bodies; ///< of the process
    boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>> connections;
    bool stopping = false;

    /// Sets `call.request_id`: the caller's own if it may stand in headers and logs, else a new one.
    void name(request& call);
    /// For an answer without a request. Valid until the next one is named.
    std::string_view new_request_id();

  private:
    std::uint64_t id_base_, id_count_ = 0;
    std::array<char, 16> id_text_;
};

} // namespace mvp::http
