#include "bench/http_load.hpp"

#include "bench/answer_reader.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <deque>
#include <memory>
#include <stdexcept>

namespace mvp::bench {
namespace {

using clock = std::chrono::steady_clock;

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
    while (options.never_sleeps && !r.io.stopped())
        r.io.poll();
    r.io.run();
    return std::move(r.result);
}

} // namespace mvp::bench
