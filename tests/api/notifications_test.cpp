// Notifications and preferences from outside.
#include "tests/support/server.hpp"

#include <gmock/gmock.h>
#include <thread>

namespace mvp::test {
namespace {

using ::testing::HasSubstr;

/// Makes `count` notifications of that type the way any cause does, and waits for them.
void notify(server& on, const user& who, int count, const std::string& type = "listing_update") {
    const auto before = on.client().get("/api/notifications/", who.access).json().at("count").as_int64();
    on.database().sql(
        "INSERT INTO outbox (type, recipient, title, message, action_url) "
        "SELECT $3, $1, 'Title ' || n, 'Message', '/cars/' || n FROM generate_series(1, $2::int) n",
        {who.id, std::to_string(count), type});
    ASSERT_TRUE(eventually([&] {
        return on.client().get("/api/notifications/", who.access).json().at("count").as_int64() ==
               before + count;
    }));
}

json::array listed(server& on, const user& who, std::string_view query = {}) {
    return on.client()
        .get("/api/notifications/" + std::string(query), who.access)
        .json()
        .at("results")
        .as_array();
}

std::int64_t unread(server& on, const user& who) {
    return on.client()
        .get("/api/notifications/unread_count/", who.access)
        .json()
        .at("unread_count")
        .as_int64();
}

std::string path_of(const json::value& notification, std::string_view action = {}) {
    std::string path = "/api/notifications/" + std::string(notification.at("id").as_string()) + "/";
    if (!action.empty())
        path += std::string(action) + "/";
    return path;
}

TEST(Notifications, AreListedNewestFirstWithTheirSeqAsLastKey) {
    auto& server = shared_server();
    const auto who = register_user(server);
    notify(server, who, 3);
    const auto rows = listed(server, who);
    ASSERT_EQ(rows.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(rows[i].at("seq"), static_cast<std::int64_t>(3 - i));
    std::string keys;
    for (const auto& item : rows[0].as_object())
        keys += std::string(item.key()) + " ";
    EXPECT_EQ(keys, "id notification_type title message is_read action_url created_at read_at seq ");
    EXPECT_EQ(listed(server, who, "?ordering=created_at")[0].at("seq"), 1);
    EXPECT_EQ(listed(server, who, "?ordering=bogus")[0].at("seq"), 3);
    EXPECT_EQ(listed(server, who, "unread/?ordering=created_at")[0].at("seq"), 1);
    EXPECT_EQ(listed(server, who, "by_type/?type=listing_update&ordering=created_at")[0].at("seq"), 1);
    EXPECT_EQ(server.client().get("/api/notifications/").status, 401);
    const auto page = server.client().get("/api/notifications/?page_size=2&page=last", who.access).json();
    EXPECT_EQ(page.at("results").as_array().size(), 1u);
    EXPECT_EQ(server.client().get("/api/notifications/?page=3&page_size=2", who.access).status, 404);
}

TEST(Notifications, AreEachOnesOwn) {
    auto& server = shared_server();
    const auto who = register_user(server), other = register_user(server);
    notify(server, who, 1);
    const auto row = listed(server, who)[0];
    auto client = server.client();
    constexpr char none[] = R"({"detail":"No Notification matches the given query."})";
    EXPECT_EQ(client.get(path_of(row), who.access).json(), row);
    EXPECT_EQ(client.get(path_of(row), other.access).body, none);
    EXPECT_EQ(client.action(path_of(row, "mark_as_read"), other.access).body, none);
    EXPECT_EQ(client.patch(path_of(row), json::object{{"is_read", true}}, other.access).body, none);
    EXPECT_EQ(client.get("/api/notifications/nope/", who.access).body, R"({"detail":"Not found."})");
    EXPECT_EQ(client.post("/api/notifications/", json::object{}, who.access).status, 405);
    const auto deleted = client.del(path_of(row), who.access);
    EXPECT_EQ(deleted.status, 405);
    EXPECT_EQ(deleted.header("Allow"), "GET, PATCH, HEAD, OPTIONS");
}

TEST(Notifications, AreMarkedAndCounted) {
    auto& server = shared_server();
    const auto who = register_user(server);
    notify(server, who, 3);
    auto client = server.client();
    EXPECT_EQ(unread(server, who), 3);
    const auto row = listed(server, who)[0];
    for (int i = 0; i < 2; ++i) // repeatable
        EXPECT_EQ(client.action(path_of(row, "mark_as_read"), who.access).body,
                  R"({"message":"Notification marked as read"})");
    EXPECT_EQ(unread(server, who), 2);
    const auto read_at = client.get(path_of(row), who.access).json().at("read_at");
    EXPECT_TRUE(read_at.is_string());
    client.action(path_of(row, "mark_as_read"), who.access);
    EXPECT_EQ(client.get(path_of(row), who.access).json().at("read_at"), read_at); // set the first time

    EXPECT_EQ(listed(server, who, "?is_read=true").size(), 1u);
    EXPECT_EQ(listed(server, who, "?is_read=false").size(), 2u);
    EXPECT_EQ(listed(server, who, "?is_read=0").size(), 2u);
    EXPECT_EQ(listed(server, who, "?is_read=").size(), 3u);
    const auto unreadable = client.get("/api/notifications/?is_read=zz", who.access);
    EXPECT_EQ(unreadable.status, 400);
    EXPECT_EQ(unreadable.body, R"({"is_read":["Must be a valid boolean."]})");
    EXPECT_EQ(client.get("/api/notifications/unread/", who.access).json().at("count"), 2);

    const auto back = client.patch(path_of(row), json::object{{"is_read", false}}, who.access);
    EXPECT_EQ(back.json().at("is_read"), false);
    EXPECT_EQ(unread(server, who), 3);
    EXPECT_EQ(client.patch(path_of(row), json::object{{"is_read", true}}, who.access).json().at("is_read"),
              true);
    EXPECT_EQ(unread(server, who), 2);
    EXPECT_EQ(client.patch(path_of(row), json::object{{"is_read", "maybe"}}, who.access).body,
              R"({"is_read":["Must be a valid boolean."]})");
    EXPECT_EQ(client.patch(path_of(row), json::object{{"title", "mine"}}, who.access).json().at("title"),
              row.at("title"));

    EXPECT_EQ(client.action("/api/notifications/mark_all_as_read/", who.access).body,
              R"({"message":"2 notifications marked as read"})");
    EXPECT_EQ(client.action("/api/notifications/mark_all_as_read/", who.access).body,
              R"({"message":"0 notifications marked as read"})");
    EXPECT_EQ(unread(server, who), 0);
    for (const auto& n : listed(server, who))
        EXPECT_TRUE(n.at("read_at").is_string());
}

TEST(Notifications, AreFilteredByType) {
    auto& server = shared_server();
    const auto who = register_user(server);
    notify(server, who, 2);
    notify(server, who, 1, "forum_reply");
    auto client = server.client();
    EXPECT_EQ(client.get("/api/notifications/by_type/?type=forum_reply", who.access).json().at("count"), 1);
    EXPECT_EQ(client.get("/api/notifications/by_type/?type=bogus", who.access).body,
              R"({"count":0,"next":null,"previous":null,"results":[]})");
    EXPECT_EQ(client.get("/api/notifications/by_type/", who.access).body,
              R"({"error":"type parameter required"})");
}

TEST(Notifications, MarkingManyAtOnceCountsEachOnce) {
    auto& server = shared_server();
    const auto who = register_user(server);
    notify(server, who, 4);
    const auto rows = listed(server, who);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back(
            [&, i] { server.client().action(path_of(rows[i % 4], "mark_as_read"), who.access); });
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(unread(server, who), 0);
}

// --- preferences
// --------------------------------------------------------------------------------------------------

TEST(NotificationPreferences, AreOneObjectMadeWithDefaults) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    EXPECT_EQ(client.get("/api/notification-preferences/").status, 401);
    std::vector<std::string> ids(6);
    std::vector<std::thread> threads;
    for (auto& id : ids)
        threads.emplace_back([&] {
            id = server.client()
                     .get("/api/notification-preferences/", who.access)
                     .json()
                     .at("id")
                     .as_string()
                     .c_str();
        });
    for (auto& t : threads)
        t.join();
    EXPECT_THAT(ids, ::testing::Each(ids[0]));
    const auto mine = client.get("/api/notification-preferences/my_preferences/", who.access).json();
    EXPECT_EQ(mine.at("id"), json::value(ids[0]));
    EXPECT_EQ(mine.at("email_system_announcement"), false);
    EXPECT_EQ(mine.at("app_system_announcement"), true);
    EXPECT_EQ(mine.at("email_frequency"), "instant");
    EXPECT_EQ(mine.at("quiet_hours_start"), nullptr);
    EXPECT_EQ(std::prev(mine.as_object().end())->key(), "timezone");
}

TEST(NotificationPreferences, AreWrittenInPartsByEveryRoute) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    const std::string base = "/api/notification-preferences/";
    const auto put =
        client.put(base + "anything/", json::object{{"email_new_message", false}}, who.access).json();
    EXPECT_EQ(put.at("message"), "Preferences updated");
    EXPECT_EQ(put.at("preferences").at("email_new_message"), false);
    EXPECT_EQ(client.put(base, json::object{{"app_price_alert", "tRuE"}}, who.access).status, 200);
    const auto r = client
                       .post(base + "update_preferences/",
                             json::object{{"email_frequency", "daily"},
                                          {"quiet_hours_enabled", true},
                                          {"quiet_hours_start", "22:00"},
                                          {"quiet_hours_end", "07:30:15.5"},
                                          {"timezone", "Asia/Dhaka"},
                                          {"app_price_alert", "off"}},
                             who.access)
                       .json()
                       .at("preferences");
    EXPECT_EQ(r.at("email_new_message"), false);
    EXPECT_EQ(r.at("quiet_hours_start"), "22:00:00");
    EXPECT_EQ(r.at("quiet_hours_end"), "07:30:15.500000");
    EXPECT_EQ(r.at("timezone"), "Asia/Dhaka");
    EXPECT_EQ(r.at("app_price_alert"), false);
    for (const char* method : {"GET", "PATCH", "DELETE"})
        EXPECT_EQ(client.request(method, base + "anything/", {{"Authorization", "Bearer " + who.access}}, {})
                      .status,
                  405)
            << method;
    EXPECT_EQ(client.post(base, json::object{}, who.access).status, 405);
}

TEST(NotificationPreferences, RefuseWhatTheyCannotHold) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    const auto refusal = [&](const json::object& body) {
        const auto r = client.post("/api/notification-preferences/update_preferences/", body, who.access);
        EXPECT_EQ(r.status, 400);
        return r.body;
    };
    EXPECT_EQ(
        refusal({{"email_frequency", "hourly"},
                 {"quiet_hours_start", "25:00"},
                 {"app_price_alert", "maybe"},
                 {"email_forum_reply", nullptr}}),
        R"({"email_forum_reply":["This field may not be null."],"app_price_alert":["Must be a valid boolean."],)"
        R"("email_frequency":["\"hourly\" is not a valid choice."],"quiet_hours_start":["Time has wrong format. )"
        R"(Use one of these formats instead: hh:mm[:ss[.uuuuuu]]."]})");
    EXPECT_EQ(
        refusal(
            {{"quiet_hours_enabled", true}, {"quiet_hours_start", nullptr}, {"quiet_hours_end", nullptr}}),
        R"({"quiet_hours_start":["This field is required when quiet hours are enabled."]})");
    EXPECT_EQ(refusal({{"timezone", "Mars/Base"}}),
              R"({"timezone":["\"Mars/Base\" is not a valid choice."]})");
    EXPECT_EQ(refusal({{"timezone", "../../etc/passwd"}}),
              R"({"timezone":["\"../../etc/passwd\" is not a valid choice."]})");
    const std::string frequency = R"("email_frequency":["\"x\" is not a valid choice."],)",
                      missing = R"(["This field is required when quiet hours are enabled."])",
                      zone = R"("timezone":["\"Mars/Base\" is not a valid choice."])";
    EXPECT_EQ(refusal({{"timezone", "Mars/Base"}, {"quiet_hours_enabled", true}, {"email_frequency", "x"}}),
              "{" + frequency + R"("quiet_hours_start":)" + missing + "," + zone + "}");
    EXPECT_EQ(refusal({{"quiet_hours_start", "25:00"}, {"quiet_hours_enabled", true}}),
              R"({"quiet_hours_start":["Time has wrong format. Use one of these formats instead: )"
              R"(hh:mm[:ss[.uuuuuu]]."],"quiet_hours_end":)" +
                  missing + "}");
    EXPECT_EQ(refusal({{"quiet_hours_enabled", "x"}, {"timezone", "Mars/Base"}}),
              R"({"quiet_hours_enabled":["Must be a valid boolean."],)" + zone + "}");
}

TEST(NotificationPreferences, AnAppSwitchedOffMakesNoRow) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    ASSERT_EQ(
        client.put("/api/notification-preferences/", json::object{{"app_listing_update", false}}, who.access)
            .status,
        200);
    server.database().sql("INSERT INTO outbox (type, recipient, title, message) VALUES "
                          "('listing_update', $1, 'a', 'b'), ('account_alert', $1, 'a', 'b')",
                          {who.id});
    EXPECT_TRUE(eventually([&] { return unread(server, who) == 1; }));
    EXPECT_EQ(listed(server, who).at(0).at("notification_type"), "account_alert");
}

} // namespace
} // namespace mvp::test
