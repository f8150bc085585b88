// Trouble, from outside: PostgreSQL restarts, Redis goes and comes, the program is told to stop or killed.
#include "tests/support/answers.hpp"
#include "tests/support/cluster.hpp"
#include "tests/support/feed_client.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <future>
#include <gmock/gmock.h>
#include <thread>

namespace mvp::test {
namespace {

using ::testing::HasSubstr;
using clock = std::chrono::steady_clock;

/// Few connections: the test's own PostgreSQL allows forty.
const environment few{{"DATABASE_CONNECTIONS", "4"}, {"IO_THREADS", "2"}};

std::string title_of(server& on, const std::string& car) {
    const auto r = on.client().get("/api/cars/" + car + "/");
    return r.status == 200 ? std::string(r.json().at("title").as_string()) : fmt::format("{}", r.status);
}

TEST(Trouble, PostgresRestartsAndTheServerComesBackByItself) {
    cluster postgres;
    server server(few, std::make_shared<world>(postgres.url()));
    const auto who = register_user(server);
    auto client = server.client();
    ASSERT_EQ(client.get("/api/users/me/", who.access).status, 200);

    postgres.stop("immediate");
    EXPECT_TRUE(eventually([&] { return client.get("/readyz").status == 503; }));
    const auto refused = client.get("/api/users/me/", who.access);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.body, R"({"detail":"Service temporarily unavailable."})");
    EXPECT_NE(refused.header("Retry-After"), "");
    EXPECT_EQ(client.get("/healthz").status, 200);

    postgres.start();
    const auto back = clock::now();
    EXPECT_TRUE(eventually([&] { return client.get("/api/users/me/", who.access).status == 200; }));
    EXPECT_LT(clock::now() - back, std::chrono::seconds(2));
    EXPECT_TRUE(eventually([&] { return client.get("/readyz").status == 200; })) << "on every loop";
}

TEST(Trouble, AStartThatCannotBeSaysWhyAndEnds) {
    const auto refused = [](environment wrong) {
        std::string said;
        const int code = shared_server().run({"serve"}, std::move(wrong), &said);
        return fmt::format("{} {}", code, said);
    };
    boost::asio::io_context io;
    boost::asio::ip::tcp::acceptor taken(
        io, {boost::asio::ip::address_v4::loopback(), 0}); // lets nobody share its port
    const auto where = fmt::format("127.0.0.1:{}", taken.local_endpoint().port());
    EXPECT_THAT(refused({{"LISTEN", where}}),
                HasSubstr("1 mvpbackend: cannot listen on " + where + ": Address"));
    EXPECT_THAT(refused({{"LISTEN", "192.0.2.1:8000"}}),
                HasSubstr("1 mvpbackend: cannot listen on 192.0.2.1:8000: "));
    EXPECT_THAT(refused({{"REDIS_URL", "redis://h:x/0"}}), HasSubstr("2 mvpbackend: REDIS_URL is not"));
    EXPECT_THAT(refused({{"MEDIA_ROOT", "/proc/nope"}}), HasSubstr("2 mvpbackend: MEDIA_ROOT (/proc/nope) "));
    EXPECT_THAT(refused({{"EMAIL_URL", "smtp://h:99999"}, {"EMAIL_FROM", "a@b.example"}}),
                HasSubstr("2 mvpbackend: EMAIL_URL is no URL"));
}

TEST(Trouble, WhoComesBeyondTheMostConnectionsIsToldSo) {
    server server({{"MAX_CONNECTIONS", "2"}, {"IO_THREADS", "1"}});
    auto first = server.client(), second = server.client(), third = server.client();
    EXPECT_TRUE(eventually([&] { return first.get("/healthz").status == 200; }));
    EXPECT_TRUE(eventually([&] { return second.get("/healthz").status == 200; }));
    const auto refused = third.raw("");
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].status, 503);
    EXPECT_EQ(first.get("/healthz").status, 200);
}

