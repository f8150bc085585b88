// The scenarios as data: what is asked, of a server with which settings, compared with what.
#pragma once

#include "bench/generator.hpp"
#include "tests/support/server.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mvp::bench {

struct forum_thread {
    std::string id;
    test::user author;
};

/// What requests are made of: rows and tokens that the set-up made or found.
struct dataset {
    std::vector<std::string> cars;  ///< ids of active cars
    std::vector<std::string> terms; ///< search terms that match some of them
    test::user seller, staff;
    std::vector<std::string> seller_cars; ///< active cars of `seller`
    std::vector<test::user> users;
    std::vector<forum_thread> threads; ///< one of each user, with twenty responses of others
};

/// Seeds `scale` (2,000 cars each), and makes the accounts.
dataset prepare(test::server& on, int scale);

enum class rival { none, floor, pgbench };

struct scenario {
    std::string name, title;
    rival against = rival::floor;
    double goal = 0;     ///< least ratio to the rival; 0: none
    double cpu_goal = 0; ///< most µs of CPU a request, server and PostgreSQL together; 0: none
    test::environment settings;
    std::function<std::vector<request_kind>(const dataset&)> kinds;
    bool alone = false; ///< PostgreSQL and Redis have nothing to do: a processor is the tool's own
};

const std::vector<scenario>& scenarios();

/// One row like those that the create scenario inserts, for pgbench.
std::string insert_script(const dataset& data);

} // namespace mvp::bench
