#include "storage/cache.hpp"
#include "storage/redis/client.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>

using namespace mvp;
using namespace mvp::test;
using namespace std::chrono_literals;
using storage::cache;
using storage::cache_options;
using storage::cached_body_ptr;

namespace {

/// The row that answers are made from, and how often it was read. Declared before the processes, whose loops
/// look at it until they have ended.
struct row {
    task<result<std::string>> read() {
        ++reads;
        co_return text();
    }
    std::string text() {
        std::lock_guard lock(mutex);
        return value;
    }
    void write(std::string v) {
        std::lock_guard lock(mutex);
        value = std::move(v);
    }
    std::mutex mutex;
    std::string value = "old";
    std::atomic<int> reads = 0;
};

/// One process: loops, Redis connections and a cache of its own.
struct process {
    explicit process(std::string url, cache_options options = {}, std::size_t loop_count = 1)
        : all(loop_count), redis(all, std::move(url)), kept(redis, options) {
        all.start();
        redis.start();
    }
    ~process() {
        redis.stop();
        all.stop_and_join();
    }
    bool trusts() {
        return eventually([&] { return kept.trusted() && redis.connected(); });
    }
    std::string get(row& from, std::string tag = "cars:1", std::string variant = "a") {
        auto body =
            run_on(all[0], kept.get(std::move(tag), std::move(variant), [&from] { return from.read(); }));
        return body ? (*body)->bytes : "error";
    }
    void invalidate(std::string tag = "cars:1") {
        run_on(all[0], [this, tag] { return told(tag); });
    }
    task<bool> told(std::string tag) {
        std::vector<std::string> tags{std::move(tag)};
        co_await kept.invalidate(std::move(tags));
        co_return true;
    }
    std::string near(std::string_view tag = "cars:1", std::string_view variant = "a") {
        const auto b = kept.find(tag, variant);
        return b ? b->bytes : "-";
    }
    storage::redis::reply command(std::vector<std::string> words) {
        auto r = run_on(all[0], redis.command(std::move(words)));
        return r ? *r : storage::redis::reply{};
    }
    /// What Redis keeps for cars:1.
    std::int64_t kept_in_redis() {
        const auto name = command({"GET", "gen:namespace"}).text;
        return command({"HLEN", "body:" + name + ":cars:1"}).integer;
    }

    loops all;
    storage::redis::client redis;
    cache kept;
};

cache_options only_shared() {
    cache_options o;
    o.near = false;
    return o;
}

/// A maker that waits, on any loop, until it is let go, and then answers what it read at its start.
struct slow_reader {
    row& from;
    std::atomic<bool> reading = false, go = false;
    task<result<std::string>> read() {
        auto seen = co_await from.read();
        reading = true;
        net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>,
                                  executor>
            t(co_await net::this_coro::executor);
        while (!go) {
            t.expires_after(1ms);
            co_await t.async_wait(use_task);
        }
        co_return seen;
    }
};

std::future<result<cached_body_ptr>> get_slowly(process& p, slow_reader& r, std::size_t on = 0) {
    return net::co_spawn(p.all[on].io.get_executor(), p.kept.get("cars:1", "a", [&r] { return r.read(); }),
                         net::use_future);
}

} // namespace

TEST(Cache, WhoAsksRedisAtTheSameTimeAsksItOnce) {
    row r;
    private_redis server;
    process one(server.url()), two(server.url(), only_shared());
    ASSERT_TRUE(one.trusts() && two.trusts());
    EXPECT_EQ(one.get(r), "old");
    ASSERT_TRUE(eventually([&] { return one.kept_in_redis() == 1; }));
    std::vector<std::future<result<cached_body_ptr>>> all;
    std::promise<void> asked;
    net::post(two.all[0].io, [&] {
        for (int i = 0; i < 10; ++i)
            all.push_back(net::co_spawn(two.all[0].io.get_executor(),
                                        two.kept.get("cars:1", "a", [&r] { return r.read(); }),
                                        net::use_future));
        asked.set_value();
    });
    asked.get_future().wait();
    for (auto& each : all)
        EXPECT_EQ((*each.get())->bytes, "old");
    EXPECT_EQ(two.kept.counts().shared_hits, 1u);
    EXPECT_EQ(r.reads, 1);
}

