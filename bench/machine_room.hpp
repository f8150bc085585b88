// What every measurement works with: the options, the shared PostgreSQL and Redis with the data in them,
// clocks of CPU.
#pragma once

#include "bench/http_load.hpp"
#include "bench/report.hpp"
#include "bench/scenarios.hpp"
#include "bench/system.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>

namespace mvp::bench {

struct options {
    std::set<std::string> only;
    int scale = 10, rounds = 3, seconds = 4;
    std::string html = "bench-report.html";
    bool wants(const std::string& name) const { return only.empty() || only.contains(name); }
};

struct machine_room {
    std::shared_ptr<test::world> world = std::make_shared<test::world>();
    pid_t postmaster = postmaster_of(std::getenv("DATABASE_URL"));
    pid_t redis = redis_of(std::getenv("REDIS_URL"));
    dataset data;

    /// One loop, on processor 0 like the floor; the tool itself keeps processor 1.
    std::unique_ptr<test::server> serve(test::environment settings) const {
        settings.emplace("IO_THREADS", "1");
        settings.emplace("LOG_LEVEL", "info");
        pin_to({0});
        auto server = std::make_unique<test::server>(settings, world);
        pin_to({1});
        return server;
    }
};

struct cpu_clock {
    const machine_room& room;
    pid_t server;
    double at_server = 0, at_postgres = 0, at_redis = 0;
    void operator()(bool begin) {
        const double sign = begin ? -1 : 1;
        at_server += sign * cpu_seconds(server);
        at_postgres += sign * cpu_seconds_of_tree(room.postmaster);
        at_redis += sign * cpu_seconds(room.redis);
    }
};

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
}

inline load_options loaded(unsigned short port, int seconds) {
    load_options o;
    o.port = port;
    o.duration = std::chrono::seconds(seconds);
    return o;
}

} // namespace mvp::bench
