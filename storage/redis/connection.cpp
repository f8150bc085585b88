#include "storage/redis/connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>

#include <fmt/format.h>

namespace mvp::storage::redis {
namespace {

using clock = std::chrono::steady_clock;
using error_code = boost::system::error_code;

constexpr std::size_t kept_capacity = std::size_t{1} << 20; // a burst's memory is given back

} // namespace

connection::connection(net::io_context& io, address where, connection_limits limits)
    : io_(io), where_(std::move(where)), limits_(limits), socket_(io.get_executor()),
      resolver_(io.get_executor()), deadline_(io.get_executor()),
      closing_(io.get_executor(), timer::time_point::max()) {}

// --- opening
// --------------------------------------------------------------------------------------------------------

task<bool> connection::open() {
    auto self = shared_from_this();
    timer limit(io_.get_executor(), limits_.connect);
    limit.async_wait([weak = weak_from_this()](error_code ec) {
        auto self = weak.lock();
        if (!ec && self)
            self->close("not connected in time");
    });
    const bool open = co_await connect() && co_await enter();
    if (!open)
        close("cannot connect");
    co_return open;
}

task<bool> connection::connect_to(net::generic::stream_protocol::endpoint to) {
    error_code ec;
    co_await socket_.async_connect(to, net::redirect_error(use_task, ec));
    if (closed_)
        co_return false;
    if (ec) {
        close(ec.message());
        co_return false;
    }
    socket_.non_blocking(true, ec);
    if (where_.unix_path.empty())
        socket_.set_option(net::ip::tcp::no_delay(true), ec);
    wait_readable();
    co_return true;
}

task<bool> connection::connect() {
    if (!where_.unix_path.empty())
        co_return co_await connect_to(net::local::stream_protocol::endpoint(where_.unix_path));
    error_code ec;
    const auto numeric = net::ip::make_address(where_.host, ec);
    if (!ec) {
        const auto port = static_cast<std::uint16_t>(std::stoi(where_.port));
        co_return co_await connect_to(net::ip::tcp::endpoint(numeric, port));
    }
    const auto found =
        co_await resolver_.async_resolve(where_.host, where_.port, net::redirect_error(use_task, ec));
    if (ec || found.empty() || closed_) {
        close(ec.message());
        co_return false;
    }
    co_return co_await connect_to(found.begin()->endpoint());
}

task<bool> connection::enter() {
    std::string commands;
    std::size_t count = 1;
    const auto add = [&commands](std::initializer_list<std::string_view> arguments) {
        append_command(commands, std::span(arguments.begin(), arguments.size()));
    };
    if (!where_.password.empty()) {
        if (where_.user.empty())
            add({"AUTH", where_.password});
        else
            add({"AUTH", where_.user, where_.password});
        ++count;
    }
    if (where_.database != 0) {
        add({"SELECT", std::to_string(where_.database)});
        ++count;
    }
    add({"PING"});
    std::vector<reply> answers(count);
    if (!co_await exchange(commands, answers))
        co_return false;
    for (const auto& a : answers) {
        if (a.type == reply::kind::error) {
            close(a.text);
            co_return false;
        }
    }
    co_return true;
}

// --- sending
// --------------------------------------------------------------------------------------------------------

task<bool> connection::exchange(std::string_view commands, std::span<reply> into) {
    if (closed_ || awaited_ + into.size() > limits_.in_flight ||
        out_.size() + commands.size() > limits_.unsent_bytes)
        co_return false;
    auto self = shared_from_this();
    bool answered = false;
    append(commands);
    awaited_ += into.size();
    co_await suspend([&](continuation resume) {
        waiting_.push_back({into, 0, &answered, clock::now() + limits_.command, std::move(resume)});
        if (!watching_)
            watch_deadline();
    });
    co_return answered;
}

void connection::send(std::string_view commands) {
    if (!closed_)
        append(commands);
}

void connection::append(std::string_view commands) {
    out_ += commands;
    if (flush_planned_)
        return;
    flush_planned_ = true; // everything else that this turn of the loop sends joins the same write
    net::defer(io_, [self = shared_from_this()] { self->flush(); });
}

void connection::flush() {
    if (closed_)
        return;
    error_code ec;
    const auto rest = net::buffer(out_.data() + sent_, out_.size() - sent_);
    sent_ += socket_.write_some(rest, ec);
    if (ec && ec != net::error::would_block)
        return close(ec.message());
    if (sent_ < out_.size()) {
        socket_.async_wait(socket::wait_write, [self = shared_from_this()](error_code failed) {
            if (!failed)
                self->flush();
        });
        return;
    }
    out_.clear();
    if (out_.capacity() > kept_capacity)
        out_.shrink_to_fit();
    sent_ = 0;
    flush_planned_ = false;
}

// --- receiving
// ------------------------------------------------------------------------------------------------------

void connection::wait_readable() {
    socket_.async_wait(socket::wait_read, [self = shared_from_this()](error_code ec) {
        if (ec || self->closed_)
            return;
        self->poll();
        if (!self->closed_)
            self->wait_readable();
    });
}

void connection::poll() {
    auto self = shared_from_this();
    thread_local char bytes[65536]; // empty again before anybody else runs
    while (!closed_) {
        error_code ec;
        const auto size = socket_.read_some(net::buffer(bytes), ec);
        if (ec == net::error::would_block)
            return;
        if (ec)
            return close(ec.message());
        parser_.feed(bytes, size);
        reply r;
        while (!closed_ && parser_.next(r))
            deliver(std::move(r));
        if (!closed_ && parser_.broken())
            return close("answer is not RESP");
        if (size < sizeof bytes)
            return;
    }
}

void connection::deliver(reply&& r) {
    if (waiting_.empty()) {
        if (on_push)
            return on_push(std::move(r));
        return close("answer to no question");
    }
    auto& first = waiting_.front();
    first.into[first.got++] = std::move(r);
    --awaited_;
    if (first.got < first.into.size())
        return;
    *first.answered = true;
    auto resume = std::move(first.resume);
    waiting_.pop_front();
    resume.run();
}

// --- the end
// --------------------------------------------------------------------------------------------------------

void connection::watch_deadline() {
    watching_ = !waiting_.empty();
    if (!watching_)
        return;
    if (waiting_.front().deadline <= clock::now())
        return close("no answer in time");
    deadline_.expires_at(waiting_.front().deadline);
    deadline_.async_wait([all = abandon_waiting(shared_from_this())](error_code ec) mutable {
        const auto self = std::move(all.of);
        if (!ec && !self->closed_)
            self->watch_deadline();
    });
}

connection::abandon_waiting::~abandon_waiting() {
    if (of)
        std::exchange(of->waiting_, {}).clear();
}

void connection::close(std::string_view why) {
    if (closed_)
        return;
    closed_ = true;
    reason_ = why;
    error_code ignored;
    socket_.close(ignored);
    resolver_.cancel();
    deadline_.cancel();
    closing_.cancel();
    for (auto& w : std::exchange(waiting_, {}))
        w.resume.post();
}

task<> connection::wait_closed() {
    auto self = shared_from_this();
    error_code ec;
    if (!closed_)
        co_await closing_.async_wait(net::redirect_error(use_task, ec));
}

} // namespace mvp::storage::redis
