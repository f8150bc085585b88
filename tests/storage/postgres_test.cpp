// The database facade against a real server: queries, batches, writes, transactions, bounds.
#include "tests/support/database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using mvp::test::eventually;
using mvp::test::live_database;
using namespace std::chrono_literals;

// Parameters of statements that many tests use.
const statement one_row("SELECT $1::int");
const statement divide("SELECT 12 / $1::int");
const statement sleep_for("SELECT pg_sleep($1::float8)");
const statement add_item("INSERT INTO item (id, n) VALUES ($1::int, $2::int)");
const statement raise_item("UPDATE item SET n = n + 1 WHERE id = $1::int");
const statement item("SELECT n FROM item WHERE id = $1::int");

/// A live database with a table to write to.
struct items : live_database {
    using live_database::live_database;
    explicit items(std::size_t loop_count = 1, database_options o = {})
        : live_database(loop_count, std::move(o)) {
        sql("CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL CONSTRAINT item_n_range CHECK (n >= 0), "
            "other int "
            "CONSTRAINT item_other_fkey REFERENCES item DEFERRABLE INITIALLY DEFERRED)");
    }
};

TEST(Database, AQueryReturnsItsRows) {
    live_database live;
    static const statement numbers("SELECT n, 'text ' || n FROM generate_series(1, $1::int) n ORDER BY n");
    auto answer = live.run([&] { return live.db.query(numbers, parameters(3)); });
    ASSERT_TRUE(answer) << answer.error().text;
    ASSERT_EQ(answer->size(), 3u);
    EXPECT_EQ((*answer)[2].integer(0), 3);
    EXPECT_EQ((*answer)[1].text(1), "text 2");
}

TEST(Database, ValuesKeepTheirMeaningOnTheWay) {
    live_database live;
    static const statement echo("SELECT $1::uuid, $2::timestamptz, $3::bool, $4::text, $5::bigint, "
                                "$6::text[], $7::uuid[], $6::text[] = "
                                "ARRAY['a,\"b', E'back\\\\slash', ''], cardinality($7::uuid[])");
    uuid id = uuid::random();
    timestamp at = now();
    std::vector<std::string> texts{"a,\"b", "back\\slash", ""};
    std::vector<uuid> ids{id, uuid::random()};
    auto answer = live.run([&] {
        return live.db.query(echo, parameters(id, at, true, std::nullopt, std::int64_t(-5), texts, ids));
    });
    ASSERT_TRUE(answer) << answer.error().text;
    row r = answer->front();
    EXPECT_EQ(r.id(0), id);
    EXPECT_EQ(r.time(1), at);
    EXPECT_TRUE(r.boolean(2));
    EXPECT_TRUE(r.is_null(3));
    EXPECT_EQ(r.optional_text(3), std::nullopt);
    EXPECT_EQ(r.integer(4), -5);
    EXPECT_TRUE(r.boolean(7));
    EXPECT_EQ(r.integer(8), 2);
}

TEST(Database, ABatchAnswersInOrder) {
    live_database live;
    auto answer = live.run([&] {
        std::vector<command> commands;
        for (int i = 0; i < 5; ++i)
            commands.emplace_back(one_row, parameters(i));
        return live.db.batch(std::move(commands));
    });
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->size(), 5u);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ((*answer)[std::size_t(i)].front().integer(0), i);
}

TEST(Database, AnEmptyBatchIsAnsweredAtOnce) {
    live_database live;
    auto answer = live.run([&] { return live.db.batch({}); });
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->empty());
}

TEST(Database, AFailingReadAmongManyLeavesTheOthersRight) {
    std::atomic<int> right = 0, refused = 0, done = 0;
    live_database live;
    for (int i = 0; i < 60; ++i)
        net::co_spawn(
            live.all[0].io,
            [](live_database& live, int i, auto& right, auto& refused, auto& done) -> task<> {
                auto answer =
                    co_await live.db.query(divide, parameters(i % 6)); // every sixth divides by zero
                if (answer)
                    right += answer->front().integer(0) == 12 / (i % 6);
                else
                    refused += answer.error().code == errc::bad_request && i % 6 == 0;
                ++done;
            }(live, i, right, refused, done),
            net::detached);
    ASSERT_TRUE(eventually([&] { return done == 60; }));
    EXPECT_EQ(right, 50);
    EXPECT_EQ(refused, 10);
}