TEST(Trouble, ADatabaseWithoutItsTablesIsUnavailable) {
    server server(few);
    const auto& database = server.database();
    const auto who = register_user(server);
    auto client = server.client();
    const auto unavailable = [&](const reply& r) {
        return r.status == 503 && r.body == R"({"detail":"Service temporarily unavailable."})" &&
               !r.header("Retry-After").empty();
    };
    ASSERT_EQ(client.get("/api/cars/", who.access).status, 200);
    database.sql("ALTER TABLE cars RENAME TO elsewhere");
    EXPECT_TRUE(unavailable(client.get("/api/cars/", who.access)));
    EXPECT_TRUE(unavailable(client.get("/api/cars/" + who.id + "/", who.access)));
    EXPECT_EQ(client.get("/api/users/me/", who.access).status, 200);
    database.sql("ALTER TABLE elsewhere RENAME TO cars");
    EXPECT_EQ(client.get("/api/cars/", who.access).status, 200);

    database.sql("DROP SCHEMA public CASCADE");
    database.sql("CREATE SCHEMA public");
    EXPECT_TRUE(unavailable(client.get("/api/parts/", who.access)));
    EXPECT_TRUE(unavailable(client.post("/api/token/", {{"email", who.email}, {"password", "x"}})));
    EXPECT_EQ(told(client.get("/readyz")), R"(503 {"status":"unavailable","missing":["migrations"]})");
}

TEST(Trouble, APostgresThatCannotBeWrittenIsNotReady) {
    cluster postgres;
    server server(few, std::make_shared<world>(postgres.url()));
    auto client = server.client();
    const auto ready = [&] { return told(client.get("/readyz")); };
    const auto make_read_only = [&](const char* how) {
        postgres.sql(fmt::format("ALTER SYSTEM SET default_transaction_read_only = {}", how));
        postgres.sql("SELECT pg_reload_conf()");
    };
    constexpr char well[] = R"(200 {"status":"ready"})";
    ASSERT_EQ(ready(), well);
    make_read_only("on");
    EXPECT_TRUE(
        eventually([&] { return ready() == R"(503 {"status":"unavailable","missing":["postgresql"]})"; }));
    make_read_only("off");
    EXPECT_TRUE(eventually([&] { return ready() == well; }));
}

TEST(Trouble, EverythingWorksWithoutRedisAndNothingIsStale) {
    private_redis redis;
    server one(few, std::make_shared<world>(database_url(), redis.url()));
    server two(few, one.shared_world());
    const auto seller = register_seller(one);
    const auto car = create_car(one, seller, true, "Before");
    auto client = one.client();
    ASSERT_EQ(title_of(one, car), "Before");
    ASSERT_EQ(title_of(two, car), "Before");
    const auto rename = [&](const char* title) {
        return client.patch("/api/cars/" + car + "/", json::object{{"title", title}}, seller.access).status;
    };

    redis.kill();
    ASSERT_EQ(rename("Without Redis"), 200);
    EXPECT_EQ(title_of(one, car), "Without Redis");
    EXPECT_TRUE(eventually([&] { return title_of(two, car) == "Without Redis"; }, std::chrono::seconds(1)));
    const auto ready = client.get("/readyz");
    EXPECT_EQ(ready.status, 200);
    EXPECT_EQ(json::serialize(ready.json().at("degraded")), R"(["redis"])");
    EXPECT_EQ(client.get("/api/notifications/unread_count/", seller.access).status, 200);

    redis.start();
    EXPECT_TRUE(eventually([&] { return !client.get("/readyz").json().as_object().contains("degraded"); }));
    ASSERT_EQ(rename("With Redis again"), 200);
    EXPECT_EQ(title_of(one, car), "With Redis again");
    EXPECT_TRUE(
        eventually([&] { return title_of(two, car) == "With Redis again"; }, std::chrono::seconds(1)));
}

