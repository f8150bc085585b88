#include "bench/forum.hpp"

#include "bench/notify.hpp"

#include <fmt/format.h>

namespace mvp::bench {
namespace {

constexpr std::size_t writers = 60;

/// Responses by many, each text once, to the first `count` threads.
request_kind respond(const dataset& d, std::size_t count, int& number) {
    return {
        "response", 1, [&d, count, &number](std::minstd_rand& r) {
            return json_request(
                "POST", fmt::format("/api/forum/threads/{}/add_response/", d.threads[r() % count].id),
                fmt::format(R"({{"content":"Mine did the same at {} km, it was the sensor."}})", ++number),
                d.users[r() % d.users.size()].access);
        }};
}

} // namespace

measurement measure_hot_thread(const machine_room& room, const options& o) {
    auto server = room.serve({{"IO_THREADS", "2"}});
    cpu_clock cpu{room, server->pid()};
    measurement m;
    m.name = "hot_thread";
    m.title = "sixty writers of responses in one thread";
    m.rival = "sixty threads";
    std::vector<double> hot, spread, ratios;
    std::uint64_t requests = 0;
    int number = 0; // nobody says the same twice
    auto how = loaded(server->port(), o.seconds);
    how.connections = static_cast<int>(writers);
    for (int round = 0; round < o.rounds; ++round) {
        generator everywhere({respond(room.data, writers, number)}, static_cast<unsigned>(2 * round + 1));
        const auto rival = run_load(how, everywhere, [](bool) {});
        generator together({respond(room.data, 1, number)}, static_cast<unsigned>(2 * round + 2));
        const auto r = run_load(how, together, [&](bool begin) { cpu(begin); });
        spread.push_back(rival.per_second());
        hot.push_back(r.per_second());
        ratios.push_back(hot.back() / std::max(spread.back(), 1.0));
        requests += r.requests;
        m.errors += r.errors + rival.errors;
        m.refused += r.refused + rival.refused;
        m.latency.merge(r.latency);
    }
    const double per = 1e6 / static_cast<double>(std::max<std::uint64_t>(requests, 1));
    m.per_second = median(hot);
    m.rival_per_second = median(spread);
    m.ratio = median(ratios);
    m.server_us = cpu.at_server * per;
    m.postgres_us = cpu.at_postgres * per;
    m.redis_us = cpu.at_redis * per;
    m.goal = ">= 0.50";
    m.reached = m.ratio >= 0.5 && m.errors == 0 && m.refused == 0;
    if (m.refused > 0)
        m.note = fmt::format("{} answers of 4xx", m.refused);
    return m;
}

measurement measure_notify(const machine_room& room, const options& o) {
    auto maker = room.serve({});
    auto other = room.serve({});
    std::vector<listened_thread> threads;
    for (std::size_t i = 0; i < room.data.threads.size(); ++i)
        threads.push_back({room.data.threads[i].id, room.data.threads[i].author.access});
    notify_options how;
    how.maker_port = maker->port();
    how.feed_port = other->port();
    how.maker_token = room.data.seller.access;
    how.seconds = o.seconds * 2;
    auto got = run_notify(threads, how);
    measurement m;
    m.name = "notify";
    m.title = "200 causes/s: from the answer to the frame at another process";
    m.per_second = static_cast<double>(got.causes) / how.seconds;
    m.errors = got.lost + got.refused;
    m.latency = std::move(got.latency);
    m.goal = "p99 <= 50 ms";
    m.reached = m.latency.quantile(0.99) <= 50'000 && m.errors == 0 && got.causes > 0;
    m.note = fmt::format("{} causes, {} lost, {} refused", got.causes, got.lost, got.refused);
    return m;
}

} // namespace mvp::bench