TEST(Database, ReadsCannotWrite) {
    items live;
    auto answer = live.run([&] { return live.db.query(add_item, parameters(1, 1)); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::unavailable); // as a standby says it
    EXPECT_EQ(live.sql("SELECT count(*) FROM item"), "0");
}

TEST(Database, AWriteIsCommittedWhenItIsAnswered) {
    items live;
    auto answer = live.run([&] { return live.db.execute(add_item, parameters(1, 5)); });
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->affected(), 1);
    EXPECT_EQ(live.sql("SELECT n FROM item"), "5");
}

TEST(Database, AConstraintThatRefusesAWriteIsNamed) {
    items live;
    live.sql("INSERT INTO item VALUES (1, 1)");
    auto twice = live.run([&] { return live.db.execute(add_item, parameters(1, 5)); });
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, errc::conflict);
    EXPECT_EQ(twice.error().constraint, "item_pkey");
    auto negative = live.run([&] { return live.db.execute(add_item, parameters(2, -1)); });
    EXPECT_EQ(negative.error().constraint, "item_n_range");
}

TEST(Database, AConstraintThatIsCheckedAtCommitIsReportedToo) {
    items live;
    static const statement dangling("INSERT INTO item VALUES (1, 1, 99)");
    auto answer = live.run([&] { return live.db.execute(dangling); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::conflict);
    EXPECT_EQ(answer.error().constraint, "item_other_fkey");
}

TEST(Database, InputThatPostgresCannotReadIsTheClients) {
    items live;
    static const statement by_text("SELECT $1::text");
    for (auto [s, p] : {std::pair{&one_row, parameters("99999999999999999999")},
                        {&one_row, parameters("abc")},
                        {&by_text, parameters("\xff\xfe")},
                        {&by_text, parameters(std::string_view("a\0b", 3))}}) {
        auto answer = live.run([&, s = s, p = p] { return live.db.query(*s, p); });
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, errc::bad_request) << answer.error().text;
    }
}

TEST(Database, ABatchOfWritesIsOneTransaction) {
    items live;
    std::vector<command> commands;
    commands.emplace_back(add_item, parameters(1, 1));
    commands.emplace_back(add_item, parameters(2, -1));
    auto refused = live.run([&] { return live.db.execute_batch(commands); });
    EXPECT_EQ(refused.error().constraint, "item_n_range");
    EXPECT_EQ(live.sql("SELECT count(*) FROM item"), "0");
    commands[1] = command(add_item, parameters(2, 1));
    ASSERT_TRUE(live.run([&] { return live.db.execute_batch(commands); }));
    EXPECT_EQ(live.sql("SELECT count(*) FROM item"), "2");
}

TEST(Database, ATransactionCommitsAllOrNothing) {
    items live;
    auto add_two = [&](int second) {
        return live.run([&, second]() -> task<result<int>> {
            return live.db.transact([second](transaction& t) -> task<result<int>> {
                if (auto a = co_await t.query(add_item, parameters(1, 1)); !a)
                    co_return fail(a.error());
                if (auto b = co_await t.query(add_item, parameters(2, second)); !b)
                    co_return fail(b.error());
                co_return 7;
            });
        });
    };
    EXPECT_EQ(add_two(-1).error().constraint, "item_n_range");
    EXPECT_EQ(live.sql("SELECT count(*) FROM item"), "0");
    EXPECT_EQ(add_two(1).value(), 7);
    EXPECT_EQ(live.sql("SELECT count(*) FROM item"), "2");
}

