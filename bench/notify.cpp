#include "bench/notify.hpp"

#include "bench/answer_reader.hpp"
#include "bench/generator.hpp"
#include "bench/sockets.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <memory>

namespace mvp::bench {
namespace {

using clock = std::chrono::steady_clock;

/// What one thread's author still waits for.
struct listener {
    std::deque<clock::time_point> acknowledged;
    std::uint64_t early = 0; ///< frames that came before their cause's answer was read
    bool greeted = false;
};

struct run {
    const std::vector<listened_thread>& threads;
    const notify_options& options;
    net::io_context io{1};
    notify_result result;
    std::vector<listener> listeners = std::vector<listener>(threads.size());
    std::uint64_t begun = 0, ended = 0;

    void answered(listener& to) {
        ++result.causes;
        if (to.early > 0) {
            --to.early;
            result.latency.add(0);
        } else {
            to.acknowledged.push_back(clock::now());
        }
    }

    void frame(listener& to) {
        if (!to.greeted) {
            to.greeted = true;
            return;
        }
        if (to.acknowledged.empty()) {
            ++to.early;
            return;
        }
        const auto took = clock::now() - to.acknowledged.front();
        to.acknowledged.pop_front();
        result.latency.add(
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    }

    net::awaitable<void, executor> respond(std::size_t which, std::uint64_t number) {
        try {
            stream socket(io);
            co_await socket.async_connect({net::ip::address_v4::loopback(), options.maker_port}, use_task);
            const auto request = json_request(
                "POST", fmt::format("/api/forum/threads/{}/add_response/", threads[which].id),
                fmt::format(R"({{"content":"Have a look at the fuse in slot {} first."}})", number),
                options.maker_token);
            co_await net::async_write(socket, net::buffer(request), use_task);
            answer_reader reader;
            if (co_await reader.read(socket) == 201)
                answered(listeners[which]);
            else
                ++result.refused;
        } catch (const boost::system::system_error&) {
            ++result.refused;
        }
        ++ended;
    }

    net::awaitable<void, executor> schedule() {
        timer tick(io);
        const auto interval =
            std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / options.rate));
        const auto end = clock::now() + std::chrono::seconds(options.seconds);
        for (auto next = clock::now(); next < end; next += interval) {
            tick.expires_at(next);
            co_await tick.async_wait(use_task);
            net::co_spawn(io.get_executor(), respond(begun % threads.size(), begun), net::detached);
            ++begun;
        }
    }

    bool waiting() const {
        return ended < begun || std::any_of(listeners.begin(), listeners.end(),
                                            [](const listener& l) { return !l.acknowledged.empty(); });
    }
};

} // namespace

notify_result run_notify(const std::vector<listened_thread>& threads, const notify_options& options) {
    run r{threads, options};
    feed_clients feeds(r.io, options.feed_port);
    for (std::size_t i = 0; i < threads.size(); ++i)
        feeds.open(threads[i].token, 1, [&r, i] { r.frame(r.listeners[i]); });
    r.io.restart();
    net::co_spawn(r.io.get_executor(), r.schedule(), net::detached);
    r.io.run_for(std::chrono::seconds(options.seconds));
    const auto patience = clock::now() + std::chrono::seconds(5);
    while (r.waiting() && clock::now() < patience)
        r.io.run_one_for(std::chrono::milliseconds(100));
    for (const auto& l : r.listeners)
        r.result.lost += l.acknowledged.size();
    return std::move(r.result);
}

} // namespace mvp::bench
