#include "storage/redis/client.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>

using namespace mvp;
using namespace mvp::test;
using storage::redis::client;
using storage::redis::reply;
using namespace std::chrono_literals;

namespace {

/// What its callbacks write to is declared before it: they may be called until its loops have ended.
struct connected_client {
    explicit connected_client(std::string url, std::size_t loop_count = 1)
        : all(loop_count), redis(all, std::move(url)) {}
    void start() {
        all.start();
        redis.start();
    }
    bool ready() {
        return eventually([&] { return redis.connected() && redis.subscriptions_live(); });
    }
    result<reply> command(std::vector<std::string> words) {
        return run_on(all[0], redis.command(std::move(words)));
    }
    ~connected_client() {
        redis.stop();
        all.stop_and_join();
    }
    loops all;
    client redis;
};

std::string shared_url() {
    const char* url = std::getenv("REDIS_URL");
    if (!url)
        throw std::runtime_error("REDIS_URL is not set");
    return url;
}

} // namespace

TEST(RedisClient, ACommandIsAnswered) {
    connected_client c(shared_url());
    c.start();
    ASSERT_TRUE(c.ready());
    const std::string bytes("bin\0\r\n", 6);
    EXPECT_EQ(c.command({"SET", "test:k", bytes})->text, "OK");
    EXPECT_EQ(c.command({"GET", "test:k"})->text, bytes);
    EXPECT_EQ(c.command({"GET", "test:none"})->type, reply::kind::nil);
    EXPECT_EQ(c.command({"HGET", "test:k", "f"})->type, reply::kind::error);
}

TEST(RedisClient, AnswersOfManyConcurrentCommandsDoNotMix) {
    connected_client c(shared_url(), 2);
    c.start();
    ASSERT_TRUE(c.ready());
    std::vector<std::future<result<reply>>> all;
    for (int i = 0; i < 2000; ++i)
        all.push_back(net::co_spawn(c.all[i % 2].io.get_executor(),
                                    c.redis.command({"ECHO", std::to_string(i)}), net::use_future));
    for (int i = 0; i < 2000; ++i)
        ASSERT_EQ(all[i].get()->text, std::to_string(i));
}

TEST(RedisClient, APipelineAnswersInOrder) {
    connected_client c(shared_url());
    c.start();
    ASSERT_TRUE(c.ready());
    std::vector<std::vector<std::string>> commands{
        {"SET", "test:n", "4"}, {"INCR", "test:n"}, {"GET", "test:n"}};
    const auto answers = run_on(c.all[0], c.redis.pipeline(std::move(commands)));
    ASSERT_TRUE(answers);
    ASSERT_EQ(answers->size(), 3u);
    EXPECT_EQ((*answers)[1].integer, 5);
    EXPECT_EQ((*answers)[2].text, "5");
}

TEST(RedisClient, AnAnswerLargerThanEveryBufferArrives) {
    connected_client c(shared_url());
    c.start();
    ASSERT_TRUE(c.ready());
    std::string large(8 << 20, 'x');
    large.back() = 'y';
    EXPECT_EQ(c.command({"SET", "test:large", large})->text, "OK");
    EXPECT_EQ(c.command({"GET", "test:large"})->text, large);
    c.command({"DEL", "test:large"});
}

TEST(RedisClient, AScriptIsLoadedOnDemand) {
    connected_client c(shared_url());
    c.start();
    ASSERT_TRUE(c.ready());
    c.command({"SCRIPT", "FLUSH"});
    for (int i = 0; i < 2; ++i) {
        const auto answer =
            run_on(c.all[0], c.redis.script("return KEYS[1] .. ARGV[1] .. ARGV[2]", {"test:a"}, {"b", "c"}));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->text, "test:abc");
    }
}

TEST(RedisClient, PasswordAndDatabaseOfTheUrlAreUsedOverTcp) {
    const int port = free_port();
    private_redis server(
        {"--port", std::to_string(port), "--bind", "127.0.0.1", "--requirepass", "open sesame"});
    connected_client c("redis://:open%20sesame@localhost:" + std::to_string(port) + "/3");
    c.start();
    ASSERT_TRUE(c.ready());
    EXPECT_NE(c.command({"CLIENT", "INFO"})->text.find(" db=3 "), std::string::npos);
    connected_client stranger("redis://:wrong@127.0.0.1:" + std::to_string(port));
    stranger.start();
    EXPECT_FALSE(eventually([&] { return stranger.redis.connected(); }, 300ms));
    EXPECT_EQ(stranger.command({"GET", "a"}).error().code, errc::unavailable);
}

TEST(RedisClient, AWrongUrlIsRefused) {
    loops all(1);
    EXPECT_THROW(client(all, "mysql://x"), std::invalid_argument);
    EXPECT_TRUE(client::valid("redis://localhost:6379/0"));
    EXPECT_FALSE(client::valid("localhost:6379"));
}

TEST(RedisClient, ServerGoneMeansUnavailableAtOnceAndItComesBack) {
    private_redis server;
    connected_client c(server.url(), 2);
    c.start();
    ASSERT_TRUE(c.ready());
    server.kill();
    ASSERT_TRUE(eventually([&] { return !c.redis.connected() && !c.redis.subscriptions_live(); }));
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(c.command({"GET", "a"}).error().code, errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 500ms);
    server.start();
    ASSERT_TRUE(c.ready());
    EXPECT_EQ(c.command({"ECHO", "back"})->text, "back");
}

