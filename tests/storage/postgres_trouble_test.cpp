// What happens when the server restarts, dies, or says nothing; and NOTIFY through all that.
#include "storage/postgres/pool.hpp"
#include "tests/support/cluster.hpp"
#include "tests/support/database.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <mutex>

namespace mvp::storage {
namespace {

using mvp::test::cluster;
using mvp::test::eventually;
using mvp::test::run_on;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

const statement one_row("SELECT $1::int");
const statement sleep_for("SELECT pg_sleep($1::float8)");
const statement make_row("INSERT INTO made VALUES ($1::int)");
const statement my_pid("SELECT pg_backend_pid()");

struct Trouble : ::testing::Test {
    static void SetUpTestSuite() {
        server = std::make_unique<cluster>();
        server->sql("CREATE TABLE made (n int)");
    }
    static void TearDownTestSuite() { server.reset(); }

    void SetUp() override {
        all.start();
        make();
    }
    void TearDown() override {
        if (db)
            db->stop();
        all.stop_and_join();
    }
    void make(database_options o = {}) {
        if (o.url.empty())
            o.url = server->url();
        db = std::make_unique<database>(all, o);
    }
    void begin() {
        db->start();
        ASSERT_TRUE(eventually([&] { return db->available(); }));
    }
    result<rows> read(int n = 1) {
        return run_on(all[0], [&]() { return db->query(one_row, parameters(n)); });
    }
    result<rows> write(int n = 1) {
        return run_on(all[0], [&]() { return db->execute(make_row, parameters(n)); });
    }
    static std::chrono::milliseconds since(clock::time_point t) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - t);
    }

    static std::unique_ptr<cluster> server;
    loops all{1};
    std::unique_ptr<database> db;
};
std::unique_ptr<cluster> Trouble::server;

TEST_F(Trouble, AServerThatCrashesFailsCallsFastAndIsUsedAgainWithinTwoSecondsOfItsReturn) {
    begin();
    ASSERT_TRUE(read());
    ASSERT_TRUE(write());
    server->stop("immediate");
    ASSERT_TRUE(eventually([&] { return !db->available(); }));
    for (int i = 0; i < 3; ++i) {
        auto began = clock::now();
        auto r = read(), w = write();
        ASSERT_FALSE(r);
        ASSERT_FALSE(w);
        EXPECT_EQ(r.error().code, errc::unavailable) << r.error().text;
        EXPECT_EQ(w.error().code, errc::unavailable) << w.error().text;
        EXPECT_EQ(r.error().retry_after, 1);
        EXPECT_LT(since(began), 500ms);
    }
    server->start();
    auto back = clock::now();
    EXPECT_TRUE(eventually([&] { return read() && write(); }, 5s));
    EXPECT_LT(since(back), 2000ms);
}

TEST_F(Trouble, ACallInFlightWhenTheServerGoesIsAnswered) {
    begin();
    auto pending = net::co_spawn(all[0].io, db->query(sleep_for, parameters("5")), net::use_future);
    ASSERT_TRUE(eventually([&] {
        return server->sql(
                   "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' "
                   "AND pid <> pg_backend_pid()") != "0";
    }));
    server->stop("immediate");
    ASSERT_EQ(pending.wait_for(2s), std::future_status::ready);
    auto answer = pending.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::unavailable);
    server->start();
    EXPECT_TRUE(eventually([&] { return bool(read()); }, 5s));
}

TEST_F(Trouble, AStartBeforeTheServerIsThereConnectsWhenItIs) {
    server->stop("fast");
    db->start();
    EXPECT_TRUE(eventually([&] { return !read(); }));
    EXPECT_FALSE(db->available());
    server->start();
    EXPECT_TRUE(eventually([&] { return read() && write(); }, 5s));
}

TEST_F(Trouble, SessionsThatAreEndedByTheServerAreReplacedWithoutARefusal) {
    begin();
    ASSERT_TRUE(read());
    ASSERT_TRUE(write());
    server->sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'mvpbackend' "
        "AND pid <> pg_backend_pid()");
    // What is asked before we hear of it may fail; afterwards everything works at once.
    EXPECT_TRUE(eventually([&] { return read() && write(); }, 1s));
    EXPECT_TRUE(eventually([&] { return db->open() >= 3; }));
    EXPECT_TRUE(read());
}

TEST_F(Trouble, AServerThatSaysNothingIsGivenUp) {
    database_options o;
    o.deadline = 300ms;
    make(o);
    begin();
    auto pid = run_on(all[0], [&]() { return db->execute(my_pid); });
    ASSERT_TRUE(pid);
    auto frozen = static_cast<pid_t>(pid->front().integer(0));
    ASSERT_EQ(kill(frozen, SIGSTOP), 0);
    auto began = clock::now();
    auto answer = write();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::unavailable);
    EXPECT_LT(since(began), 1000ms);
    EXPECT_TRUE(read());                                        // others are not held up
    EXPECT_TRUE(eventually([&] { return bool(write()); }, 5s)); // on a new connection
    kill(frozen, SIGCONT);
}

TEST_F(Trouble, ANameIsLookedUpAndTcpWorksToo) {
    database_options o;
    o.url = server->tcp_url();
    make(o);
    begin();
    EXPECT_TRUE(read());
    EXPECT_TRUE(write());
}

TEST_F(Trouble, AUrlThatCannotBeReadIsUnavailableNotACrash) {
    database_options o;
    o.url = "postgresql://[";
    make(o);
    db->start();
    EXPECT_TRUE(eventually([&] { return !read(); }));
}