TEST(Cache, AMissIsMadeOnceAndThenFoundNearAndByOthersInRedis) {
    row r;
    private_redis server;
    process one(server.url()), two(server.url());
    ASSERT_TRUE(one.trusts() && two.trusts());
    EXPECT_EQ(one.get(r), "old");
    EXPECT_EQ(one.near(), "old");
    ASSERT_TRUE(eventually([&] { return one.kept_in_redis() == 1; }));
    EXPECT_EQ(two.near(), "-");
    EXPECT_EQ(two.get(r), "old");
    EXPECT_EQ(two.near(), "old");
    EXPECT_EQ(r.reads, 1);
    const auto etag = one.kept.find("cars:1", "a")->etag;
    EXPECT_EQ(etag, two.kept.find("cars:1", "a")->etag);
    EXPECT_EQ(etag.size(), 34u);
    EXPECT_EQ(etag.front(), '"');
    EXPECT_EQ(one.kept.counts().misses, 1u);
    EXPECT_EQ(two.kept.counts().shared_hits, 1u);
}

TEST(Cache, EtagsDifferWhenBytesDo) {
    row r;
    private_redis server;
    process p(server.url());
    ASSERT_TRUE(p.trusts());
    p.get(r);
    const auto before = p.kept.find("cars:1", "a")->etag;
    r.write("new");
    p.invalidate();
    p.get(r);
    ASSERT_TRUE(eventually([&] {
        p.get(r);
        return p.near() == "new";
    }));
    EXPECT_NE(p.kept.find("cars:1", "a")->etag, before);
}

TEST(Cache, AnErrorOfTheMakerIsHandedOnAndNotKept) {
    row r;
    private_redis server;
    process p(server.url());
    ASSERT_TRUE(p.trusts());
    auto failed = run_on(p.all[0], p.kept.get("cars:1", "a", []() -> task<result<std::string>> {
        co_return fail(errc::not_found, "Not found.");
    }));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, errc::not_found);
    EXPECT_EQ(p.get(r), "old");
}

TEST(Cache, AWriterReadsHisOwnWriteAtOnceAndOthersWithin100Milliseconds) {
    row r;
    private_redis server;
    process one(server.url()), two(server.url());
    ASSERT_TRUE(one.trusts() && two.trusts());
    for (int i = 0; i < 50; ++i) {
        one.get(r);
        two.get(r);
        const auto fresh = std::to_string(i);
        r.write(fresh);
        one.invalidate();
        ASSERT_EQ(one.get(r), fresh);
        ASSERT_TRUE(eventually([&] { return two.get(r) == fresh; }, 100ms)) << i;
    }
}

TEST(Cache, InvalidatingOneTagLeavesTheOthers) {
    row r;
    private_redis server;
    process p(server.url());
    ASSERT_TRUE(p.trusts());
    p.get(r, "cars:1");
    p.get(r, "cars:2");
    p.invalidate("cars:1");
    EXPECT_EQ(p.near("cars:1"), "-");
    EXPECT_EQ(p.near("cars:2"), "old");
}

TEST(Cache, ASlowReaderOnTheWritersProcessCannotBringOldBytesBack) {
    row r;
    slow_reader slow{r};
    private_redis server;
    process p(server.url(), {}, 2);
    ASSERT_TRUE(p.trusts());
    auto late = get_slowly(p, slow, 1);
    ASSERT_TRUE(eventually([&] { return slow.reading.load(); }));
    r.write("new");
    p.invalidate();
    EXPECT_EQ(p.get(r), "new"); // does not join the one under way
    slow.go = true;
    EXPECT_EQ((*late.get())->bytes, "old");
    EXPECT_NE(p.near(), "old");
    EXPECT_EQ(p.get(r), "new");
}

