// The live notification feed, from outside: real sockets, real events, two processes.
#include "tests/support/feed_client.hpp"
#include "tests/support/server.hpp"

#include <csignal>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace mvp::test {
namespace {

feed_client feed_of(server& on, const user& who, std::string_view query = {}) {
    return feed_client(on.port(), who.access, query);
}

/// Makes `count` notifications for somebody the way any cause does: rows in the outbox.
void notify(server& on, const user& who, int count = 1) {
    on.database().sql("INSERT INTO outbox (type, recipient, title, message, action_url) "
                      "SELECT 'listing_update', $1, 'Title ' || n, 'Message', '/cars/' || n "
                      "FROM generate_series(1, $2::int) n",
                      {who.id, std::to_string(count)});
}

/// The same, of two kilobytes each.
void notify_at_length(server& on, const user& who, int count) {
    on.database().sql(
        "INSERT INTO outbox (type, recipient, title, message) SELECT 'listing_update', $1, 'T', "
        "repeat('m', 2000) FROM generate_series(1, $2::int)",
        {who.id, std::to_string(count)});
}

std::int64_t unread(server& on, const user& who) {
    return on.client()
        .get("/api/notifications/unread_count/", who.access)
        .json()
        .at("unread_count")
        .as_int64();
}

std::string text(const json::object& frame, const char* key) {
    return std::string(frame.at(key).as_string());
}

TEST(Feed, GreetsWithTheNewestSequenceNumberAndTheUnreadCount) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto feed = feed_of(server, who);
    ASSERT_EQ(feed.status(), 101);
    const auto hello = feed.next();
    ASSERT_TRUE(hello);
    EXPECT_EQ(json::serialize(*hello), R"({"type":"hello","seq":0,"unread_count":0})");
}

TEST(Feed, TellsTheSellerThatHisListingWasApproved) {
    auto& server = shared_server();
    const auto seller = register_seller(server);
    const auto car = create_car(server, seller, false);
    ASSERT_TRUE(eventually([&] { return unread(server, seller) == 1; })) << "that he was verified";
    auto feed = feed_of(server, seller);
    const auto hello = feed.next();
    ASSERT_TRUE(hello);
    const auto seq = hello->at("seq").as_int64();
    auto client = server.client();
    ASSERT_EQ(client.action("/api/cars/" + car + "/approve/", superuser(server).access).status, 200);
    const auto frame = feed.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(text(*frame, "type"), "notification");
    EXPECT_EQ(frame->at("seq").as_int64(), seq + 1);
    const auto& notification = frame->at("notification").as_object();
    EXPECT_EQ(text(notification, "notification_type"), "listing_update");
    EXPECT_EQ(text(notification, "action_url"), "/cars/" + car);
    const auto rest = client.get("/api/notifications/?page_size=1", seller.access).json();
    EXPECT_EQ(rest.at("results").as_array().at(0), frame->at("notification"))
        << "the frame shows what REST shows";
    EXPECT_EQ(unread(server, seller), frame->at("unread_count").as_int64());
}

TEST(Feed, AcceptsTheTokenAsASubprotocolAndNamesTheOther) {
    auto& server = shared_server();
    const auto who = register_user(server);
    feed_client feed(server.port(), "", "",
                     {{"Sec-WebSocket-Protocol", "notifications.v1, bearer." + who.access}});
    EXPECT_EQ(feed.status(), 101);
    EXPECT_EQ(feed.header("Sec-WebSocket-Protocol"), "notifications.v1");
    EXPECT_TRUE(feed.next());
}

TEST(Feed, AcceptsOfferedSubprotocolsInLinesOfTheirOwn) {
    auto& server = shared_server();
    const auto who = register_user(server);
    feed_client feed(
        server.port(), "", "",
        {{"Sec-WebSocket-Protocol", "notifications.v1"}, {"Sec-WebSocket-Protocol", "bearer." + who.access}});
    EXPECT_EQ(feed.status(), 101);
    EXPECT_EQ(feed.header("Sec-WebSocket-Protocol"), "notifications.v1");
    EXPECT_TRUE(feed.next());
}

TEST(Feed, RefusesWithoutATokenWithABadOneAndWithOneInTheQuery) {
    auto& server = shared_server();
    const auto who = register_user(server);
    EXPECT_EQ(feed_client(server.port(), "").status(), 401);
    EXPECT_EQ(feed_client(server.port(), "junk").status(), 401);
    EXPECT_EQ(feed_client(server.port(), "", "?token=" + who.access).status(), 401);
    EXPECT_EQ(feed_client(server.port(), who.access, "?since=x").status(), 400);
    EXPECT_EQ(feed_client(server.port(), who.access, "?since=-1").status(), 400);
    auto client = server.client();
    const auto refused = client.get("/ws/notifications/", "junk");
    EXPECT_EQ(refused.status, 426) << "without an upgrade 426 comes first";
    EXPECT_EQ(refused.header("Upgrade"), "websocket");
    EXPECT_THAT(refused.header("Connection"), testing::HasSubstr("Upgrade"));
}

