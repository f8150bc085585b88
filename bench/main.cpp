// The load tool: runs the scenarios against the real program, the floor alternately in the same session, and
// prints ratios. Usage: load [--only NAME,…] [--scale N] [--rounds N] [--seconds S] [--html FILE] Needs
// MVPBACKEND and FLOOR (the programs' paths), DATABASE_URL and REDIS_URL, as `./dev bench` sets them.
#include "bench/forum.hpp"
#include "bench/machine_room.hpp"
#include "bench/programs.hpp"
#include "bench/sockets.hpp"

#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <thread>

namespace {

using namespace mvp;
using namespace mvp::bench;

std::unique_ptr<floor_program> start_floor(const std::string& answer) {
    pin_to({0});
    auto floor = std::make_unique<floor_program>(std::getenv("FLOOR"), answer);
    pin_to({1});
    return floor;
}

measurement measure(const machine_room& room, const scenario& s, const options& o) {
    measurement m;
    m.name = s.name;
    m.title = s.title;
    auto server = room.serve(s.settings);
    const auto kinds = s.kinds(room.data);
    std::unique_ptr<floor_program> floor;
    if (s.against == rival::floor) {
        std::minstd_rand random(1);
        floor = start_floor(captured_answer(server->port(), kinds[0].make(random)));
    }
    const auto load = [&](unsigned short port) {
        auto how = loaded(port, o.seconds);
        how.never_sleeps = s.alone;
        return how;
    };
    cpu_clock cpu{room, server->pid()};
    std::vector<double> ratios, rates, rivals;
    std::uint64_t requests = 0, rival_requests = 0;
    double rival_seconds = 0;
    for (int round = 0; round < o.rounds; ++round) {
        if (floor) {
            generator source(kinds);
            const auto r = run_load(load(floor->port()), source, [&](bool begin) {
                rival_seconds += (begin ? -1 : 1) * cpu_seconds(floor->pid());
            });
            rival_requests += r.requests;
            rivals.push_back(r.per_second());
        } else if (s.against == rival::pgbench) {
            rival_seconds -= cpu_seconds_of_tree(room.postmaster);
            pin_to({});
            rivals.push_back(
                pgbench_rate(room.world->database_url(), insert_script(room.data), 64, o.seconds));
            pin_to({1});
            rival_seconds += cpu_seconds_of_tree(room.postmaster);
            rival_requests += static_cast<std::uint64_t>(rivals.back() * o.seconds);
        }
        generator source(kinds, static_cast<unsigned>(round + 1));
        auto r = run_load(load(server->port()), source, [&](bool begin) { cpu(begin); });
        rates.push_back(r.per_second());
        requests += r.requests;
        m.errors += r.errors;
        m.refused += r.refused;
        m.latency.merge(r.latency);
        if (!rivals.empty() && rivals.back() > 0)
            ratios.push_back(rates.back() / rivals.back());
    }
    const double per = 1e6 / static_cast<double>(std::max<std::uint64_t>(requests, 1));
    m.per_second = median(rates);
    m.rival = floor ? "floor" : s.against == rival::pgbench ? "pgbench" : "";
    m.rival_per_second = median(rivals);
    m.ratio = median(ratios);
    m.rival_us = rival_requests ? rival_seconds * 1e6 / static_cast<double>(rival_requests) : 0;
    m.server_us = cpu.at_server * per;
    m.postgres_us = cpu.at_postgres * per;
    m.redis_us = cpu.at_redis * per;
    if (s.goal > 0) {
        m.goal = fmt::format(">= {:.2f}", s.goal);
        m.reached = m.ratio >= s.goal;
    } else if (s.cpu_goal > 0) {
        m.goal = fmt::format("<= {:.0f} us", s.cpu_goal);
        m.reached = m.server_us + m.postgres_us <= s.cpu_goal;
    }
    m.reached &= m.errors == 0 && m.refused == 0;
    if (m.refused > 0)
        m.note = fmt::format("{} answers of 4xx", m.refused);
    return m;
}

/// Reads at a fixed rate, first alone, then beside ten logins a second: how much later does the slowest
/// percent come?
measurement measure_login(const machine_room& room, const options& o) {
    pin_to({});
    auto server = std::make_unique<test::server>(
        test::environment{{"IO_THREADS", "2"}, {"LOG_LEVEL", "info"}}, room.world);
    const auto reads = scenarios()[0].kinds(room.data);
    auto open_loop = loaded(server->port(), o.seconds * 2);
    open_loop.rate = 5000;
    const auto read_first = [&](generator source, const std::function<void(bool)>& edges) {
        load_result done;
        std::thread([&] {
            go_before_others();
            done = run_load(open_loop, source, edges);
        }).join();
        return done;
    };
    const auto quiet = read_first(generator(reads), [](bool) {});
    load_result logins;
    std::thread beside([&] {
        const auto body =
            fmt::format(R"({{"email":"{}","password":"{}"}})", room.data.seller.email, test::good_password);
        generator source(
            {{"login", 1, [&](std::minstd_rand&) { return json_request("POST", "/api/token/", body); }}});
        auto slow = open_loop;
        slow.rate = 10;
        slow.connections = 10;
        logins = run_load(slow, source, [](bool) {});
    });
    cpu_clock cpu{room, server->pid()};
    auto loaded_reads = read_first(generator(reads), [&](bool begin) { cpu(begin); });
    beside.join();
    measurement m;
    m.name = "login";
    m.title = "reads at 5,000/s beside 10 logins/s (open loop)";
    m.per_second = loaded_reads.per_second();
    const auto p99_alone = std::max<std::uint64_t>(quiet.latency.quantile(0.99), 1);
    m.rival = "alone p99";
    m.rival_per_second = static_cast<double>(p99_alone);
    m.ratio = static_cast<double>(loaded_reads.latency.quantile(0.99)) / static_cast<double>(p99_alone);
    m.errors = loaded_reads.errors + logins.errors + quiet.errors;
    m.latency = std::move(loaded_reads.latency);
    m.server_us =
        cpu.at_server * 1e6 / static_cast<double>(std::max<std::uint64_t>(loaded_reads.requests, 1));
    m.goal = "p99 <= 2.00 x alone";
    m.reached = m.ratio <= 2 && m.errors == 0;
    m.note = fmt::format("{} logins, p50 {} us", logins.requests, logins.latency.quantile(0.5));
    return m;
}

measurement measure_sockets(const machine_room& room, const options&) {
    constexpr int sockets = 2000, events = 100;
    auto server = room.serve({{"SOCKET_QUEUE_BYTES", "4194304"}});
    const auto& who = room.data.users[0];
    const auto before = resident_bytes(server->pid());
    boost::asio::io_context io{1};
    feed_clients clients(io, server->port());
    clients.open(who.access, sockets);
    const auto each =
        (static_cast<double>(resident_bytes(server->pid())) - static_cast<double>(before)) / sockets;
    cpu_clock cpu{room, server->pid()};
    cpu(true);
    room.world->sql(
        "INSERT INTO outbox (type, recipient, title, message, action_url) SELECT 'listing_update', $1, "
        "'Listing approved', 'Your listing is public now.', '/cars/1' FROM generate_series(1, $2::int)",
        {who.id, std::to_string(events)});
    // The rows come from outside, so the relay finds them at its next look: the time runs from the first
    // frame.
    const auto first = clients.receive(1, 10);
    const auto begun = std::chrono::steady_clock::now();
    const auto got = clients.receive(static_cast<std::uint64_t>(sockets) * events - first, 60);
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    cpu(false);
    measurement m;
    m.name = "sockets";
    m.title = fmt::format("{} sockets: frames delivered", sockets);
    m.per_second = static_cast<double>(got) / seconds;
    m.errors = static_cast<std::uint64_t>(sockets) * events - first - got;
    m.server_us = cpu.at_server * 1e6 / static_cast<double>(std::max<std::uint64_t>(got, 1));
    m.postgres_us = cpu.at_postgres * 1e6 / static_cast<double>(std::max<std::uint64_t>(got, 1));
    m.goal = ">= 80000/s, <= 10 kB a socket";
    m.note = fmt::format("{:.1f} kB resident a socket", each / 1000);
    m.reached = m.per_second >= 80000 && each <= 10000 && m.errors == 0;
    return m;
}

options parse(int argc, char** argv) {
    options o;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i], value = argv[i + 1];
        if (name == "--only") {
            for (std::size_t at = 0; at <= value.size();) {
                const auto end = std::min(value.find(',', at), value.size());
                o.only.insert(value.substr(at, end - at));
                at = end + 1;
            }
        } else if (name == "--scale")
            o.scale = std::stoi(value);
        else if (name == "--rounds")
            o.rounds = std::stoi(value);
        else if (name == "--seconds")
            o.seconds = std::stoi(value);
        else if (name == "--html")
            o.html = value;
        else
            throw std::invalid_argument("unknown option " + name);
    }
    if (argc % 2 == 0)
        throw std::invalid_argument("an option without its value");
    return o;
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const auto o = parse(argc, argv);
        const auto load_before = load_average();
        fmt::print("{}; load average {}\n", machine(), load_before);
        machine_room room;
        {
            test::server server({}, room.world);
            room.data = prepare(server, o.scale);
        }
        std::vector<measurement> all;
        const auto add = [&](measurement m) {
            all.push_back(std::move(m));
            fmt::print("{}", table({all.back()}));
            std::fflush(stdout);
        };
        for (const auto& s : scenarios())
            if (o.wants(s.name))
                add(measure(room, s, o));
        if (o.wants("login"))
            add(measure_login(room, o));
        if (o.wants("sockets"))
            add(measure_sockets(room, o));
        if (o.wants("hot_thread"))
            add(measure_hot_thread(room, o));
        if (o.wants("notify"))
            add(measure_notify(room, o));
        write_html(o.html, all, machine(), load_before, load_average());
        fmt::print("\n{}\n{}; load average {} before, {} after; {} written\n", table(all), machine(),
                   load_before, load_average(), o.html);
        return std::all_of(all.begin(), all.end(), [](const auto& m) { return m.errors == 0; }) ? 0 : 1;
    } catch (const std::invalid_argument& e) {
        fmt::print(
            stderr,
            "load: {}\nusage: load [--only NAME,...] [--scale N] [--rounds N] [--seconds S] [--html FILE]\n",
            e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "load: {}\n", e.what());
        return 1;
    }
}
