#include "bench/sockets.hpp"

#include "bench/answer_reader.hpp"

#include <boost/asio/write.hpp>

#include <chrono>
#include <fmt/format.h>
#include <stdexcept>
#include <vector>

namespace mvp::bench {
namespace {

/// One feed: a socket and just enough of RFC 6455 to tell frames apart.
class feed {
  public:
    feed(net::io_context& io, std::function<void()> on_frame) : socket_(io), on_frame_(std::move(on_frame)) {}

    void open(unsigned short port, const std::string& token) {
        socket_.connect({net::ip::address_v4::loopback(), port});
        const auto request =
            fmt::format("GET /ws/notifications/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {}\r\n\r\n",
                        token);
        net::write(socket_, net::buffer(request));
        char byte;
        while (!head_.ends_with("\r\n\r\n")) {
            socket_.read_some(net::buffer(&byte, 1));
            head_ += byte;
        }
        if (head_.rfind("HTTP/1.1 101", 0) != 0)
            throw std::runtime_error("the feed was refused: " + head_.substr(0, head_.find("\r\n")));
        head_.clear();
        head_.shrink_to_fit();
        read();
    }

  private:
    void read() {
        socket_.async_read_some(net::buffer(buffer_), [this](boost::system::error_code ec, std::size_t got) {
            if (ec)
                return;
            pending_.append(buffer_, got);
            parse();
            read();
        });
    }

    void parse() {
        std::size_t at = 0;
        for (;;) {
            const auto left = pending_.size() - at;
            const auto* bytes = reinterpret_cast<const unsigned char*>(pending_.data()) + at;
            if (left < 2)
                break;
            std::size_t length = bytes[1] & 0x7f, head = 2;
            if (length == 126) {
                if (left < 4)
                    break;
                length = static_cast<std::size_t>(bytes[2]) << 8 | bytes[3];
                head = 4;
            }
            if (left < head + length)
                break;
            const auto opcode = bytes[0] & 0x0f;
            if (opcode == 1)
                on_frame_();
            if (opcode == 9)
                pong(std::string(pending_, at + head, length));
            at += head + length;
        }
        pending_.erase(0, at);
    }

    void pong(const std::string& payload) {
        std::string frame = {static_cast<char>(0x8a), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
        frame += payload; // masked with zeros
        boost::system::error_code ignored;
        net::write(socket_, net::buffer(frame), ignored);
    }

    stream socket_;
    std::function<void()> on_frame_;
    char buffer_[4096];
    std::string head_, pending_;
};

} // namespace

struct feed_clients::impl {
    net::io_context& io;
    unsigned short port;
    std::uint64_t frames = 0, seen = 0;
    std::vector<std::unique_ptr<feed>> feeds;
};

feed_clients::feed_clients(net::io_context& io, unsigned short port) : impl_(new impl{io, port, 0, 0, {}}) {}

feed_clients::~feed_clients() = default;

void feed_clients::open(const std::string& token, int count, const std::function<void()>& on_frame) {
    auto counted = [this, on_frame] {
        ++impl_->frames;
        if (on_frame)
            on_frame();
    };
    for (int i = 0; i < count; ++i) {
        impl_->feeds.push_back(std::make_unique<feed>(impl_->io, counted));
        impl_->feeds.back()->open(impl_->port, token);
        impl_->io.poll();
    }
    if (receive(static_cast<std::uint64_t>(count), 30) < static_cast<std::uint64_t>(count))
        throw std::runtime_error("a feed said no hello");
}

std::uint64_t feed_clients::receive(std::uint64_t frames, double deadline) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(deadline);
    const auto goal = impl_->seen + frames;
    impl_->io.restart();
    while (impl_->frames < goal && std::chrono::steady_clock::now() < end)
        impl_->io.run_one_for(std::chrono::milliseconds(100));
    const auto got = impl_->frames - impl_->seen;
    impl_->seen = impl_->frames;
    return got;
}

} // namespace mvp::bench
