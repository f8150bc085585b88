#include "bench/http_load.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <deque>
#include <memory>
#include <stdexcept>
#include <strings.h>

namespace mvp::bench {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using executor = net::io_context::executor_type;
using stream = net::basic_stream_socket<tcp, executor>;
using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, executor>;
using clock = std::chrono::steady_clock;
constexpr net::use_awaitable_t<executor> use_task{};

/// Reads answers with as little work as possible, so that the tool is cheaper than what it measures.
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

struct run {
    const load_options& options;
    generator& source;
    const std::function<void(bool)>& measuring;
    net::io_context io{1};
    load_result result;
    bool counting = false, over = false;
    std::deque<clock::time_point> due; // open loop: when waiting requests should have begun
    timer wake{io};                    // open loop: idle connections wait here

    void record(int status, clock::time_point begun) {
        if (!counting)
            return;
        ++result.requests;
        result.errors += status >= 500;
        result.refused += status >= 400 && status < 500;
        result.latency.add(static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begun).count()));
    }

    net::awaitable<clock::time_point, executor> turn() {
        while (due.empty() && !over) {
            boost::system::error_code ignored;
            co_await wake.async_wait(net::redirect_error(use_task, ignored));
        }
        if (over)
            co_return clock::now();
        const auto at = due.front();
        due.pop_front();
        co_return at;
    }

    net::awaitable<void, executor> connection() {
        while (!over) {
            try {
                stream socket(io);
                co_await socket.async_connect({net::ip::address_v4::loopback(), options.port}, use_task);
                socket.set_option(tcp::no_delay(true));
                answer_reader reader;
                while (!over) {
                    auto begun = clock::now();
                    if (options.rate > 0)
                        begun = co_await turn();
                    if (over)
                        co_return;
                    const auto bytes = source.next();
                    co_await net::async_write(socket, net::buffer(bytes), use_task);
                    record(co_await reader.read(socket), begun);
                }
            } catch (const boost::system::system_error&) {
                result.errors += counting && !over;
            }
        }
    }

    net::awaitable<void, executor> schedule() {
        timer tick(io);
        const auto interval =
            std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / options.rate));
        for (auto next = clock::now(); !over; next += interval) {
            tick.expires_at(next);
            co_await tick.async_wait(use_task);
            due.push_back(next);
            wake.cancel_one();
        }
    }

    net::awaitable<void, executor> conduct() {
        timer t(io);
        t.expires_after(options.warm_up);
        co_await t.async_wait(use_task);
        measuring(true);
        counting = true;
        const auto begun = clock::now();
        t.expires_after(options.duration);
        co_await t.async_wait(use_task);
        counting = false;
        result.seconds = std::chrono::duration<double>(clock::now() - begun).count();
        measuring(false);
        over = true;
        wake.cancel();
        io.stop();
    }
};

} // namespace

load_result run_load(const load_options& options, generator& source,
                     const std::function<void(bool)>& measuring) {
    run r{options, source, measuring};
    r.wake.expires_at(clock::time_point::max());
    for (int i = 0; i < options.connections; ++i)
        net::co_spawn(r.io.get_executor(), r.connection(), net::detached);
    if (options.rate > 0)
        net::co_spawn(r.io.get_executor(), r.schedule(), net::detached);
    net::co_spawn(r.io.get_executor(), r.conduct(), net::detached);
    r.io.run();
    return std::move(r.result);
}

} // namespace mvp::bench
