#include "http/wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>

namespace mvp::http {

namespace {

constexpr net::as_tuple_t<net::use_awaitable_t<executor>> as_result{use_task};
constexpr std::size_t first_buffer = 4096;
constexpr std::size_t body_buffer = 64 * 1024;
constexpr std::size_t copied_body = 32 * 1024; ///< larger bodies are written from where they are

} // namespace

wire::wire(tcp_socket socket, const limits& bounds, spare_buffers& buffers)
    : socket_(std::move(socket)), bounds_(bounds), buffers_(buffers), input_(first_buffer, '\0') {
    boost::system::error_code gone;
    socket_.non_blocking(true, gone);
    socket_.set_option(net::ip::tcp::no_delay(true), gone);
}

net::ip::address wire::remote_address() const {
    boost::system::error_code gone;
    return socket_.remote_endpoint(gone).address();
}

void wire::cut() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void wire::give_up() {
    cut();
    connected_ = false;
}

tcp_socket wire::hand_over() {
    connected_ = false;
    return std::move(socket_);
}

void wire::begin_spill() {
    spill_.assign(unread());
    spill_begin_ = 0;
    spill_end_ = spill_.size();
    begin_ = end_;
}

void wire::reclaim_spill() {
    input_.assign(spill_, spill_begin_, spill_end_ - spill_begin_);
    begin_ = 0;
    end_ = input_.size();
    input_.resize(std::max(end_, first_buffer));
    spill_ = std::string();
    spill_begin_ = spill_end_ = 0;
}

void wire::put_body(std::string_view bytes) {
    if (bytes.size() <= copied_body)
        output_.append(bytes);
    else
        held_ = bytes;
}

void wire::release_memory() {
    if (input_.size() > first_buffer) {
        input_.resize(first_buffer);
        input_.shrink_to_fit();
    }
}

task<> wire::read_more() {
    if (begin_ > 0) {
        std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
        end_ -= std::exchange(begin_, 0);
    }
    if (input_.size() - end_ < first_buffer / 4)
        input_.resize(input_.size() * 2);
    idle_ = end_ == 0;
    const auto [wrong, n] =
        co_await socket_.async_read_some(net::buffer(input_.data() + end_, input_.size() - end_), as_result);
    idle_ = false;
    end_ += n;
    connected_ = connected_ && !wrong;
}

task<std::size_t> wire::read_spill() {
    if (!connected_)
        co_return 0;
    spill_.erase(0, std::exchange(spill_begin_, 0));
    spill_end_ = spill_.size();
    spill_.shrink_to_fit(); // a connection that waits for its client keeps nothing large
    for (;;) {
        auto [wrong] = co_await socket_.async_wait(net::socket_base::wait_read, as_result);
        std::size_t n = 0;
        if (!wrong) {
            spill_.resize(spill_end_ + body_buffer);
            n = socket_.read_some(net::buffer(spill_.data() + spill_end_, body_buffer), wrong);
            spill_.resize(spill_end_ + n);
        }
        if (wrong == net::error::would_block)
            continue;
        spill_end_ += n;
        connected_ = connected_ && !wrong;
        co_return n;
    }
}

task<> wire::write_out() {
    std::array<std::string_view, 2> rest{output_, held_};
    bool waited = false;
    while (connected_ && rest[0].size() + rest[1].size() > 0) {
        const std::array buffers{net::const_buffer(rest[0].data(), rest[0].size()),
                                 net::const_buffer(rest[1].data(), rest[1].size())};
        boost::system::error_code wrong;
        // Does not block: nearly always all of it goes at once. One buffer is cheaper to send than a list of
        // two.
        auto written =
            rest[1].empty() ? socket_.write_some(buffers[0], wrong) : socket_.write_some(buffers, wrong);
        if (wrong == net::error::would_block) {
            if (!std::exchange(waited, true))
                allow(bounds_.write_time);
            std::tie(wrong) = co_await socket_.async_wait(net::socket_base::wait_write, as_result);
            written = 0;
        }
        if (wrong)
            connected_ = false;
        for (auto& part : rest) {
            const auto n = std::min(part.size(), written);
            part.remove_prefix(n);
            written -= n;
        }
    }
    buffers_.give(std::move(output_));
    held_ = {};
}

task<> wire::end_in_order() {
    co_await write_out();
    boost::system::error_code ignored;
    socket_.shutdown(net::socket_base::shutdown_send, ignored);
    allow(bounds_.close_time);
    for (std::size_t dropped = 0; connected_ && dropped < bounds_.drained_bytes;) {
        begin_ = end_ = 0;
        co_await read_more();
        idle_ = false;
        dropped += end_;
    }
}

} // namespace mvp::http