TEST(Database, ATransactionWhoseBodyThrowsIsRolledBackAndItsConnectionIsUsable) {
    database_options o;
    o.connections_per_loop = 3; // one writer
    items live(1, o);
    EXPECT_THROW(live.run([&]() -> task<result<int>> {
        return live.db.transact([](transaction& t) -> task<result<int>> {
            co_await t.query(add_item, parameters(1, 1));
            throw std::runtime_error("body");
        });
    }),
                 std::runtime_error);
    ASSERT_TRUE(live.run([&] { return live.db.execute(add_item, parameters(2, 1)); }));
    EXPECT_EQ(live.sql("SELECT string_agg(id::text, ',') FROM item"), "2");
    EXPECT_EQ(live.db.open(), 3u);
}

TEST(Database, ATransactionInWhichAFailureWasOverlookedIsNotReportedAsCommitted) {
    items live;
    auto answer = live.run([&]() -> task<result<int>> {
        return live.db.transact([](transaction& t) -> task<result<int>> {
            co_await t.query(add_item, parameters(1, -1));
            co_return 1;
        });
    });
    EXPECT_FALSE(answer);
}

TEST(Database, AnEmptyTransactionSucceeds) {
    items live;
    auto answer = live.run([&]() -> task<result<int>> {
        return live.db.transact([](transaction&) -> task<result<int>> { co_return 1; });
    });
    EXPECT_TRUE(answer);
}

TEST(Database, TransactionsThatDeadlockAreRepeatedUntilBothSucceed) {
    std::atomic<int> entered = 0, succeeded = 0, done = 0, attempts = 0;
    items live;
    live.sql("INSERT INTO item VALUES (1, 0), (2, 0)");
    for (int i = 0; i < 2; ++i)
        net::co_spawn(
            live.all[0].io,
            [](items& live, int i, auto& entered, auto& attempts, auto& succeeded, auto& done) -> task<> {
                auto answer = co_await live.db.transact([&, i](transaction& t) -> task<result<int>> {
                    ++attempts;
                    if (auto a = co_await t.query(raise_item, parameters(1 + i)); !a)
                        co_return fail(a.error());
                    ++entered;
                    net::steady_timer pause(live.all[0].io);
                    while (entered < 2) { // both hold their first row
                        pause.expires_after(1ms);
                        co_await pause.async_wait(net::use_awaitable_t<executor>());
                    }
                    if (auto b = co_await t.query(raise_item, parameters(2 - i)); !b)
                        co_return fail(b.error());
                    co_return 1;
                });
                succeeded += answer.has_value();
                ++done;
            }(live, i, entered, attempts, succeeded, done),
            net::detached);
    ASSERT_TRUE(eventually([&] { return done == 2; }, 20s));
    EXPECT_EQ(succeeded, 2);
    EXPECT_GE(attempts, 3);
    EXPECT_EQ(live.sql("SELECT string_agg(n::text, ',') FROM item"), "2,2");
}

TEST(Database, WritesBeyondTheConnectionsWaitTheirTurn) {
    std::atomic<int> done = 0, right = 0;
    database_options o;
    o.connections_per_loop = 4; // two writers
    items live(1, o);
    live.sql("INSERT INTO item VALUES (1, 0)");
    for (int i = 0; i < 200; ++i)
        net::co_spawn(
            live.all[0].io,
            [](items& live, auto& right, auto& done) -> task<> {
                auto answer = co_await live.db.execute(raise_item, parameters(1));
                right += answer && answer->affected() == 1;
                ++done;
            }(live, right, done),
            net::detached);
    ASSERT_TRUE(eventually([&] { return done == 200; }));
    EXPECT_EQ(right, 200);
    EXPECT_EQ(live.sql("SELECT n FROM item"), "200");
    EXPECT_LE(live.db.open(), 4u);
    EXPECT_EQ(live.db.queued(), 0u);
}

