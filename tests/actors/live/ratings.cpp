// The ratings of two processes on one database: many changes at once, each answered with its own outcome.
#include "actors/ratings.hpp"

#include "actors/scheduler.hpp"
#include "storage/redis/client.hpp"
#include "tests/support/database.hpp"
#include "tests/support/private_redis.hpp"

#include <fmt/format.h>
#include <future>
#include <gtest/gtest.h>

namespace mvp::actors {
namespace {

namespace reviews = storage::reviews;

/// What one server process has of ratings.
struct process {
    process(const std::string& database, const std::string& redis_at)
        : db(all, with_url(database)), redis(all, redis_at), cache(redis, {}), actors(all),
          rated(actors, db, cache) {
        all.start();
        db.start();
        redis.start();
        if (!mvp::test::eventually([&] { return db.available() && cache.trusted(); }))
            throw std::runtime_error("no connection to the test's servers");
    }
    ~process() {
        rated.stop();
        actors.stop();
        redis.stop();
        db.stop();
        all.stop_and_join();
    }
    static storage::database_options with_url(const std::string& url) {
        storage::database_options o;
        o.url = url;
        return o;
    }

    loops all{2};
    storage::database db;
    storage::redis::client redis;
    storage::cache cache;
    system actors;
    ratings rated;
};

struct Ratings : ::testing::Test {
    mvp::test::test_database database;
    mvp::test::private_redis redis;
    process a{database.url(), redis.url()}, b{database.url(), redis.url()};
    uuid seller = add_user("seller");

    std::string sql(const std::string& text) { return mvp::test::run_sql(database.url(), text); }
    uuid add_user(const std::string& name) {
        return *uuid::parse(sql(fmt::format("INSERT INTO users (email, password, first_name, last_name, "
                                            "is_seller) VALUES ('{}@example.com', '!', 'A', 'L', true) "
                                            "RETURNING id",
                                            name)));
    }
    static reviews::change review(uuid by, int rating) {
        storage::review r;
        r.title = r.text = "x";
        r.rating = rating;
        return reviews::creation(uuid::random(), storage::viewer(by, false), std::move(r));
    }
    /// Begins on the loop; the answer comes later.
    auto begin(process& p, std::size_t on, reviews::change what) {
        return net::co_spawn(p.all[on].io.get_executor(),
                             p.rated.change(storage::seller_reviews, seller, std::move(what)),
                             net::use_future);
    }
    std::string figures() {
        return sql(fmt::format(
            "SELECT seller_rating || ' ' || seller_reviews_count FROM users WHERE id = '{}'", seller.text()));
    }
};

TEST_F(Ratings, ManyChangesAtOnceTakeFewTransactionsAndEachHasItsAnswer) {
    constexpr int people = 60;
    std::vector<uuid> users;
    std::string rows;
    for (int i = 0; i < people; ++i) {
        users.push_back(uuid::random());
        rows +=
            fmt::format("{}('{}', 'u{}@example.com', '!', 'A', 'L')", i ? ", " : "", users.back().text(), i);
    }
    sql("INSERT INTO users (id, email, password, first_name, last_name) VALUES " + rows);
    std::vector<std::future<result<reviews::outcome>>> all;
    for (int i = 0; i < people; ++i) // each twice
        for (process* p : {&a, &b})
            all.push_back(begin(*p, i % 2, review(users[static_cast<std::size_t>(i)], 1 + i % 5)));
    int made = 0, refused = 0;
    for (auto& each : all) {
        const auto r = each.get();
        made += r.has_value();
        refused += !r && r.error().text == "You already reviewed this seller";
    }
    EXPECT_EQ(made, people);
    EXPECT_EQ(refused, people);
    EXPECT_EQ(figures(), "3.00 60");
    const auto of_a = a.rated.counts(), of_b = b.rated.counts();
    EXPECT_EQ(of_a.changes + of_b.changes, 2u * people);
    EXPECT_LT(of_a.transactions + of_b.transactions, 2u * people) << "what came meanwhile goes together";
    EXPECT_EQ(of_a.live, 1u);
}

TEST_F(Ratings, AnAnswerMeansThatTheFiguresAreThere) {
    for (int i = 1; i <= 5; ++i) {
        auto made = begin(i % 2 ? a : b, 0, review(add_user(fmt::format("u{}", i)), i)).get();
        ASSERT_TRUE(made) << made.error().text;
        EXPECT_EQ(figures(), fmt::format("{}.{}0 {}", (i + 1) / 2, i % 2 ? 0 : 5, i));
    }
}

TEST_F(Ratings, AskersAreToldWhenTheProcessStops) {
    a.rated.stop();
    auto late = begin(a, 0, review(add_user("u"), 5)).get();
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::unavailable);
    EXPECT_EQ(figures(), "0.00 0");
}

} // namespace
} // namespace mvp::actors