TEST(Trouble, ARedisThatRefusesWritesHidesNoChangeFromAnotherProcess) {
    const auto second = std::chrono::seconds(1);
    private_redis redis;
    server one(few, std::make_shared<world>(database_url(), redis.url()));
    server two(few, one.shared_world());
    const auto staff = superuser(one);
    const auto seller = register_seller(one), other = register_user(one);
    const auto car = create_car(one, seller, true, "Before");
    auto client = one.client(), elsewhere = two.client();
    ASSERT_TRUE(
        eventually([&] { return !elsewhere.get("/readyz").json().as_object().contains("degraded"); }));
    ASSERT_EQ(title_of(two, car), "Before");
    ASSERT_EQ(elsewhere.get("/api/users/me/", other.access).status, 200);

    redis.tell("REPLICAOF 127.0.0.1 1");
    ASSERT_EQ(client.patch("/api/cars/" + car + "/", json::object{{"title", "After"}}, seller.access).status,
              200);
    EXPECT_TRUE(eventually([&] { return title_of(two, car) == "After"; }, second));
    ASSERT_EQ(client.post("/api/users/" + other.id + "/suspend/", json::object{{"reason", "x"}}, staff.access)
                  .status,
              200);
    EXPECT_TRUE(
        eventually([&] { return elsewhere.get("/api/users/me/", other.access).status == 403; }, second));
    EXPECT_EQ(json::serialize(elsewhere.get("/readyz").json().at("degraded")), R"(["redis"])");

    redis.tell("REPLICAOF NO ONE");
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(title_of(two, car), "After");
        return !elsewhere.get("/readyz").json().as_object().contains("degraded");
    }));
    EXPECT_EQ(title_of(two, car), "After");
    EXPECT_EQ(elsewhere.get("/api/users/me/", other.access).status, 403);
}

TEST(Trouble, APausedRedisHoldsNobodyUpAndBringsNoOldAnswersBack) {
    private_redis redis;
    server one(few, std::make_shared<world>(database_url(), redis.url()));
    const auto seller = register_seller(one);
    const auto car = create_car(one, seller, true, "Before");
    ASSERT_EQ(title_of(one, car), "Before");
    auto client = one.client();
    redis.pause();
    const auto begun = clock::now();
    ASSERT_EQ(
        client.patch("/api/cars/" + car + "/", json::object{{"title", "Meanwhile"}}, seller.access).status,
        200);
    EXPECT_EQ(title_of(one, car), "Meanwhile");
    EXPECT_LT(clock::now() - begun, std::chrono::seconds(5));
    redis.resume();
    const auto until = clock::now() + std::chrono::seconds(3);
    while (clock::now() < until)
        ASSERT_EQ(title_of(one, car), "Meanwhile");
}

TEST(Trouble, LiveFramesOfAnotherProcessResumeWhenRedisReturns) {
    private_redis redis;
    server one(few, std::make_shared<world>(database_url(), redis.url()));
    server two(few, one.shared_world());
    const auto who = register_user(one);
    feed_client a(one.port(), who.access), b(two.port(), who.access);
    ASSERT_TRUE(a.next());
    ASSERT_TRUE(b.next());
    redis.kill();
    for (int i = 0; i < 5; ++i)
        one.database().sql(
            "INSERT INTO outbox (type, recipient, title, message) VALUES ('listing_update', $1, 'T', 'M')",
            {who.id});
    redis.start();
    for (int seq = 1; seq <= 5; ++seq)
        for (auto* feed : {&a, &b}) {
            const auto frame = feed->next(10000);
            ASSERT_TRUE(frame) << seq;
            EXPECT_EQ(frame->at("seq").as_int64(), seq);
        }
    EXPECT_FALSE(a.next(200));
    EXPECT_FALSE(b.next(200));
}