TEST_F(Trouble, WritesWaitForTheConnectionsThatPostgreSqlGivesAndMoreAreOpenedWhenItGivesMore) {
    server->sql("CREATE ROLE narrow LOGIN CONNECTION LIMIT 4; GRANT INSERT ON made TO narrow");
    database_options o;
    o.url = server->url("narrow");
    o.connections_per_loop = 0;
    make(o);
    begin();
    ASSERT_TRUE(eventually([&] { return bool(write()); }));
    const auto crowd = [&](const char* seconds) {
        std::vector<std::future<result<rows>>> all_of_them;
        for (int i = 0; i < 16; ++i)
            all_of_them.push_back(
                net::co_spawn(all[0].io, db->execute(sleep_for, parameters(seconds)), net::use_future));
        int good = 0;
        for (auto& f : all_of_them)
            good += f.get().has_value();
        return good;
    };
    EXPECT_EQ(crowd("0.05"), 16);
    EXPECT_EQ(db->open(), 4u);
    EXPECT_TRUE(write());
    // Also when all that it had are gone.
    server->sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'narrow'");
    EXPECT_TRUE(eventually([&] { return read() && write(); }, 2s));
    server->sql("ALTER ROLE narrow CONNECTION LIMIT 10");
    EXPECT_TRUE(eventually([&] { return crowd("0.2") == 16 && db->open() > 4; }, 10s));
}

TEST_F(Trouble, WriteConnectionsThatNobodyNeedsAreClosedButOne) {
    database_options o;
    o.connections_per_loop = 12;
    o.idle = 300ms;
    make(o);
    begin();
    const auto silent = [&]() -> task<result<std::size_t>> {
        return db->transact([&](transaction& t) -> task<result<std::size_t>> {
            auto taken = co_await t.query(one_row, parameters(1));
            if (!taken)
                co_return fail(taken.error());
            // Says nothing until all the others are gone.
            timer pause(all[0].io);
            const auto until = clock::now() + 10s;
            while (db->open() > 5 && clock::now() < until) {
                pause.expires_after(20ms);
                co_await pause.async_wait(use_task);
            }
            co_return db->open();
        });
    };
    std::vector<std::future<result<rows>>> burst;
    for (int i = 0; i < 10; ++i)
        burst.push_back(net::co_spawn(all[0].io, db->execute(sleep_for, parameters("0.2")), net::use_future));
    ASSERT_TRUE(eventually([&] { return db->open() == 12; }));
    auto first = net::co_spawn(all[0].io, silent(), net::use_future),
         second = net::co_spawn(all[0].io, silent(), net::use_future);
    for (auto& one : burst)
        EXPECT_TRUE(one.get());
    for (auto* each : {&first, &second}) {
        const auto left = each->get();
        ASSERT_TRUE(left) << left.error().text;
        EXPECT_LE(*left, 5u) << "two for reads, those of the transactions, the one that stays";
    }
    EXPECT_TRUE(eventually([&] { return db->open() == 3; }));
    EXPECT_TRUE(write());
    EXPECT_EQ(db->open(), 3u);
}

TEST(Connections, AreDerivedFromTheLoopsUnlessTheyAreGiven) {
    EXPECT_EQ(connections_of_loop(0, 1), 66u);
    EXPECT_EQ(connections_of_loop(0, 8), 10u);
    EXPECT_EQ(connections_of_loop(0, 100), 3u);
    EXPECT_EQ(connections_of_loop(5, 8), 5u);
}

TEST_F(Trouble, StoppingAnswersWhatWaits) {
    begin();
    auto pending = net::co_spawn(all[0].io, db->query(sleep_for, parameters("5")), net::use_future);
    db->stop();
    ASSERT_EQ(pending.wait_for(2s), std::future_status::ready);
    EXPECT_EQ(pending.get().error().code, errc::unavailable);
    EXPECT_EQ(read().error().code, errc::unavailable);
}

TEST_F(Trouble, NotificationsArriveAlsoAfterARestart) {
    struct news {
        std::mutex mutex;
        std::vector<std::string> heard;
        std::atomic<int> connected = 0, other = 0;
        bool has(const char* text) {
            std::lock_guard lock(mutex);
            return std::find(heard.begin(), heard.end(), text) != heard.end();
        }
    };
    const auto all_news = std::make_shared<news>(); // the loops run on after the test
    db->listen(
        "news",
        [all_news](std::string_view payload) {
            std::lock_guard lock(all_news->mutex);
            all_news->heard.emplace_back(payload);
        },
        [all_news] { ++all_news->connected; });
    db->listen(
        "other", [all_news](std::string_view) { ++all_news->other; }, [] {});
    const auto has = [&](const char* text) { return all_news->has(text); };
    const auto &connected = all_news->connected, &other = all_news->other;
    begin();
    ASSERT_TRUE(eventually([&] { return connected == 1; }));
    server->sql("NOTIFY news, 'first'");
    EXPECT_TRUE(eventually([&] { return has("first"); }));
    server->stop("fast");
    server->start();
    ASSERT_TRUE(eventually([&] { return connected == 2; }, 5s));
    server->sql("NOTIFY news, 'second'; NOTIFY other");
    EXPECT_TRUE(eventually([&] { return has("second"); }));
    EXPECT_TRUE(eventually([&] { return other == 1; }));
}

} // namespace
} // namespace mvp::storage