TEST(Cache, ASlowReaderOnAnotherProcessCannotBringOldBytesBack) {
    row r;
    slow_reader slow{r};
    std::atomic<bool> pushed = false;
    private_redis server;
    process reader(server.url()), writer(server.url()), third(server.url());
    ASSERT_TRUE(reader.trusts() && writer.trusts() && third.trusts());
    auto late = get_slowly(reader, slow);
    ASSERT_TRUE(eventually([&] { return slow.reading.load(); }));
    r.write("new");
    reader.kept.on_invalidate([&](std::string_view) { pushed = true; });
    writer.invalidate();
    ASSERT_TRUE(eventually([&] { return pushed.load(); }));
    slow.go = true;
    EXPECT_EQ((*late.get())->bytes, "old");
    EXPECT_EQ(reader.near(), "-");
    // The refused fill travels on the reader's connection: a command behind it has passed it.
    EXPECT_EQ(reader.command({"ECHO", "x"}).text, "x");
    EXPECT_EQ(reader.kept_in_redis(), 0);
    EXPECT_EQ(third.get(r), "new");
}

TEST(Cache, ASlowReaderWithoutANearCopyCannotFillRedisWithOldBytes) {
    row r;
    slow_reader slow{r};
    private_redis server;
    process reader(server.url(), only_shared()), writer(server.url(), only_shared());
    ASSERT_TRUE(reader.trusts() && writer.trusts());
    auto late = get_slowly(reader, slow);
    ASSERT_TRUE(eventually([&] { return slow.reading.load(); }));
    r.write("new");
    writer.invalidate();
    slow.go = true;
    EXPECT_EQ((*late.get())->bytes, "old");
    EXPECT_EQ(reader.command({"ECHO", "x"}).text, "x");
    EXPECT_EQ(writer.get(r), "new");
}

TEST(Cache, ConcurrentMissesOnAllLoopsWaitForOneMaker) {
    row r;
    slow_reader slow{r};
    private_redis server;
    process p(server.url(), {}, 2);
    ASSERT_TRUE(p.trusts());
    std::vector<std::future<result<cached_body_ptr>>> all;
    for (int i = 0; i < 50; ++i)
        all.push_back(get_slowly(p, slow, i % 2));
    ASSERT_TRUE(eventually([&] { return slow.reading.load(); }));
    slow.go = true;
    for (auto& f : all)
        EXPECT_EQ((*f.get())->bytes, "old");
    EXPECT_EQ(r.reads, 1);
    EXPECT_EQ(p.kept.counts().misses, 1u);
}

TEST(Cache, AMakerThatThrowsLeavesNobodyWaiting) {
    std::atomic<bool> reading = false, go = false;
    private_redis server;
    process p(server.url());
    ASSERT_TRUE(p.trusts());
    const auto throwing = [&]() -> task<result<std::string>> {
        reading = true;
        net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>,
                                  executor>
            t(co_await net::this_coro::executor);
        while (!go) {
            t.expires_after(1ms);
            co_await t.async_wait(use_task);
        }
        throw std::runtime_error("broken");
    };
    auto leader =
        net::co_spawn(p.all[0].io.get_executor(), p.kept.get("cars:1", "a", throwing), net::use_future);
    ASSERT_TRUE(eventually([&] { return reading.load(); }));
    auto follower =
        net::co_spawn(p.all[0].io.get_executor(), p.kept.get("cars:1", "a", throwing), net::use_future);
    go = true;
    EXPECT_THROW(leader.get(), std::runtime_error);
    try {
        auto outcome = follower.get(); // joined the leader, or came too late and led itself
        EXPECT_EQ(outcome.error().code, errc::internal);
    } catch (const std::runtime_error&) {
    }
}

TEST(Cache, RedisKilledMeansMadeEachTimeAndNeverStale) {
    row r;
    private_redis server;
    process p(server.url());
    ASSERT_TRUE(p.trusts());
    p.get(r);
    server.kill();
    ASSERT_TRUE(eventually([&] { return !p.kept.trusted(); }));
    EXPECT_EQ(p.near(), "-");
    r.write("new");
    p.invalidate();
    EXPECT_EQ(p.get(r), "new");
    r.write("newer");
    EXPECT_EQ(p.get(r), "newer");
    server.start();
    ASSERT_TRUE(p.trusts());
    EXPECT_EQ(p.get(r), "newer");
    ASSERT_TRUE(eventually([&] {
        p.get(r);
        return p.near() == "newer";
    }));
    const int reads = r.reads;
    EXPECT_EQ(p.get(r), "newer");
    EXPECT_EQ(r.reads, reads);
}

