// A migrated database on two loops with a cache on a Redis of its own, for tests of what changes rows and
// drops cached answers. One a test suite: making it takes a second.
#pragma once

#include "storage/cache.hpp"
#include "storage/redis/client.hpp"
#include "tests/support/database.hpp"
#include "tests/support/private_redis.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace mvp::test {

struct caching_world {
    caching_world() : live(2), connection(live.all, redis.url()), kept(connection, {}) {
        connection.start();
        if (!eventually([&] { return kept.trusted() && connection.connected(); }))
            throw std::runtime_error("the cache did not start");
    }
    ~caching_world() { connection.stop(); }

    storage::database& db() { return live.db; }
    std::string sql(const std::string& text) const { return live.sql(text); }
    /// Calls `work` on a loop and waits for the task that it returns.
    template <class F> auto run(F work, std::size_t loop = 0) {
        if constexpr (std::is_same_v<std::invoke_result_t<F&>, task<>>)
            return run_on(live.all[loop], [](F work) -> task<int> {
                co_await work();
                co_return 0;
            }(std::move(work)));
        else
            return live.run(std::move(work), loop);
    }
    /// The value, or an exception with the error's text.
    template <class F> auto good(F work, std::size_t loop = 0) {
        auto r = run(std::move(work), loop);
        if (!r)
            throw std::runtime_error(r.error().text + r.error().constraint);
        return std::move(*r);
    }
    /// Users who may sell: name0@example.com, …
    std::vector<uuid> add_users(const std::string& name, std::size_t count) {
        std::vector<uuid> all;
        std::string rows;
        for (std::size_t i = 0; i < count; ++i) {
            all.push_back(uuid::random());
            rows += (i ? ", ('" : "('") + all.back().text() + "', '" + name + std::to_string(i) +
                    "@example.com', 'x', '" + name + "', 'Test', true)";
        }
        sql("INSERT INTO users (id, email, password, first_name, last_name, is_seller) VALUES " + rows);
        return all;
    }
    uuid add_user(const std::string& name) { return add_users(name, 1).front(); }

    private_redis redis;
    live_database live;
    storage::redis::client connection;
    storage::cache kept;
};

} // namespace mvp::test
