// Writes that share a transaction under load, against a real server.
#include "storage/postgres/joint_writes.hpp"
#include "tests/support/database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace mvp::storage {
namespace {

using mvp::test::eventually;
using mvp::test::live_database;
using namespace std::chrono_literals;

const statement add_item("INSERT INTO item (id, n) VALUES ($1::int, $2::int) RETURNING n");

class JointWrites : public ::testing::Test {
  protected:
    static constexpr const char* table =
        "CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL CHECK (n >= 0), made xid8 NOT NULL DEFAULT "
        "pg_current_xact_id())";

    struct item {
        int id, n;
    };
    /// Adds all of them at once, from one turn of the loop.
    static std::vector<result<rows>> add(live_database& live, std::vector<item> items) {
        std::vector<std::optional<result<rows>>> answers(items.size());
        std::atomic<std::size_t> done = 0;
        net::post(live.all[0].io, [&] {
            for (std::size_t i = 0; i < items.size(); ++i)
                net::co_spawn(live.all[0].io.get_executor(),
                              live.db.execute_together(add_item, parameters(items[i].id, items[i].n)),
                              [&, i](std::exception_ptr, result<rows> r) {
                                  answers[i] = std::move(r);
                                  ++done;
                              });
        });
        if (!eventually([&] { return done == items.size(); }))
            throw std::runtime_error("not all were answered");
        std::vector<result<rows>> all;
        for (auto& a : answers)
            all.push_back(std::move(*a));
        return all;
    }
    std::vector<result<rows>> add(std::vector<item> items) { return add(live, std::move(items)); }
    static std::vector<item> numbered(int count) {
        std::vector<item> items;
        for (int i = 0; i < count; ++i)
            items.push_back({i, i});
        return items;
    }

    void SetUp() override { live.sql(table); }
    live_database live;
};

TEST_F(JointWrites, EachGetsItsOwnAnswerAndFewTransactionsAreMade) {
    const auto answers = add(numbered(100));
    for (int i = 0; i < 100; ++i) {
        const auto& a = answers[static_cast<std::size_t>(i)];
        ASSERT_TRUE(a) << a.error().text;
        EXPECT_EQ(a->front().integer(0), i);
    }
    EXPECT_EQ(live.sql("SELECT count(*) FROM item"), "100");
    // The first two go alone, the other 98 in parts of 16.
    EXPECT_EQ(live.sql("SELECT count(DISTINCT made) FROM item"), "9");
}

TEST_F(JointWrites, OneThatIsRefusedTakesNobodyWithIt) {
    auto items = numbered(20);
    items[5].n = -1; // refused by a CHECK
    items[9].id = 8; // of two equal ones one is refused
    const auto answers = add(items);
    for (std::size_t i = 0; i < items.size(); ++i)
        if (i != 5 && i != 8 && i != 9)
            EXPECT_TRUE(answers[i]) << i << ": " << answers[i].error().text;
    EXPECT_EQ(answers[5].error().code, errc::conflict);
    ASSERT_NE(answers[8].has_value(), answers[9].has_value());
    EXPECT_EQ((answers[8] ? answers[9] : answers[8]).error().constraint, "item_pkey");
    EXPECT_EQ(live.sql("SELECT count(*) FROM item"), "18");
}

TEST_F(JointWrites, OneThatIsBlockedMakesNobodyElseFail) {
    database_options hasty;
    hasty.statement_timeout = 300ms;
    live_database other(1, hasty);
    other.sql(table);
    // Somebody holds id 7 in a transaction that does not end.
    const auto blocker = mvp::test::open_sql(other.url());
    for (const char* sql : {"BEGIN", "INSERT INTO item (id, n) VALUES (7, 7)"})
        mvp::test::checked(blocker.get(), PQexec(blocker.get(), sql), sql);
    const auto answers = add(other, numbered(20));
    for (std::size_t i = 0; i < answers.size(); ++i)
        EXPECT_EQ(answers[i].has_value(), i != 7) << i;
    EXPECT_EQ(answers[7].error().code, errc::unavailable);
    EXPECT_EQ(other.sql("SELECT count(*) FROM item"), "19");
}

TEST_F(JointWrites, WhatIsLostWithItsConnectionIsNotDoneAgain) {
    live.sql("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
             "'BEGIN PERFORM pg_sleep(10); RETURN NEW; END'");
    live.sql(
        "CREATE TRIGGER slow BEFORE INSERT ON item FOR EACH ROW WHEN (NEW.id < 2) EXECUTE FUNCTION slow()");
    std::thread killer([&] {
        eventually([&] {
            return live.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
                            "current_database() AND wait_event = 'PgSleep'") == "2";
        });
    });
    const auto answers = add(numbered(10));
    killer.join();
    EXPECT_EQ(answers[0].error().code, errc::unavailable);
    EXPECT_EQ(answers[1].error().code, errc::unavailable);
    for (std::size_t i = 2; i < 10; ++i)
        EXPECT_TRUE(answers[i]) << "waited behind them";
    EXPECT_EQ(live.sql("SELECT count(*) FROM item"), "8");
}

TEST_F(JointWrites, MoreThanMayWaitAreRefusedAtOnce) {
    std::atomic<int> refused = 0, made = 0;
    database_options o;
    o.queue_limit = 10;
    live_database narrow(1, o);
    narrow.sql("CREATE TABLE item (id int PRIMARY KEY, n int)");
    net::post(narrow.all[0].io, [&] {
        for (int i = 0; i < 30; ++i)
            net::co_spawn(narrow.all[0].io.get_executor(),
                          narrow.db.execute_together(add_item, parameters(i, i)),
                          [&](std::exception_ptr, result<rows> r) { ++(r ? made : refused); });
    });
    EXPECT_TRUE(eventually([&] { return refused + made == 30; }));
    EXPECT_EQ(refused, 18);
    EXPECT_EQ(narrow.sql("SELECT count(*) FROM item"), "12");
}

} // namespace
} // namespace mvp::storage