TEST(Feed, ReplaysWhatWasMissedInOrderAndOnlyOnce) {
    auto& server = shared_server();
    const auto who = register_user(server);
    notify(server, who, 5);
    ASSERT_TRUE(eventually([&] { return unread(server, who) == 5; }));
    auto feed = feed_of(server, who, "?since=2");
    const auto hello = feed.next();
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->at("seq").as_int64(), 5);
    for (int seq = 3; seq <= 5; ++seq) {
        const auto frame = feed.next();
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame->at("seq").as_int64(), seq);
        EXPECT_TRUE(frame->at("replayed").as_bool());
    }
    notify(server, who);
    const auto live = feed.next();
    ASSERT_TRUE(live);
    EXPECT_EQ(live->at("seq").as_int64(), 6);
    EXPECT_FALSE(live->contains("replayed"));
}

TEST(Feed, MissesNothingThatIsWrittenWhileItReplays) {
    auto& server = shared_server();
    const auto who = register_user(server);
    notify(server, who, 400);
    auto feed = feed_of(server, who, "?since=0");
    notify(server, who, 200);
    ASSERT_TRUE(feed.next());
    for (int seq = 1; seq <= 600; ++seq) {
        const auto frame = feed.next();
        ASSERT_TRUE(frame) << seq;
        ASSERT_EQ(frame->at("seq").as_int64(), seq);
    }
    EXPECT_FALSE(feed.next(300)) << "nothing comes twice";
}

TEST(Feed, ReplaysMoreThanItsQueueHoldsAndGoesLive) {
    server server(environment{{"SOCKET_QUEUE_BYTES", "65536"}});
    const auto who = register_user(server);
    notify_at_length(server, who, 500);
    ASSERT_TRUE(eventually([&] { return unread(server, who) == 500; }));
    auto feed = feed_of(server, who, "?since=0");
    const auto hello = feed.next();
    ASSERT_TRUE(hello);
    EXPECT_EQ(json::serialize(*hello), R"({"type":"hello","seq":500,"unread_count":500})");
    notify(server, who, 20);
    for (int seq = 1; seq <= 520; ++seq) {
        const auto frame = feed.next();
        ASSERT_TRUE(frame) << seq;
        ASSERT_EQ(frame->at("seq").as_int64(), seq);
        ASSERT_EQ(frame->contains("replayed"), seq <= 500) << seq;
    }
    EXPECT_FALSE(feed.next(300)) << "nothing comes twice";
    notify(server, who);
    const auto live = feed.next();
    ASSERT_TRUE(live);
    EXPECT_EQ(live->at("seq").as_int64(), 521);
}

TEST(Feed, CutsOffAClientThatDoesNotTakeItsReplay) {
    server server(environment{{"SOCKET_QUEUE_BYTES", "65536"}});
    const auto who = register_user(server);
    notify_at_length(server, who, 1000);
    ASSERT_TRUE(eventually([&] { return unread(server, who) == 1000; }, std::chrono::seconds(15)));
    const auto attached = [&](const char* sockets) {
        return server.client().get("/metrics").body.find(fmt::format("\nsockets {}\n", sockets)) !=
               std::string::npos;
    };
    auto idle = feed_of(server, who, "?since=0");
    ASSERT_TRUE(eventually([&] { return attached("1"); }));
    ASSERT_TRUE(eventually([&] { return attached("0"); }, std::chrono::seconds(20)));
    EXPECT_EQ(idle.close_code(), 4408);
    EXPECT_TRUE(feed_of(server, who, "?since=500").next());
}

TEST(Feed, TellsAClientThatLacksTooMuchToReload) {
    auto& server = shared_server();
    const auto who = register_user(server);
    notify(server, who, 1001);
    ASSERT_TRUE(eventually([&] { return unread(server, who) == 1001; }, std::chrono::seconds(15)));
    auto feed = feed_of(server, who, "?since=0");
    ASSERT_TRUE(feed.next());
    const auto reset = feed.next();
    ASSERT_TRUE(reset);
    EXPECT_EQ(json::serialize(*reset), R"({"type":"reset","seq":1001,"unread_count":1001})");
}

