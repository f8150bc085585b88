#include "tests/support/feed_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <chrono>
#include <fmt/format.h>

namespace mvp::test {
namespace {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = net::ip::tcp;
} // namespace

struct feed_client::impl {
    net::io_context io;
    websocket::stream<tcp::socket> socket{io};
    websocket::response_type answer;
    beast::flat_buffer buffer;
    bool reading = false, ended = false;
    std::optional<boost::system::error_code> done;

    /// Runs until a frame is whole, the socket ended, or the deadline.
    bool wait_for_frame(int milliseconds) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
        if (ended)
            return false;
        if (!reading) {
            reading = true;
            done.reset();
            socket.async_read(buffer, [this](boost::system::error_code ec, std::size_t) { done = ec; });
        }
        while (!done && std::chrono::steady_clock::now() < deadline) {
            io.restart();
            io.run_one_until(deadline);
        }
        if (!done)
            return false;
        reading = false;
        ended = static_cast<bool>(*done);
        return !ended;
    }
};

feed_client::feed_client(unsigned short port, std::string_view token, std::string_view query,
                         header_list extra)
    : impl_(std::make_unique<impl>()) {
    impl_->socket.next_layer().connect({net::ip::address_v4::loopback(), port});
    impl_->socket.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
        if (!token.empty())
            request.set("Authorization", fmt::format("Bearer {}", token));
        for (const auto& [key, value] : extra)
            request.insert(key, value); // a line of its own each
    }));
    boost::system::error_code refused;
    impl_->socket.handshake(impl_->answer, fmt::format("localhost:{}", port),
                            fmt::format("/ws/notifications/{}", query), refused);
    impl_->ended = static_cast<bool>(refused);
}

feed_client::~feed_client() = default;
feed_client::feed_client(feed_client&&) noexcept = default;

int feed_client::status() const {
    return impl_->answer.result_int();
}
std::string feed_client::refusal() const {
    return impl_->answer.body();
}
std::string feed_client::header(std::string_view name) const {
    const auto found = impl_->answer.find({name.data(), name.size()});
    return found == impl_->answer.end() ? std::string() : std::string(found->value());
}

std::optional<json::object> feed_client::next(int milliseconds) {
    if (!impl_->wait_for_frame(milliseconds))
        return std::nullopt;
    const auto text = beast::buffers_to_string(impl_->buffer.data());
    impl_->buffer.consume(impl_->buffer.size());
    return json::parse(text).as_object();
}

void feed_client::send(std::string_view text) {
    impl_->socket.text(true);
    boost::system::error_code ignored;
    impl_->socket.write(net::buffer(text.data(), text.size()), ignored);
}

void feed_client::send_binary(std::string_view bytes) {
    impl_->socket.binary(true);
    boost::system::error_code ignored;
    impl_->socket.write(net::buffer(bytes.data(), bytes.size()), ignored);
}

std::optional<int> feed_client::close_code(int milliseconds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    while (std::chrono::steady_clock::now() < deadline && !impl_->ended)
        if (impl_->wait_for_frame(100))
            impl_->buffer.consume(impl_->buffer.size());
    if (!impl_->ended)
        return std::nullopt;
    return impl_->socket.reason().code;
}

} // namespace mvp::test