TEST(Database, MoreThanTheQueueHoldsIsRefusedAtOnce) {
    std::atomic<int> done = 0, refused = 0, kind = 0;
    database_options o;
    o.connections_per_loop = 3;
    o.queue_limit = 10;
    items live(1, o);
    // All in one turn, before any of them can be answered.
    live.run([&]() -> task<int> {
        for (int i = 0; i < 20; ++i)
            net::co_spawn(
                live.all[0].io,
                [](items& live, auto& refused, auto& kind, auto& done) -> task<> {
                    auto answer = co_await live.db.execute(sleep_for, parameters("0.02"));
                    refused += !answer;
                    kind += !answer && answer.error().code == errc::unavailable &&
                            answer.error().retry_after == 1;
                    ++done;
                }(live, refused, kind, done),
                net::detached);
        co_return 0;
    });
    ASSERT_TRUE(eventually([&] { return done == 20; }));
    EXPECT_EQ(refused, 9); // one runs, ten wait
    EXPECT_EQ(kind, 9);
}

TEST(Database, AStatementThatTakesTooLongIsUnavailable) {
    database_options o;
    o.statement_timeout = 100ms;
    live_database live(1, o);
    auto answer = live.run([&] { return live.db.query(sleep_for, parameters("5")); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::unavailable); // as a standby says it
    EXPECT_TRUE(live.run([&] { return live.db.query(one_row, parameters(1)); }));
}

TEST(Database, ACallIsAnsweredAtItsDeadlineAndTheConnectionStaysRight) {
    database_options o;
    o.deadline = 300ms;
    o.statement_timeout = 2000ms;
    live_database live(1, o);
    auto began = std::chrono::steady_clock::now();
    auto late = live.run([&] { return live.db.query(sleep_for, parameters("1.2")); });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1000ms);
    // What was late is answered to nobody; those behind it get their own answers.
    for (int i = 0; i < 20; ++i) {
        auto answer = live.run([&] { return live.db.query(one_row, parameters(i)); });
        if (answer) {
            EXPECT_EQ(answer->front().integer(0), i);
        }
    }
    auto after = live.run([&] { return live.db.query(one_row, parameters(77)); });
    ASSERT_TRUE(after);
    EXPECT_EQ(after->front().integer(0), 77);
}

TEST(Database, AClientThatGoesAwayInTheMiddleLeavesItsConnectionUsable) {
    using namespace net::experimental::awaitable_operators;
    database_options o;
    o.connections_per_loop = 3;
    items live(1, o);
    for (int i = 0; i < 20; ++i)
        live.run([&, i]() -> task<int> {
            net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>,
                                      executor>
                gone(live.all[0].io, std::chrono::microseconds(50 * i));
            auto work = live.db.transact([i](transaction& t) -> task<result<int>> {
                if (auto a = co_await t.query(add_item, parameters(i, i)); !a)
                    co_return fail(a.error());
                co_return 1;
            });
            co_await (std::move(work) || gone.async_wait(use_task));
            co_return 0;
        });
    auto answer = live.run([&] { return live.db.execute(add_item, parameters(100, 100)); });
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(live.sql("SELECT count(*) FROM item WHERE id = 100"), "1");
}

TEST(Database, TwoLoopsWorkSideBySide) {
    std::atomic<int> done = 0, right = 0;
    items live(2);
    live.sql("INSERT INTO item VALUES (1, 0)");
    for (int i = 0; i < 400; ++i)
        net::co_spawn(
            live.all[std::size_t(i % 2)].io,
            [](items& live, int i, auto& right, auto& done) -> task<> {
                auto raised = co_await live.db.execute(raise_item, parameters(1));
                auto read = co_await live.db.query(one_row, parameters(i));
                right += raised && read && read->front().integer(0) == i;
                ++done;
            }(live, i, right, done),
            net::detached);
    ASSERT_TRUE(eventually([&] { return done == 400; }));
    EXPECT_EQ(right, 400);
    EXPECT_EQ(live.sql("SELECT n FROM item"), "400");
}

TEST(Database, ReadsOfOneTurnShareASync) {
    live_database live;
    // now() is the transaction's: the same for statements between two Syncs.
    static const statement when("SELECT now(), pg_backend_pid()");
    auto same = live.run([&]() -> task<bool> {
        using namespace net::experimental::awaitable_operators;
        auto [a, b] = co_await (live.db.query(when) && live.db.query(when));
        co_return a&& b && a->front().text(0) == b->front().text(0) &&
            a->front().text(1) == b->front().text(1);
    });
    EXPECT_TRUE(same);
}

