#include "tests/actors/live/process.hpp"
#include "tests/support/private_redis.hpp"

#include <fmt/format.h>

namespace mvp::actors {
namespace {

using mvp::test::eventually;

struct Trouble : ::testing::Test {
    mvp::test::test_database database;
    mvp::test::private_redis redis;
    process a{database.url(), redis.url()}, b{database.url(), redis.url()};
    uuid user{};

    void SetUp() override {
        a.start(true);
        b.start(false);
        user = *uuid::parse(
            sql("INSERT INTO users (email, password, first_name, last_name) VALUES ('a@example.com', "
                "'!', 'A', 'L') RETURNING id"));
    }
    std::string sql(const std::string& text) { return mvp::test::run_sql(database.url(), text); }
    void raise_event() {
        sql("INSERT INTO outbox (type, recipient, title, message) VALUES ('listing_update', '" + user.text() +
            "', 'T', 'M')");
    }
    std::shared_ptr<kept_socket> join(process& p) {
        auto s = std::make_shared<kept_socket>();
        p.attach(user, {s});
        EXPECT_TRUE(s->has(1));
        return s;
    }
};

TEST_F(Trouble, WithoutRedisCountsAreRightAndFramesOfOtherProcessesComeWhenItReturns) {
    auto on_a = join(a), on_b = join(b);
    EXPECT_EQ(b.unread(user), 0);
    redis.kill();
    ASSERT_TRUE(eventually([&] { return !b.redis.subscriptions_live(); }));
    raise_event();
    EXPECT_TRUE(on_a->has(2)) << "the process that made it needs no Redis";
    EXPECT_EQ(b.unread(user), 1) << "from PostgreSQL";
    const auto id = *uuid::parse(sql("SELECT id FROM notifications"));
    EXPECT_EQ(a.mark(user, {.ids = {id}})->changed, 1);
    EXPECT_EQ(b.unread(user), 0);
    redis.start();
    EXPECT_TRUE(on_b->has(3)) << "what was read and what was made meanwhile";
    EXPECT_EQ(on_b->seqs(), std::vector{1});
    EXPECT_NE(on_b->frames()[1].find(id.text()), std::string::npos);
}

TEST_F(Trouble, AWakeUpThatCouldNotBeSentIsMadeUpFor) {
    auto on_b = join(b);
    // Redis takes no messages for a while, but the subscriptions stay up, so b has no reason to look.
    auto allow = [&](const char* how) {
        std::vector<std::string> words{"ACL", "SETUSER", "default", how};
        return b.run([&] { return b.redis.command(words); }).has_value();
    };
    ASSERT_TRUE(allow("-publish"));
    raise_event();
    ASSERT_TRUE(eventually([&] { return a.events->counts().made == 1; }));
    ASSERT_TRUE(allow("+publish"));
    EXPECT_TRUE(on_b->has(2));
}

TEST_F(Trouble, AHungRedisIsNoticedBeforeAnOldCountIsTold) {
    EXPECT_EQ(b.unread(user), 0);
    redis.pause();
    raise_event();
    ASSERT_TRUE(eventually([&] { return a.events->counts().made == 1; }));
    EXPECT_TRUE(eventually([&] { return b.unread(user) == 1; }, std::chrono::seconds(1)));
    redis.resume();
    EXPECT_EQ(b.unread(user), 1);
}

} // namespace
} // namespace mvp::actors
