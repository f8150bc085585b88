// Announcements from outside.
#include "tests/support/feed_client.hpp"
#include "tests/support/server.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace mvp::test {
namespace {

using clock = std::chrono::steady_clock;

/// Users who never log in.
void add_users(server& on, int count) {
    on.database().sql("INSERT INTO users (email, password, first_name, last_name) SELECT 'crowd' || n || "
                      "'@example.com', '!', 'A', 'B' FROM generate_series(1, $1::int) n",
                      {std::to_string(count)});
}
std::string value(server& on, const std::string& sql) {
    return on.database().sql(sql)[0][0];
}
std::string told(server& on) {
    return value(on, "SELECT count(*) FROM notifications WHERE notification_type = 'system_announcement'");
}

TEST(Announcements, ReachEveryActiveUserButTheirAuthor) {
    server server;
    const auto staff = register_staff(server);
    const auto who = register_user(server), gone = register_user(server);
    auto client = server.client();
    ASSERT_EQ(client.del("/api/users/" + gone.id + "/", gone.access).status, 204);
    const auto others = std::stoi(value(server, "SELECT count(*) - 1 FROM users WHERE is_active"));
    feed_client feed(server.port(), who.access);
    ASSERT_TRUE(feed.next()); // hello
    const auto r =
        client.post("/api/announcements/",
                    json::object{{"title", "News"}, {"message", "There is news."}, {"action_url", "/news"}},
                    staff.access);
    EXPECT_EQ(r.status, 202);
    EXPECT_EQ(r.body, fmt::format(R"({{"message":"Announcement queued","recipients":{}}})", others));
    const auto frame = feed.next();
    ASSERT_TRUE(frame);
    const auto& n = frame->at("notification");
    EXPECT_EQ(n.at("notification_type"), "system_announcement");
    EXPECT_EQ(n.at("title"), "News");
    EXPECT_EQ(n.at("message"), "There is news.");
    EXPECT_EQ(n.at("action_url"), "/news");
    EXPECT_TRUE(eventually([&] { return told(server) == std::to_string(others); }));
    EXPECT_EQ(
        client.get("/api/notifications/by_type/?type=system_announcement", staff.access).json().at("count"),
        0);
}

TEST(Announcements, AreForStaffAndComplete) {
    auto& server = shared_server();
    const auto staff = register_staff(server), who = register_user(server);
    auto client = server.client();
    const json::object good{{"title", "News"}, {"message", "There is news."}};
    EXPECT_EQ(client.post("/api/announcements/", good).status, 401);
    EXPECT_EQ(client.post("/api/announcements/", good, who.access).status, 403);
    EXPECT_EQ(client.get("/api/announcements/", staff.access).status, 405);
    EXPECT_EQ(client.post("/api/announcements/", json::object{}, staff.access).body,
              R"({"title":["This field is required."],"message":["This field is required."]})");
    EXPECT_EQ(client
                  .post("/api/announcements/",
                        json::object{{"title", std::string(256, 'x')}, {"message", ""}, {"action_url", 5}},
                        staff.access)
                  .status,
              400);
    EXPECT_EQ(value(server, "SELECT count(*) FROM announcements"), "0");
}

TEST(Announcements, LinkToThisSiteOrToAWebPageOnly) {
    server server; // its few users are told
    const auto staff = register_staff(server);
    auto client = server.client();
    const auto announce = [&](std::string_view link) {
        return client.post("/api/announcements/",
                           json::object{{"title", "News"}, {"message", "News."}, {"action_url", link}},
                           staff.access);
    };
    for (const std::string bad :
         {"javascript:alert(1)", "JavaScript://example.com/%0aalert(1)", "data:text/html,x", "//evil.example",
          "/\\evil.example", "/\t/evil.example", "/a\r\nb", "/a b", "/a\x7f", "https://example.com/a\x01",
          "https://example.com/a b", "https:/example.com", "https://", "ftp://example.com/x", "news",
          "example.com", "\\\\evil.example", "http://u:p@/", "?x"}) {
        const auto r = announce(bad);
        EXPECT_EQ(r.status, 400) << bad;
        EXPECT_EQ(r.body, R"({"action_url":["Enter a valid URL."]})") << bad;
    }
    EXPECT_EQ(value(server, "SELECT count(*) FROM announcements"), "0");
    for (const char* good : {"/", "/cars/1?x=//y#z", "/a//b", "/gr\xc3\xbc\xc3\x9f",
                             "https://example.com/a?b=c", "HTTP://example.com", ""})
        EXPECT_EQ(announce(good).status, 202) << good;
    EXPECT_EQ(client
                  .post("/api/announcements/", json::object{{"message", "News."}, {"action_url", "//x"}},
                        staff.access)
                  .body,
              R"({"title":["This field is required."],"action_url":["Enter a valid URL."]})");
}

TEST(Announcements, AServerThatIsKilledMidwayIsGoneOnForByTheNext) {
    constexpr int crowd = 5000;
    server one;
    const auto staff = register_staff(one);
    add_users(one, crowd);
    const auto others = value(one, "SELECT count(*) - 1 FROM users");
    ASSERT_EQ(one.client()
                  .post("/api/announcements/", json::object{{"title", "T"}, {"message", "M"}}, staff.access)
                  .status,
              202);
    const auto midway =
        "SELECT count(*) FROM announcements WHERE reached > '00000000-0000-0000-0000-000000000000' AND "
        "done_at IS NULL";
    ASSERT_TRUE(eventually([&] { return value(one, midway) == "1"; }));
    one.stop(SIGKILL);
    EXPECT_EQ(value(one, midway), "1") << "it was killed too late to prove anything";
    server two({}, one.shared_world());
    EXPECT_TRUE(eventually(
        [&] { return value(two, "SELECT count(*) FROM announcements WHERE done_at IS NULL") == "0"; },
        std::chrono::seconds(30)));
    EXPECT_EQ(told(two), others);
    EXPECT_EQ(value(two, "SELECT count(DISTINCT user_id) FROM notifications WHERE notification_type = "
                         "'system_announcement'"),
              others);
}

/// How long it takes from a change that staff make until its frame is on the user's socket, while `going_on`.
template <class F>
std::vector<double> causes_to_frames(server& on, const user& staff, const user& who, feed_client& feed,
                                     F going_on) {
    std::vector<double> milliseconds;
    auto client = on.client();
    for (int n = 0; going_on(n); ++n) {
        const auto begun = clock::now();
        const auto* status = n % 2 == 0 ? "verified" : "rejected";
        const auto r =
            client.post("/api/users/" + who.id + "/verify/", json::object{{"status", status}}, staff.access);
        EXPECT_EQ(r.status, 200);
        for (;;) {
            const auto frame = feed.next(5000);
            if (!frame) {
                ADD_FAILURE() << "no frame";
                return milliseconds;
            }
            if (frame->at("notification").at("notification_type") == "verification_status")
                break;
        }
        milliseconds.push_back(std::chrono::duration<double, std::milli>(clock::now() - begun).count());
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    return milliseconds;
}

TEST(Announcements, DoNotDelayWhatElseHappens) {
    server server;
    const auto staff = register_staff(server), who = register_user(server);
    add_users(server, 20000);
    feed_client feed(server.port(), who.access);
    ASSERT_TRUE(feed.next()); // hello
    const auto before = causes_to_frames(server, staff, who, feed, [](int n) { return n < 50; });
    const json::object news{{"title", "T"}, {"message", "M"}};
    ASSERT_EQ(server.client().post("/api/announcements/", news, staff.access).status, 202);
    const auto during = causes_to_frames(server, staff, who, feed, [&](int n) {
        return n % 10 != 0 ||
               value(server, "SELECT count(*) FROM announcements WHERE done_at IS NULL") == "1";
    });
    ASSERT_EQ(before.size(), 50u);
    ASSERT_GT(during.size(), 10u);
    const auto middle = [](const std::vector<double>& sorted) { return sorted[sorted.size() / 2]; };
    fmt::print("from cause to frame: median {:.1f} ms, slowest {:.1f}; while 20,000 are told: {:.1f}, {:.1f} "
               "({} causes)\n",
               middle(before), before.back(), middle(during), during.back(), during.size());
    EXPECT_LT(middle(during), 4 * middle(before) + 50);
    EXPECT_LT(during.back(), 1500);
}

} // namespace
} // namespace mvp::test