TEST(Cache, WhatRedisStillHoldsFromBeforeItsAbsenceIsNotServed) {
    row r;
    private_redis server;
    process one(server.url()), two(server.url());
    ASSERT_TRUE(one.trusts() && two.trusts());
    one.get(r);
    ASSERT_TRUE(eventually([&] { return one.kept_in_redis() == 1; }));
    two.get(r);
    server.pause();
    r.write("new");
    one.invalidate(); // cannot reach Redis; by its return nobody trusts his copies any more
    EXPECT_NE(one.near(), "old");
    EXPECT_NE(two.near(), "old");
    EXPECT_EQ(one.get(r), "new");
    EXPECT_EQ(two.get(r), "new");
    server.resume();
    for (int i = 0; i < 200; ++i) {
        ASSERT_EQ(one.get(r), "new");
        ASSERT_EQ(two.get(r), "new");
        std::this_thread::sleep_for(2ms);
    }
    ASSERT_TRUE(one.trusts() && two.trusts());
    ASSERT_TRUE(eventually([&] {
        one.get(r);
        return one.near() == "new";
    }));
}

TEST(Cache, AnInvalidationThatRedisRefusedEmptiesEverybody) {
    row r;
    private_redis server;
    process one(server.url()), two(server.url());
    ASSERT_TRUE(one.trusts() && two.trusts());
    one.get(r);
    two.get(r);
    ASSERT_EQ(two.near(), "old");
    // Scripts are refused, plain commands are not, as under a wrong ACL.
    one.command({"ACL", "SETUSER", "default", "-evalsha", "-eval"});
    r.write("new");
    one.invalidate();
    EXPECT_NE(one.near(), "old");
    EXPECT_TRUE(eventually([&] { return two.get(r) == "new" && one.get(r) == "new"; }));
}

/// How a Redis that answers may refuse writes, and how it takes them again.
struct refusal {
    const char *name, *begins, *ends;
};

class CacheOfARefusingRedis : public testing::TestWithParam<refusal> {
  protected:
    void refuse() { server.tell(GetParam().begins); }
    void accept() { server.tell(GetParam().ends); }

    row r;
    private_redis server;
    process one{server.url()}, two{server.url()};
};

INSTANTIATE_TEST_SUITE_P(Redis, CacheOfARefusingRedis,
                         testing::Values(refusal{"Full", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"},
                                         refusal{"Replica", "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"},
                                         refusal{"Alone", "CONFIG SET min-replicas-to-write 1",
                                                 "CONFIG SET min-replicas-to-write 0"}),
                         [](const auto& about) { return about.param.name; });

TEST_P(CacheOfARefusingRedis, IsNotTrustedByAProcessThatOnlyReads) {
    ASSERT_TRUE(one.trusts() && two.trusts());
    two.get(r);
    ASSERT_EQ(two.near(), "old");
    refuse();
    EXPECT_TRUE(eventually([&] { return !one.kept.trusted() && !two.kept.trusted(); }, 1s));
    EXPECT_EQ(two.near(), "-");
    accept();
    EXPECT_TRUE(one.trusts() && two.trusts());
}

TEST_P(CacheOfARefusingRedis, LetsNobodyServeWhatAnotherProcessChanged) {
    ASSERT_TRUE(one.trusts() && two.trusts());
    one.get(r);
    ASSERT_TRUE(eventually([&] { return one.kept_in_redis() == 1; }));
    two.get(r);
    ASSERT_EQ(two.near(), "old");
    refuse();
    r.write("new");
    one.invalidate(); // Redis does not hear of it
    EXPECT_EQ(one.get(r), "new");
    ASSERT_TRUE(eventually([&] { return two.get(r) == "new"; }, 1s));
    r.write("newer");
    one.invalidate();
    EXPECT_EQ(two.get(r), "newer") << "nothing is kept meanwhile";
    accept();
    // What was kept before does not come back, neither from the processes nor from Redis.
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(one.get(r), "newer");
        EXPECT_EQ(two.get(r), "newer");
        return one.near() == "newer" && two.near() == "newer";
    }));
}

