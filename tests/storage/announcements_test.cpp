// Announcements on a real PostgreSQL: everybody once, in batches, whatever is killed when.
#include "storage/announcements.hpp"
#include "storage/notifications.hpp"
#include "tests/support/database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using mvp::test::eventually;
using mvp::test::live_database;
using mvp::test::run_sql;

struct Announcements : ::testing::Test {
    live_database live{2};

    void make_users(int count, const std::string& name = "u") {
        live.sql(fmt::format("INSERT INTO users (email, password, first_name, last_name) SELECT '{}' || n || "
                             "'@example.com', '!', 'A', 'L' FROM generate_series(1, {}) n",
                             name, count));
    }
    uuid user(const std::string& name) {
        return *uuid::parse(live.sql("SELECT id FROM users WHERE email = '" + name + "@example.com'"));
    }
    std::int64_t announce_it(uuid author, std::optional<std::string> url = {}) {
        announcement a{"News", "There is news.", std::move(url)};
        auto done = live.run([&] { return announce(live.db, author, a); });
        EXPECT_TRUE(done) << done.error().text;
        return done.value_or(-1);
    }
    result<announced> step(std::size_t limit) {
        return live.run([&] { return announce_some(live.db, limit); });
    }
    /// Steps until nothing is left; how many were told.
    std::size_t finish(std::size_t limit) {
        std::size_t told = 0;
        for (auto done = step(limit); done && done->more; done = step(limit))
            told += done->users.size();
        return told;
    }
    std::string count(const std::string& what) { return live.sql("SELECT count(*) FROM " + what); }
};

TEST_F(Announcements, ReachEveryActiveUserButTheAuthor) {
    make_users(25);
    live.sql("UPDATE users SET is_active = false WHERE email IN ('u3@example.com', 'u4@example.com')");
    live.sql(
        "INSERT INTO notification_preferences (user_id, app_system_announcement, email_system_announcement) "
        "SELECT id, false, true FROM users WHERE email = 'u5@example.com'");
    EXPECT_EQ(announce_it(user("u1"), "/news"), 22);
    EXPECT_EQ(finish(10), 21u);
    EXPECT_EQ(
        count(
            "notifications WHERE notification_type = 'system_announcement' AND title = 'News' AND message = "
            "'There is news.' AND action_url = '/news' AND seq = 1"),
        "21");
    EXPECT_EQ(count("notifications n JOIN users u ON u.id = n.user_id WHERE u.email IN ('u1@example.com', "
                    "'u3@example.com', 'u5@example.com')"),
              "0");
    EXPECT_EQ(live.sql("SELECT string_agg(u.email, ',') FROM mail_items JOIN users u ON u.id = user_id"),
              "u5@example.com");
    EXPECT_EQ(count("announcements WHERE done_at IS NOT NULL"), "1");
    EXPECT_FALSE(step(10)->more);
}

TEST_F(Announcements, GoOnWhereTheyWereAfterARestart) {
    make_users(25);
    announce_it(user("u1"));
    ASSERT_TRUE(step(10));
    make_users(5, "late"); // are not told
    EXPECT_EQ(count("announcements WHERE done_at IS NULL AND reached = (SELECT max(id::text)::uuid FROM "
                    "(SELECT id FROM "
                    "users WHERE email LIKE 'u%' ORDER BY id LIMIT 10) u)"),
              "1");
    finish(10);
    EXPECT_EQ(count("notifications"), "24");
    EXPECT_EQ(live.sql("SELECT count(DISTINCT user_id) FROM notifications"), "24");
}

TEST_F(Announcements, AProcessThatDiesInABatchTellsNobodyTwice) {
    make_users(25);
    announce_it(user("u1"));
    ASSERT_TRUE(step(10));
    // The next batch has to wait for somebody's lock, and is killed there.
    std::thread holder([&] {
        run_sql(
            live.url(),
            "BEGIN; SELECT 1 FROM users ORDER BY id DESC LIMIT 10 FOR UPDATE; SELECT pg_sleep(1); COMMIT");
    });
    const std::string blocked =
        "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    std::thread killer([&] {
        ASSERT_TRUE(eventually([&] { return count(blocked) != "0"; }));
        live.sql("SELECT pg_terminate_backend(pid) FROM " + blocked);
    });
    ASSERT_TRUE(eventually([&] {
        return count(
                   "pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'users' AND l.mode = "
                   "'RowShareLock'") != "0";
    }));
    const auto lost = step(20);
    EXPECT_FALSE(lost);
    killer.join();
    holder.join();
    EXPECT_EQ(count("notifications"),
              count("users WHERE id <= (SELECT reached FROM announcements) AND email <> "
                    "'u1@example.com'"));
    finish(10);
    EXPECT_EQ(count("notifications"), "24");
    EXPECT_EQ(live.sql("SELECT count(DISTINCT user_id) FROM notifications"), "24");
}

TEST_F(Announcements, ManyProcessesAndOrdinaryEventsAtOnceKeepTheNumbers) {
    make_users(300);
    for (int i = 0; i < 3; ++i)
        announce_it(user("u1"));
    live.sql("INSERT INTO outbox (type, recipient, title, message) SELECT 'listing_update', id, 'T', 'M' "
             "FROM users, "
             "generate_series(1, 3)");
    auto tell = [&]() -> task<int> {
        int idle = 0;
        while (idle < 5) {
            auto done = co_await announce_some(live.db, 17);
            if (!done)
                co_return 0;
            idle = done->more ? 0 : idle + 1;
        }
        co_return 1;
    };
    auto relay = [&]() -> task<int> {
        for (;;) {
            auto done = co_await deliver_events(live.db, 50);
            if (!done)
                co_return 0;
            if (done->events == 0)
                co_return 1;
        }
    };
    std::vector<std::future<int>> all;
    for (std::size_t i = 0; i < 4; ++i) {
        all.push_back(net::co_spawn(live.all[i % 2].io, tell(), net::use_future));
        all.push_back(net::co_spawn(live.all[i % 2].io, relay(), net::use_future));
    }
    for (auto& one : all)
        EXPECT_EQ(one.get(), 1);
    finish(50);
    EXPECT_EQ(count("notifications WHERE notification_type = 'system_announcement'"), "897");
    EXPECT_EQ(
        count(
            "users u WHERE notification_seq = (SELECT count(*) FROM notifications WHERE user_id = u.id) AND "
            "notification_seq = (SELECT max(seq) FROM notifications WHERE user_id = u.id)"),
        "300")
        << "without gaps";
}

} // namespace
} // namespace mvp::storage