TEST(Database, ACommitThatInsertsIntoAListenedTableIsToldAndARefusedOneIsNot) {
    std::atomic<int> told = 0;
    mvp::test::test_database own;
    mvp::test::run_sql(own.url(), "CREATE TABLE news (n int PRIMARY KEY)");
    static const statement add_news(
        "WITH made AS (INSERT INTO news (n) VALUES ($1::int) RETURNING n) SELECT n FROM made");
    loops all(2);
    database_options o;
    o.url = own.url();
    database db(all, o);
    db.listen(
        "news", [&](std::string_view) { ++told; }, [] {});
    all.start();
    db.start();
    ASSERT_TRUE(eventually([&] { return db.available(); }));
    auto add = [&](int n, std::size_t on) {
        return mvp::test::run_on(all[on], [&]() { return db.execute(add_news, parameters(n)); });
    };
    ASSERT_TRUE(add(1, 1));
    EXPECT_TRUE(eventually([&] { return told == 1; }));
    EXPECT_FALSE(add(1, 0)); // already there
    auto in_transaction = [&](int n, bool commit) {
        return mvp::test::run_on(all[0], [&, n, commit]() -> task<result<int>> {
            return db.transact([n, commit](transaction& t) -> task<result<int>> {
                auto added = co_await t.query(add_news, parameters(n));
                if (!added || !commit)
                    co_return fail(errc::refused, "no");
                co_return 1;
            });
        });
    };
    EXPECT_FALSE(in_transaction(2, false));
    EXPECT_TRUE(in_transaction(3, true));
    EXPECT_TRUE(eventually([&] { return told == 2; }));
    db.stop();
    all.stop_and_join();
    EXPECT_EQ(told, 2);
}

TEST(Database, TheSameTextIsTheSameStatement) {
    EXPECT_EQ(prepared("SELECT 4711"), prepared("SELECT 4711"));
    EXPECT_NE(prepared("SELECT 4711"), prepared("SELECT 4712"));
}

TEST(Database, ATextForWhichTheTableHasNoRoomIsStillFound) {
    statement_table table(1);
    auto kept = table.find("SELECT 1");
    EXPECT_EQ(kept->how(), statement::use::often);
    auto other = table.find("SELECT 2");
    EXPECT_EQ(other->how(), statement::use::once);
    EXPECT_EQ(other->sql(), "SELECT 2");
    EXPECT_NE(table.find("SELECT 2"), other);
    EXPECT_EQ(table.find("SELECT 1"), kept);
}

TEST(Database, MoreTextsThanItKeepsAreAllAnswered) {
    live_database live;
    statement_table table(400);
    static const statement count("SELECT count(*) FROM pg_prepared_statements");
    for (int i = 0; i < 1000; ++i) {
        auto read = live.run(
            [&] { return live.db.query(table.find(fmt::format("SELECT $1::int + {}", i)), parameters(1)); });
        ASSERT_TRUE(read) << read.error().text;
        EXPECT_EQ(read->front().integer(0), 1 + i);
    }
    auto written = live.run([&] { return live.db.execute(table.find("CREATE TABLE added_once (n int)")); });
    EXPECT_TRUE(written) << written.error().text;
    for (int i = 0; i < 4; ++i) { // on each connection of the readers
        auto prepared_there = live.run([&] { return live.db.query(count); });
        ASSERT_TRUE(prepared_there);
        EXPECT_LE(prepared_there->front().integer(0), 260);
    }
}

TEST(Database, AStatementOfOneUseOutlivesACallerWhoGaveUp) {
    database_options o;
    o.deadline = 50ms;
    live_database live(1, o);
    statement_table none(0);
    auto late = live.run([&] { return live.db.query(none.find("SELECT pg_sleep(0.4)")); });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::unavailable);
    EXPECT_TRUE(
        eventually([&] { return bool(live.run([&] { return live.db.query(none.find("SELECT 1")); })); }));
}

} // namespace
} // namespace mvp::storage
