#include "storage/rate_limiter.hpp"
#include "storage/redis/client.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

#include <gtest/gtest.h>

#include <atomic>

using namespace mvp;
using namespace mvp::test;
using namespace std::chrono_literals;
using storage::rate_limiter_options;

namespace {

struct limited_process {
    explicit limited_process(std::string url, rate_limiter_options options = {})
        : all(2), redis(all, std::move(url)), limits(redis, options) {
        all.start();
        redis.start();
    }
    ~limited_process() {
        redis.stop();
        all.stop_and_join();
    }
    bool ready() {
        return eventually([&] { return redis.connected(); });
    }
    result<> take(std::string_view rule, std::string_view key) {
        return run_on(all[0], limits.take(rule, key));
    }
    loops all;
    storage::redis::client redis;
    storage::rate_limiter limits;
};

int allowed_of(std::vector<limited_process*> processes, int tries) {
    std::vector<std::future<result<>>> all;
    for (int i = 0; i < tries; ++i) {
        auto& p = *processes[i % processes.size()];
        all.push_back(net::co_spawn(p.all[i / 2 % 2].io.get_executor(), p.limits.take("write", "user"),
                                    net::use_future));
    }
    int allowed = 0;
    for (auto& f : all)
        allowed += f.get().has_value();
    return allowed;
}

} // namespace

TEST(RateLimiter, CountsExactlyOverProcessesAndLoops) {
    private_redis server;
    limited_process one(server.url()), two(server.url());
    ASSERT_TRUE(one.ready() && two.ready());
    EXPECT_EQ(allowed_of({&one, &two}, 500), 120);
}

TEST(RateLimiter, CountsExactlyInOneProcessWhileRedisIsAway) {
    limited_process p("unix:///nowhere/at/all");
    EXPECT_EQ(allowed_of({&p}, 500), 120);
}

TEST(RateLimiter, RefusesWithTheSecondsToWait) {
    private_redis server;
    limited_process p(server.url());
    ASSERT_TRUE(p.ready());
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(p.take("login", "1.2.3.4 a@b.c"));
    const auto refused = p.take("login", "1.2.3.4 a@b.c");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::throttled);
    EXPECT_GE(refused.error().retry_after, 59);
    EXPECT_LE(refused.error().retry_after, 60);
    EXPECT_EQ(refused.error().text, "Request was throttled. Expected available in " +
                                        std::to_string(refused.error().retry_after) + " seconds.");
    EXPECT_TRUE(p.take("login", "1.2.3.4 other@b.c"));
    EXPECT_TRUE(p.take("write", "1.2.3.4 a@b.c"));
}

TEST(RateLimiter, OneSecondIsSingularAndTheWindowSlides) {
    private_redis server;
    rate_limiter_options options;
    options.write = {2, 1s};
    limited_process p(server.url(), options);
    ASSERT_TRUE(p.ready());
    ASSERT_TRUE(p.take("write", "u"));
    ASSERT_TRUE(p.take("write", "u"));
    const auto refused = p.take("write", "u");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().text, "Request was throttled. Expected available in 1 second.");
    EXPECT_EQ(refused.error().retry_after, 1);
    EXPECT_TRUE(eventually([&] { return p.take("write", "u").has_value(); }, 2s));
}

TEST(RateLimiter, KeysInRedisExpireAndLongOnesAreHashed) {
    private_redis server;
    limited_process p(server.url());
    ASSERT_TRUE(p.ready());
    p.take("mail", std::string(5000, 'x'));
    p.take("mail", std::string(5000, 'y'));
    const auto keys = run_on(p.all[0], p.redis.command({"KEYS", "limit:*"}));
    ASSERT_TRUE(keys);
    ASSERT_EQ(keys->items.size(), 2u);
    EXPECT_LT(keys->items[0].text.size(), 100u);
    const auto life = run_on(p.all[0], p.redis.command({"PTTL", keys->items[0].text}));
    EXPECT_GT(life->integer, 3'590'000);
    EXPECT_LE(life->integer, 3'600'000);
}

TEST(RateLimiter, SwitchedOffLetsEverythingPassWithoutAskingRedis) {
    private_redis server;
    rate_limiter_options options;
    options.enabled = false;
    limited_process p(server.url(), options);
    ASSERT_TRUE(p.ready());
    EXPECT_EQ(allowed_of({&p}, 300), 300);
    const auto size = run_on(p.all[0], p.redis.command({"DBSIZE"}));
    EXPECT_EQ(size->integer, 0);
}

TEST(RateLimiter, AnUnknownRuleIsOurMistake) {
    limited_process p("unix:///nowhere/at/all");
    EXPECT_EQ(p.take("typo", "u").error().code, errc::internal);
}