TEST(Trouble, AStopFinishesWhatIsInFlightAndEndsWell) {
    server server;
    // An upload whose last bytes come after the signal.
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket socket(io);
    socket.connect({boost::asio::ip::address_v4::loopback(), server.port()});
    const std::string body = R"({"email":"nobody@example.com","password":"x"})";
    boost::asio::write(socket, boost::asio::buffer(fmt::format(
                                   "POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                                   "application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
                                   body.size())));
    // The interim answer says that the request is in the server's hands.
    const std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
    std::string taken(interim.size(), '\0');
    boost::asio::read(socket, boost::asio::buffer(taken));
    ASSERT_EQ(taken, interim);
    boost::asio::write(socket, boost::asio::buffer(body.substr(0, 10)));
    kill(server.pid(), SIGTERM);
    EXPECT_TRUE(eventually([&] {
        boost::asio::ip::tcp::socket another(io);
        boost::system::error_code ec;
        another.connect({boost::asio::ip::address_v4::loopback(), server.port()}, ec);
        return static_cast<bool>(ec);
    })) << "nothing new is accepted";
    boost::asio::write(socket, boost::asio::buffer(body.substr(10)));
    std::string answer;
    boost::system::error_code ec;
    char buffer[1024];
    while (!ec) {
        const auto got = socket.read_some(boost::asio::buffer(buffer), ec);
        answer.append(buffer, got);
    }
    EXPECT_THAT(answer, ::testing::StartsWith("HTTP/1.1 401"));
    EXPECT_EQ(server.stop(SIGTERM), 0);
}

TEST(Trouble, WhatWasAcknowledgedSurvivesAKill) {
    constexpr int enough = 10;
    server server;
    const auto seller = register_seller(server);
    std::vector<std::string> acknowledged;
    std::atomic<int> count{0};
    std::jthread killer([&] {
        EXPECT_TRUE(eventually([&] { return count >= enough; }, std::chrono::seconds(30)));
        kill(server.pid(), SIGKILL);
    });
    try {
        auto client = server.client();
        for (;;) {
            const auto r = client.post("/api/cars/", car_body(), seller.access);
            ASSERT_EQ(r.status, 201);
            acknowledged.emplace_back(r.json().at("id").as_string());
            ++count;
        }
    } catch (const boost::system::system_error&) {
        // killed
    }
    killer.join();
    server.stop(SIGKILL);
    ASSERT_GE(acknowledged.size(), std::size_t{enough});
    server.start();
    auto client = server.client();
    for (const auto& id : acknowledged)
        EXPECT_EQ(client.get("/api/cars/" + id + "/", seller.access).status, 200);
}

TEST(Trouble, ABusyServerRefusesInsteadOfQueueingForever) {
    // The database gives a call 8 s; what is beyond that is for a busy machine.
    constexpr std::chrono::seconds longest(13);
    cluster postgres;
    server server(few, std::make_shared<world>(postgres.url()));
    const auto who = register_user(server);
    // Somebody holds the table against writes, from here until he is gone.
    auto holder = open_sql(server.database().database_url());
    for (const char* step : {"BEGIN", "LOCK TABLE users IN EXCLUSIVE MODE"})
        checked(holder.get(), PQexec(holder.get(), step), step);

    struct refusal {
        reply answer;
        clock::duration took;
    };
    std::vector<std::future<refusal>> writers; // many more than there are connections
    for (int i = 0; i < 32; ++i)
        writers.push_back(std::async(std::launch::async, [&] {
            auto client = server.client();
            const auto begun = clock::now();
            auto r = client.patch("/api/users/" + who.id + "/", json::object{{"bio", "x"}}, who.access);
            return refusal{std::move(r), clock::now() - begun};
        }));
    EXPECT_TRUE(eventually([&] {
        return postgres.sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'") !=
               "0";
    })) << "writes wait";
    EXPECT_EQ(server.client().get("/api/users/me/", who.access).status, 200) << "reads do not";
    for (auto& each : writers) {
        const auto [answer, took] = each.get();
        EXPECT_EQ(told(answer), R"(503 {"detail":"Service temporarily unavailable."})");
        EXPECT_NE(answer.header("Retry-After"), "");
        EXPECT_LT(took, longest);
    }
    holder.reset();
    EXPECT_TRUE(eventually([&] {
        return server.client()
                   .patch("/api/users/" + who.id + "/", json::object{{"bio", "y"}}, who.access)
                   .status == 200;
    }));
}

} // namespace
} // namespace mvp::test