TEST(RedisClient, AHungServerHangsNobody) {
    private_redis server;
    connected_client c(server.url());
    c.start();
    ASSERT_TRUE(c.ready());
    server.pause();
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(c.command({"GET", "a"}).error().code, errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
    EXPECT_FALSE(c.redis.subscriptions_live());
    const auto again = std::chrono::steady_clock::now();
    EXPECT_EQ(c.command({"GET", "a"}).error().code, errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - again, 500ms);
    server.resume();
    EXPECT_TRUE(c.ready());
}

TEST(RedisClient, LiveEndsWithinHalfASecondOfTheServersSilence) {
    private_redis server;
    connected_client c(server.url());
    c.start();
    ASSERT_TRUE(c.ready());
    server.pause();
    EXPECT_TRUE(eventually([&] { return !c.redis.subscriptions_live(); }, 1000ms));
    server.resume();
    EXPECT_TRUE(c.ready());
}

TEST(RedisClient, CommandsBeyondTheBoundAreRefusedAtOnce) {
    std::atomic<int> refused = 0, waiting = 0;
    private_redis server;
    connected_client c(server.url());
    c.start();
    ASSERT_TRUE(c.ready());
    server.pause();
    net::post(c.all[0].io, [&] {
        for (int i = 0; i < 10'100; ++i) {
            ++waiting;
            net::co_spawn(c.all[0].io.get_executor(), c.redis.command({"GET", "a"}),
                          [&](std::exception_ptr, result<reply> r) {
                              if (!r)
                                  ++refused;
                              --waiting;
                          });
        }
    });
    EXPECT_TRUE(eventually([&] { return refused >= 100; }));
    server.resume();
    EXPECT_TRUE(eventually([&] { return waiting == 0; }));
    EXPECT_EQ(refused, 100); // without a bound all would be, when the server's silence ends the connection
}

TEST(RedisClient, MessagesReachTheirChannelAlsoAfterALoss) {
    std::mutex mutex;
    std::vector<std::string> heard;
    std::vector<bool> changes;
    private_redis server;
    connected_client c(server.url());
    c.redis.subscribe("before", [&](std::string_view p) {
        std::lock_guard lock(mutex);
        heard.push_back("before:" + std::string(p));
    });
    c.redis.on_subscriptions([&](bool live) {
        std::lock_guard lock(mutex);
        changes.push_back(live);
    });
    c.start();
    ASSERT_TRUE(c.ready());
    c.redis.subscribe("after", [&](std::string_view p) {
        std::lock_guard lock(mutex);
        heard.push_back("after:" + std::string(p));
    });
    const auto told = [&](const std::string& channel, const std::string& text) {
        return eventually([&] {
            const auto r = c.command({"PUBLISH", channel, text});
            std::lock_guard lock(mutex);
            return r && std::find(heard.begin(), heard.end(), channel + ":" + text) != heard.end();
        });
    };
    EXPECT_TRUE(told("before", "1"));
    EXPECT_TRUE(told("after", "2"));
    server.kill();
    ASSERT_TRUE(eventually([&] { return !c.redis.subscriptions_live(); }));
    server.start();
    ASSERT_TRUE(c.ready());
    EXPECT_EQ(c.command({"PUBLISH", "before", "3"})->integer, 1); // live means subscribed
    EXPECT_EQ(c.command({"PUBLISH", "after", "4"})->integer, 1);
    EXPECT_TRUE(told("before", "3"));
    c.redis.unsubscribe("after");
    EXPECT_TRUE(eventually([&] { return c.command({"PUBLISH", "after", "5"})->integer == 0; }));
    std::lock_guard lock(mutex);
    EXPECT_EQ(changes, (std::vector<bool>{true, false, true}));
}

TEST(RedisClient, ChangesOfTrackedKeysArePushedAndAFlushMeansAll) {
    std::mutex mutex;
    std::vector<std::string> changed;
    private_redis server;
    connected_client c(server.url());
    c.redis.track("gen:", [&](std::string_view key) {
        std::lock_guard lock(mutex);
        changed.emplace_back(key);
    });
    c.start();
    ASSERT_TRUE(c.ready());
    const auto saw = [&](std::string_view key) {
        return eventually([&] {
            std::lock_guard lock(mutex);
            return std::find(changed.begin(), changed.end(), key) != changed.end();
        });
    };
    c.command({"SET", "other", "1"});
    c.command({"INCR", "gen:a"});
    EXPECT_TRUE(saw("gen:a"));
    c.command({"FLUSHALL"});
    EXPECT_TRUE(saw(""));
    // Every command connection may go: tracking stays.
    c.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"});
    ASSERT_TRUE(c.ready());
    ASSERT_TRUE(eventually([&] { return c.command({"INCR", "gen:b"}).has_value(); }));
    EXPECT_TRUE(saw("gen:b"));
    std::lock_guard lock(mutex);
    EXPECT_EQ(std::find(changed.begin(), changed.end(), "other"), changed.end());
}