TEST(Feed, TellsEverySocketWhatWasReadByRestOrBySocket) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto first = feed_of(server, who), second = feed_of(server, who);
    ASSERT_TRUE(first.next());
    ASSERT_TRUE(second.next());
    notify(server, who, 3);
    std::string id;
    for (int i = 0; i < 3; ++i) {
        const auto frame = first.next();
        ASSERT_TRUE(frame);
        ASSERT_TRUE(second.next());
        id = std::string(frame->at("notification").at("id").as_string());
    }
    auto client = server.client();
    ASSERT_EQ(client.action("/api/notifications/" + id + "/mark_as_read/", who.access).status, 200);
    for (auto* feed : {&first, &second}) {
        const auto read = feed->next();
        ASSERT_TRUE(read);
        EXPECT_EQ(json::serialize(*read),
                  fmt::format(R"({{"type":"read","ids":["{}"],"unread_count":2}})", id));
    }
    first.send(R"({"type":"mark_all_as_read"})");
    for (auto* feed : {&first, &second}) {
        const auto read = feed->next();
        ASSERT_TRUE(read);
        EXPECT_EQ(json::serialize(*read), R"({"type":"read","all":true,"unread_count":0})");
    }
    first.send(R"({"type":"mark_all_as_read"})");
    EXPECT_FALSE(second.next(300)) << "where nothing changed no frame is sent";
    EXPECT_EQ(unread(server, who), 0);
}

TEST(Feed, AnswersPingAndForgivesNineBadFramesInARow) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto feed = feed_of(server, who);
    ASSERT_TRUE(feed.next());
    feed.send(R"({"type":"ping"})");
    const auto pong = feed.next();
    ASSERT_TRUE(pong);
    EXPECT_EQ(json::serialize(*pong), R"({"type":"pong"})");
    const char* bad[] = {"x",    "[]",
                         "{}",   R"({"type":1})",
                         "\"",   R"({"type":"mark_as_read"})",
                         "null", R"({"type":"mark_as_read","ids":1})",
                         "3",    R"({"type":"nope"})"};
    for (int i = 0; i < 9; ++i) {
        feed.send(bad[i]);
        const auto error = feed.next();
        ASSERT_TRUE(error) << bad[i];
        EXPECT_EQ(text(*error, "code"), "bad_message") << bad[i];
    }
    feed.send(R"({"type":"ping"})");
    ASSERT_TRUE(feed.next());
    for (const char* frame : bad)
        feed.send(frame);
    EXPECT_EQ(feed.close_code(), 1008);
}

TEST(Feed, ClosesOnBinaryAndOnHugeFrames) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto binary = feed_of(server, who);
    ASSERT_TRUE(binary.next());
    binary.send_binary("hello");
    EXPECT_EQ(binary.close_code(), 1003);
    auto huge = feed_of(server, who);
    ASSERT_TRUE(huge.next());
    huge.send(std::string(16385, ' '));
    EXPECT_EQ(huge.close_code(), 1009);
}

TEST(Feed, ClosesWhenTheUserIsSuspendedOrLogsOutOrChangesHisPassword) {
    auto& server = shared_server();
    auto client = server.client();
    const auto root = superuser(server);

    const auto suspended = register_user(server);
    auto one = feed_of(server, suspended);
    ASSERT_TRUE(one.next());
    ASSERT_EQ(
        client.post("/api/users/" + suspended.id + "/suspend/", json::object{{"reason", "spam"}}, root.access)
            .status,
        200);
    EXPECT_EQ(one.close_code(6000), 4401);
    EXPECT_EQ(feed_of(server, suspended).status(), 403);

    const auto leaving = register_user(server);
    auto two = feed_of(server, leaving);
    ASSERT_TRUE(two.next());
    ASSERT_EQ(client.post("/api/token/blacklist/", json::object{{"refresh", leaving.refresh}}).status, 200);
    EXPECT_EQ(two.close_code(6000), 4401);

    const auto careful = register_user(server);
    auto three = feed_of(server, careful);
    ASSERT_TRUE(three.next());
    const json::object change{{"old_password", good_password},
                              {"new_password", "An0ther!Passw0rd"},
                              {"new_password2", "An0ther!Passw0rd"}};
    ASSERT_EQ(client.post("/api/users/change_password/", change, careful.access).status, 200);
    EXPECT_EQ(three.close_code(6000), 4401);
}

TEST(Feed, ClosesWhenTheTokenExpires) {
    server server(environment{{"ACCESS_TOKEN_LIFETIME", "3s"}});
    const auto who = register_user(server);
    auto feed = feed_of(server, who);
    ASSERT_TRUE(feed.next());
    EXPECT_EQ(feed.close_code(9000), 4401);
}