TEST(Cache, ARedisThatAnswersEverythingButWritesIsNotTrusted) {
    row r;
    private_redis server;
    process p(server.url());
    ASSERT_TRUE(p.trusts());
    p.get(r);
    server.tell("CLIENT PAUSE 60000 WRITE"); // as during a failover
    EXPECT_TRUE(eventually([&] { return !p.kept.trusted(); }, 1s));
    EXPECT_EQ(p.near(), "-");
    r.write("new");
    server.tell("CLIENT UNPAUSE");
    ASSERT_TRUE(p.trusts());
}

TEST(Cache, AFlushedRedisEmptiesTheNearCopies) {
    row r;
    private_redis server;
    process p(server.url());
    ASSERT_TRUE(p.trusts());
    p.get(r);
    r.write("new");
    p.command({"FLUSHALL"});
    EXPECT_TRUE(eventually([&] { return p.get(r) == "new"; }));
    EXPECT_TRUE(eventually([&] {
        p.get(r);
        return p.near() == "new";
    }));
    EXPECT_TRUE(eventually([&] { return p.kept_in_redis() == 1; }));
}

TEST(Cache, ANewProcessDoesNotServeWhatAKilledOneLeftInRedis) {
    private_redis server;
    row r;
    {
        process killed(server.url());
        ASSERT_TRUE(killed.trusts());
        killed.get(r);
        ASSERT_TRUE(eventually([&] { return killed.kept_in_redis() == 1; }));
    }
    r.write("new"); // committed, but the process was killed before it could tell
    process next(server.url());
    ASSERT_TRUE(next.trusts());
    EXPECT_EQ(next.get(r), "new");
}

TEST(Cache, LevelsSwitchedOffAreNotUsed) {
    row ra, rb, rc;
    private_redis server;
    cache_options near_only, none;
    near_only.shared = false;
    none.near = none.shared = false;
    process a(server.url(), near_only), b(server.url(), only_shared()), c(server.url(), none);
    ASSERT_TRUE(a.trusts() && b.trusts() && c.trusts());
    a.get(ra);
    a.get(ra);
    EXPECT_EQ(ra.reads, 1);
    EXPECT_EQ(a.kept_in_redis(), 0);
    c.get(rc);
    c.get(rc);
    EXPECT_EQ(rc.reads, 2);
    b.get(rb);
    ASSERT_TRUE(eventually([&] { return b.kept_in_redis() == 1; }));
    EXPECT_EQ(b.get(rb), "old");
    EXPECT_EQ(rb.reads, 1);
    EXPECT_EQ(b.near(), "-");
}

TEST(Cache, ATagWithVeryManyVariantsStaysBoundedInRedis) {
    row r;
    private_redis server;
    process p(server.url(), only_shared());
    ASSERT_TRUE(p.trusts());
    for (int i = 0; i < 1500; ++i)
        p.get(r, "cars:1", std::to_string(i));
    EXPECT_LE(p.kept_in_redis(), 1024);
    EXPECT_GT(p.kept_in_redis(), 0);
    const auto name = p.command({"GET", "gen:namespace"}).text;
    const auto life = p.command({"PTTL", "body:" + name + ":cars:1"}).integer;
    EXPECT_GT(life, 0);
    EXPECT_LE(life, 300'000);
}

TEST(Cache, ListenersHearOfTagsDroppedAnywhere) {
    std::mutex mutex;
    std::vector<std::string> heard;
    private_redis server;
    process one(server.url()), two(server.url());
    ASSERT_TRUE(one.trusts() && two.trusts());
    two.kept.on_invalidate([&](std::string_view tag) {
        std::lock_guard lock(mutex);
        heard.emplace_back(tag);
    });
    const auto hears = [&](std::string_view tag) {
        return eventually([&] {
            std::lock_guard lock(mutex);
            return std::find(heard.begin(), heard.end(), tag) != heard.end();
        });
    };
    one.invalidate("account:7");
    EXPECT_TRUE(hears("account:7"));
    server.kill();
    EXPECT_TRUE(hears(""));
    server.start();
    EXPECT_TRUE(two.trusts());
}
