// Listens on every loop (the kernel spreads connections over them), bounds how many there are, looks after
// their deadlines, and stops in order.
#pragma once

#include "http/access_log.hpp"
#include "http/body_budget.hpp"
#include "http/dispatcher.hpp"
#include "http/limits.hpp"
#include "http/metrics.hpp"
#include "storage/async.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mvp {
class loops;
}

namespace mvp::http {

/// The sockets that listen, one a loop. Had before anything else is made: who cannot have his address finds
/// out before there is much to undo.
class listening_sockets {
  public:
    /// `where`: "127.0.0.1:8000", "[::1]:8000"; port 0: any free one. Throws std::runtime_error, which names
    /// it, when it cannot be had.
    listening_sockets(loops& all, const std::string& where);
    listening_sockets(listening_sockets&&) noexcept;
    ~listening_sockets();
    std::uint16_t port() const { return port_; }

  private:
    friend class server;
    struct acceptors;
    std::unique_ptr<acceptors> all_;
    std::uint16_t port_ = 0;
};

struct server_options {
    limits bounds;
    dispatcher::options dispatch;
    access_log_options log;
};

class server {
  public:
    /// Takes the sockets over. Throws std::logic_error for contradicting routes.
    server(loops& all, listening_sockets sockets, services& with, metrics& counts,
           std::span<const std::span<const route>> routes, server_options options);
    /// After the loops were joined.
    ~server();

    /// Accepts from now on. The loops must run.
    void start();
    /// Stops accepting, closes idle connections, gives requests in flight bounds.stop_time, then closes what
    /// is left. Call from a thread that is no loop; returns when no connection is left.
    void stop();

    std::uint16_t port() const { return port_; }
    std::size_t connections() const { return connections_->load(std::memory_order_relaxed); }

  private:
    class listener;
    loops& all_;
    route_tree routes_;
    const server_options options_;
    dispatcher dispatch_;
    access_log log_;
    /// Shared with the connections: one whose handler never ended is only destroyed with its loop.
    std::shared_ptr<std::atomic<std::size_t>> connections_ = std::make_shared<std::atomic<std::size_t>>(0);
    std::shared_ptr<body_budget> bodies_; ///< shared in the same way
    std::uint16_t port_ = 0;
    std::vector<std::unique_ptr<listener>> listeners_;
};

} // namespace mvp::http