TEST(Feed, ReachesSocketsOnEveryProcessInOrderAndOnce) {
    server one;
    server two({}, one.shared_world());
    const auto who = register_user(one);
    auto here = feed_of(one, who), there = feed_of(two, who);
    ASSERT_TRUE(here.next());
    ASSERT_TRUE(there.next());
    notify(one, who, 50);
    for (int seq = 1; seq <= 50; ++seq) {
        const auto a = here.next(), b = there.next();
        ASSERT_TRUE(a && b) << seq;
        EXPECT_EQ(a->at("seq").as_int64(), seq);
        EXPECT_EQ(b->at("seq").as_int64(), seq);
    }
    ASSERT_EQ(two.client().action("/api/notifications/mark_all_as_read/", who.access).status, 200);
    for (auto* feed : {&here, &there}) {
        const auto read = feed->next();
        ASSERT_TRUE(read);
        EXPECT_EQ(json::serialize(*read), R"({"type":"read","all":true,"unread_count":0})");
    }
    EXPECT_EQ(unread(one, who), 0);
    EXPECT_FALSE(here.next(200));
    EXPECT_FALSE(there.next(200));
}

TEST(Feed, CutsOffASlowClientAndNobodyElse) {
    server server(environment{{"SOCKET_QUEUE_BYTES", "65536"}});
    const auto who = register_user(server);
    auto slow = feed_of(server, who), quick = feed_of(server, who);
    ASSERT_TRUE(quick.next());
    // Far more than the sockets' own buffers and the queue hold, in portions that a reader keeps up with.
    int seq = 0;
    for (int portion = 0; portion < 30; ++portion) {
        notify_at_length(server, who, 20);
        for (const int last = seq + 20; seq < last;) {
            const auto frame = quick.next(20000);
            ASSERT_TRUE(frame) << seq;
            ASSERT_EQ(frame->at("seq").as_int64(), ++seq);
        }
    }
    EXPECT_EQ(slow.close_code(), 4408);
}

TEST(Feed, SaysGoodbyeWhenTheServerStops) {
    server server;
    const auto who = register_user(server);
    auto feed = feed_of(server, who);
    ASSERT_TRUE(feed.next());
    kill(server.pid(), SIGTERM);
    EXPECT_EQ(feed.close_code(), 1001);
    EXPECT_EQ(server.stop(SIGTERM), 0);
}

TEST(Feed, LosesNothingThatWasAcknowledgedBeforeAKill) {
    server server;
    const auto seller = register_seller(server);
    const auto root = superuser(server);
    const auto car = create_car(server, seller, false);
    auto client = server.client();
    ASSERT_EQ(client.action("/api/cars/" + car + "/approve/", root.access).status, 200);
    server.stop(SIGKILL);
    server.start();
    EXPECT_TRUE(eventually([&] {
        const auto page = server.client().get("/api/notifications/", seller.access).json();
        for (const auto& row : page.at("results").as_array())
            if (row.at("action_url").is_string() && row.at("action_url").as_string() == "/cars/" + car)
                return true;
        return false;
    }));
}

TEST(Feed, StaysSilentInQuietHoursByAFlagOnly) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    // Quiet around the clock but for one minute that is twelve hours away.
    const auto hour =
        std::stoi(server.database().sql("SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::int")[0][0]);
    const json::object preferences{{"quiet_hours_enabled", true},
                                   {"quiet_hours_start", fmt::format("{:02}:01", (hour + 12) % 24)},
                                   {"quiet_hours_end", fmt::format("{:02}:00", (hour + 12) % 24)}};
    ASSERT_EQ(
        client.post("/api/notification-preferences/update_preferences/", preferences, who.access).status,
        200);
    auto feed = feed_of(server, who);
    ASSERT_TRUE(feed.next());
    notify(server, who);
    const auto frame = feed.next();
    ASSERT_TRUE(frame);
    ASSERT_TRUE(frame->contains("silent"));
    EXPECT_TRUE(frame->at("silent").as_bool());
}

TEST(Feed, MakesNoRowWhereThePreferenceIsOff) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    const json::object preferences{{"app_listing_update", false}};
    ASSERT_EQ(
        client.post("/api/notification-preferences/update_preferences/", preferences, who.access).status,
        200);
    auto feed = feed_of(server, who);
    ASSERT_TRUE(feed.next());
    notify(server, who);
    server.database().sql(
        "INSERT INTO outbox (type, recipient, title, message) VALUES ('account_alert', $1, 'T', 'M')",
        {who.id});
    const auto frame = feed.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(text(frame->at("notification").as_object(), "notification_type"), "account_alert");
    EXPECT_EQ(frame->at("seq").as_int64(), 1) << "sequence numbers have no gaps";
}

} // namespace
} // namespace mvp::test
