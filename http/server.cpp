#include "http/server.hpp"

#include "http/loop_state.hpp"
#include "http/session.hpp"
#include "storage/log.hpp"
#include "storage/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <charconv>
#include <future>
#include <stdexcept>
#include <thread>

namespace mvp::http {

namespace {

using acceptor = net::basic_socket_acceptor<net::ip::tcp, executor>;
using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, executor>;
using reuse_port = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr net::as_tuple_t<net::use_awaitable_t<executor>> as_result{use_task};

std::string too_many_connections(std::string_view request_id) {
    constexpr std::string_view body = R"({"detail":"Service temporarily unavailable."})";
    return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\nRetry-After: 1\r\nX-Request-Id: " + std::string(request_id) +
           "\r\nConnection: close\r\n\r\n" + std::string(body);
}

/// How often deadlines are looked at: a tenth of the shortest, so that tests may have short ones.
std::chrono::milliseconds sweep_period(const limits& bounds) {
    const auto shortest = std::min({bounds.head_time, bounds.body_time, bounds.idle_time, bounds.write_time});
    return std::clamp(shortest / 10, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

acceptor bound(loop& on, const net::ip::tcp::endpoint& where) {
    acceptor made(on.io);
    made.open(where.protocol());
    made.set_option(net::socket_base::reuse_address(true));
    made.set_option(reuse_port(true));
    made.bind(where);
    made.listen(4096);
    return made;
}

} // namespace

struct listening_sockets::acceptors {
    std::vector<acceptor> of_loops;
};

listening_sockets::listening_sockets(loops& all, const std::string& where)
    : all_(std::make_unique<acceptors>()) {
    const auto colon = where.rfind(':');
    const bool six = where.starts_with('[');
    const auto address = six ? where.substr(1, colon - 2) : where.substr(0, colon);
    std::from_chars(where.data() + colon + 1, where.data() + where.size(), port_);
    try {
        for (std::size_t i = 0; i < all.size(); ++i) {
            all_->of_loops.push_back(bound(all[i], {net::ip::make_address(address), port_}));
            port_ = all_->of_loops.back().local_endpoint().port();
        }
    } catch (const boost::system::system_error& e) {
        throw std::runtime_error("cannot listen on " + where + ": " + e.code().message());
    }
}

listening_sockets::listening_sockets(listening_sockets&&) noexcept = default;
listening_sockets::~listening_sockets() = default;

/// One loop's part of the server.
class server::listener {
  public:
    listener(server& of, loop& on, acceptor listening, metrics& counts)
        : of_(of), state_(on, of.dispatch_, of.options_.bounds, counts, of.log_, of.bodies_),
          acceptor_(std::move(listening)), sweep_(on.io) {}

    void start() {
        net::co_spawn(state_.on.io, accept(), net::detached);
        net::co_spawn(state_.on.io, sweep(), net::detached);
    }

    /// On the loop.
    void stop_soon() {
        state_.stopping = true;
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        each([](connection& c) { c.stop_soon(); });
    }
    void stop_now() {
        each([](connection& c) { c.stop_now(); });
    }
    void end() {
        sweep_.cancel();
        state_.log.flush();
    }
    loop& on() { return state_.on; }

  private:
    task<> accept() {
        while (acceptor_.is_open()) {
            auto [wrong, socket] = co_await acceptor_.async_accept(as_result);
            if (!acceptor_.is_open())
                break;
            if (wrong) { // no descriptors left, or a client that gave up: do not spin
                timer pause(state_.on.io, std::chrono::milliseconds(10));
                co_await pause.async_wait(as_result);
                continue;
            }
            take(std::move(socket));
        }
    }

    void take(tcp_socket socket) {
        auto count = of_.connections_;
        if (count->fetch_add(1, std::memory_order_relaxed) >= of_.options_.bounds.connections) {
            boost::system::error_code ignored;
            socket.non_blocking(true, ignored);
            socket.write_some(net::buffer(too_many_connections(state_.new_request_id())), ignored);
            count->fetch_sub(1, std::memory_order_relaxed);
            return;
        }
        start_session(state_, std::move(socket), [count] { count->fetch_sub(1, std::memory_order_relaxed); });
    }

    task<> sweep() {
        const auto period = sweep_period(state_.bounds);
        for (;;) {
            sweep_.expires_after(period);
            if (auto [cancelled] = co_await sweep_.async_wait(as_result); cancelled)
                break;
            const auto now = connection::steady::now();
            each([now](connection& c) { c.check(now); });
            state_.log.flush();
        }
    }

    /// `f` may end the connection that it is given.
    void each(auto f) {
        for (auto at = state_.connections.begin(); at != state_.connections.end();)
            f(*at++);
    }

    server& of_;
    loop_state state_;
    acceptor acceptor_;
    timer sweep_;
};

server::server(loops& all, listening_sockets sockets, services& with, metrics& counts,
               std::span<const std::span<const route>> routes, server_options options)
    : all_(all), routes_(routes), options_(std::move(options)), dispatch_(routes_, with, options_.dispatch),
      log_(options_.log), bodies_(std::make_shared<body_budget>(options_.bounds.held_bytes)) {
    std::vector<std::string> templates;
    for (const auto& each : routes_.resources())
        templates.emplace_back(each->path);
    counts.use_routes(std::move(templates), all.size());
    counts.gauge("http_connections", "Open connections, WebSockets included.",
                 [this] { return static_cast<double>(connections()); });
    counts.gauge("http_body_bytes", "Memory of request bodies in flight, without the first 16 KiB of each.",
                 [this] { return static_cast<double>(bodies_->taken()); });
    counts.counter("http_log_lines_dropped_total", "Lines of the access log that were dropped.",
                   [this] { return static_cast<double>(log_.dropped()); });
    port_ = sockets.port();
    for (std::size_t i = 0; i < all.size(); ++i)
        listeners_.push_back(
            std::make_unique<listener>(*this, all[i], std::move(sockets.all_->of_loops[i]), counts));
}

server::~server() = default;

void server::start() {
    for (auto& each : listeners_)
        net::post(each->on().io, [&each] { each->start(); });
}

void server::stop() {
    auto everywhere = [this](void (listener::*what)()) {
        std::vector<std::future<void>> done;
        for (auto& each : listeners_) {
            auto told = std::make_shared<std::promise<void>>();
            done.push_back(told->get_future());
            net::post(each->on().io, [&each, what, told] {
                ((*each).*what)();
                told->set_value();
            });
        }
        for (auto& each : done)
            each.wait();
    };
    auto wait_for_none = [this](std::chrono::milliseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        while (connections() > 0 && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return connections() == 0;
    };
    everywhere(&listener::stop_soon);
    if (!wait_for_none(options_.bounds.stop_time)) {
        log::warn("{} connections did not end in time", connections());
        everywhere(&listener::stop_now);
        wait_for_none(std::chrono::milliseconds(1000)); // a handler that still waits is left behind
    }
    everywhere(&listener::end);
}

} // namespace mvp::http
