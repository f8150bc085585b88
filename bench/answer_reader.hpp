// Reads HTTP answers with as little work as possible, so that the tool is cheaper than what it measures; and
// the few names of Asio that the tool's files share.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <strings.h>

namespace mvp::bench {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using executor = net::io_context::executor_type;
using stream = net::basic_stream_socket<tcp, executor>;
using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, executor>;
constexpr net::use_awaitable_t<executor> use_task{};

/// Of one connection; gives the status of each answer and passes over its body.
class answer_reader {
  public:
    net::awaitable<int, executor> read(stream& socket) {
        std::size_t head_end;
        while ((head_end = view().find("\r\n\r\n")) == std::string_view::npos)
            co_await more(socket);
        const auto head = view().substr(0, head_end);
        int status = 0;
        std::from_chars(head.data() + 9, head.data() + 12, status);
        const auto total = head_end + 4 + content_length(head);
        while (end_ - begin_ < total)
            co_await more(socket);
        begin_ += total;
        if (begin_ == end_)
            begin_ = end_ = 0;
        co_return status;
    }

  private:
    std::string_view view() const { return {buffer_.data() + begin_, end_ - begin_}; }

    static std::size_t content_length(std::string_view head) {
        static constexpr std::string_view name = "\ncontent-length: ";
        for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1))
            if (strncasecmp(head.data() + at, name.data(), name.size()) == 0) {
                std::size_t value = 0;
                std::from_chars(head.data() + at + name.size(), head.data() + head.size(), value);
                return value;
            }
        return 0;
    }

    net::awaitable<void, executor> more(stream& socket) {
        if (end_ == buffer_.size()) {
            if (begin_ > 0) {
                buffer_.erase(0, begin_);
                end_ -= begin_;
                begin_ = 0;
            }
            buffer_.resize(std::max<std::size_t>(buffer_.size() * 2, 16384));
        }
        end_ += co_await socket.async_read_some(net::buffer(buffer_.data() + end_, buffer_.size() - end_),
                                                use_task);
    }

    std::string buffer_;
    std::size_t begin_ = 0, end_ = 0;
};

} // namespace mvp::bench
