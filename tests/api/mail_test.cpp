// Mails and text messages from outside: the program, and small servers of the tests that take what it sends.
#include "tests/support/http_sink.hpp"
#include "tests/support/server.hpp"
#include "tests/support/smtp_sink.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <regex>

namespace mvp::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

environment sending_to(const smtp_sink& sink) {
    return {{"EMAIL_URL", sink.url()},
            {"EMAIL_FROM", "Market <noreply@example.org>"},
            {"PUBLIC_URL", "http://market.example"}};
}

/// Something happens, for which anybody's statement will do.
void notify(server& on, const user& who, const std::string& type, const std::string& title) {
    on.database().sql(
        "INSERT INTO outbox (type, recipient, title, message, action_url) VALUES ($2, $1, $3, 'The message', "
        "'/cars/1')",
        {who.id, type, title});
}

/// The mails to somebody with that in them.
std::vector<std::string> mails_to(const smtp_sink& sink, const user& who, const std::string& piece) {
    std::vector<std::string> found;
    for (const auto& mail : sink.mails())
        if (mail.find("To: " + who.email + "\r\n") != mail.npos && mail.find(piece) != mail.npos)
            found.push_back(mail);
    return found;
}

/// The one-click link's path and query; "" if the mail has none.
std::string unsubscribe_path(const std::string& mail) {
    std::smatch m;
    const std::regex link("\r\nList-Unsubscribe: <http://market\\.example(/[^>]+)>\r\n");
    return std::regex_search(mail, m, link) ? m[1].str() : "";
}

json::value preferences(server& on, const user& who) {
    return on.client().get("/api/notification-preferences/", who.access).json();
}

void prefer(server& on, const user& who, const json::object& what) {
    ASSERT_EQ(on.client().put("/api/notification-preferences/", what, who.access).status, 200);
}

TEST(Mails, ANotificationIsMailedAtOnceWithTextHtmlAndTheWayOut) {
    smtp_sink sink;
    server server(sending_to(sink));
    const auto who = register_user(server);
    notify(server, who, "listing_update", "Car approved");
    ASSERT_TRUE(eventually([&] { return !mails_to(sink, who, "Subject: Car approved").empty(); }));
    const auto mail = mails_to(sink, who, "Subject: Car approved").at(0);
    EXPECT_THAT(mail, HasSubstr("From: \"Market\" <noreply@example.org>\r\n"));
    EXPECT_THAT(mail, HasSubstr("Content-Type: text/plain"));
    EXPECT_THAT(mail, HasSubstr("Content-Type: text/html"));
    EXPECT_THAT(mail, HasSubstr("http://market.example/cars/1"));
    EXPECT_THAT(mail, HasSubstr("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    EXPECT_NE(unsubscribe_path(mail), "");
    const auto welcome = mails_to(sink, who, "Verify your email address");
    ASSERT_THAT(welcome, SizeIs(1));
    EXPECT_THAT(welcome[0], Not(HasSubstr("List-Unsubscribe"))) << "somebody asked for it";
}

TEST(Mails, OneClickTurnsOffThatTypesMailAndNothingElse) {
    smtp_sink sink;
    server server(sending_to(sink));
    const auto who = register_user(server);
    notify(server, who, "forum_reply", "A reply");
    ASSERT_TRUE(eventually([&] { return !mails_to(sink, who, "A reply").empty(); }));
    const auto path = unsubscribe_path(mails_to(sink, who, "A reply").at(0));
    auto client = server.client();

    EXPECT_EQ(
        client.get(path).body,
        R"({"message":"A POST to this address switches off these e-mail notifications: forum reply."})");
    EXPECT_EQ(preferences(server, who).at("email_forum_reply"), true) << "mail programs look at links";
    const auto page = client.request("GET", path, {{"Accept", "text/html"}}, "");
    EXPECT_THAT(page.header("Content-Type"), StartsWith("text/html"));
    EXPECT_THAT(page.body, HasSubstr("Switch off these e-mail notifications: forum reply?"));
    EXPECT_THAT(page.body, HasSubstr("<form method=\"post\">"));
    EXPECT_EQ(page.header("Content-Security-Policy"),
              "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    const auto type_for = [&](std::string_view accept) {
        return client.request("GET", path, {{"Accept", std::string(accept)}}, "").header("Content-Type");
    };
    EXPECT_THAT(type_for("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
                StartsWith("text/html"));
    EXPECT_EQ(type_for("application/json, text/html;q=0.5"), "application/json");
    EXPECT_EQ(type_for("text/html;q=0, */*"), "application/json");

    const auto one_click = client.request(
        "POST", path, {{"Content-Type", "application/x-www-form-urlencoded"}}, "List-Unsubscribe=One-Click");
    EXPECT_EQ(one_click.status, 200);
    EXPECT_EQ(
        one_click.body,
        R"({"message":"These e-mail notifications are switched off now: forum reply. To get them again, log in )"
        R"(and switch them on in your notification preferences (email_forum_reply)."})");
    const auto clicked = client.request("POST", path, {{"Accept", "text/html"}}, "");
    EXPECT_THAT(clicked.body,
                HasSubstr("<p>These e-mail notifications are switched off now: forum reply. To get"));
    EXPECT_THAT(clicked.body, Not(HasSubstr("<form")));
    const auto after = preferences(server, who);
    EXPECT_EQ(after.at("email_forum_reply"), false);
    EXPECT_EQ(after.at("app_forum_reply"), true);
    EXPECT_EQ(after.at("email_listing_update"), true);

    const auto before = mails_to(sink, who, "").size();
    notify(server, who, "forum_reply", "Another reply");
    notify(server, who, "listing_update", "Something else");
    ASSERT_TRUE(eventually([&] { return !mails_to(sink, who, "Something else").empty(); }));
    EXPECT_THAT(mails_to(sink, who, ""), SizeIs(before + 1));
}

TEST(Mails, ALinkThatWasTamperedWithDoesNothing) {
    auto& server = shared_server();
    auto client = server.client();
    const std::string base = "/api/notification-preferences/unsubscribe/";
    constexpr char refusal[] = R"({"error":"Invalid or expired token"})";
    for (const auto& path : {base, base + "?token=", base + "?token=abc.def", base + "?token=%00"}) {
        EXPECT_EQ(client.get(path).body, refusal) << path;
        const auto posted = client.request("POST", path, {}, "");
        EXPECT_EQ(posted.status, 400) << path;
        EXPECT_EQ(posted.body, refusal) << path;
    }
    const auto page = client.request("GET", base + "?token=abc.def", {{"Accept", "text/html"}}, "");
    EXPECT_EQ(page.status, 400);
    EXPECT_THAT(page.body, HasSubstr("<p>This link is not valid (any more). Log in"));
    EXPECT_EQ(client.del(base).status, 405);
}

TEST(Mails, ADigestIsOneMailWhoseLinkTurnsOffItsTypes) {
    smtp_sink sink;
    server server(sending_to(sink));
    const auto who = register_user(server);
    prefer(server, who, {{"email_frequency", "daily"}, {"timezone", "Asia/Dhaka"}});
    notify(server, who, "forum_reply", "First reply");
    notify(server, who, "listing_update", "Car approved");
    notify(server, who, "forum_reply", "Second reply");
    const auto planned = "SELECT count(*) FROM mail_items WHERE due_at > now() AND (due_at AT TIME ZONE "
                         "'Asia/Dhaka')::time = '08:00'";
    ASSERT_TRUE(eventually([&] { return server.database().sql(planned)[0][0] == "3"; }));
    EXPECT_THAT(mails_to(sink, who, "digest"), SizeIs(0));
    server.database().sql(
        "UPDATE mail_items SET created_at = now() - interval '2 days', due_at = now()"); // eight comes
    ASSERT_TRUE(eventually([&] { return !mails_to(sink, who, "digest").empty(); }));
    EXPECT_TRUE(
        eventually([&] { return server.database().sql("SELECT count(*) FROM mail_items")[0][0] == "0"; }));
    const auto digests = mails_to(sink, who, "digest");
    ASSERT_THAT(digests, SizeIs(1));
    EXPECT_THAT(digests[0], HasSubstr("Subject: Your daily digest: 3 notifications\r\n"));
    EXPECT_LT(digests[0].find("First reply"), digests[0].find("Second reply"));
    EXPECT_EQ(server.client().request("POST", unsubscribe_path(digests[0]), {}, "").status, 200);
    const auto after = preferences(server, who);
    EXPECT_EQ(after.at("email_forum_reply"), false);
    EXPECT_EQ(after.at("email_listing_update"), false);
    EXPECT_EQ(after.at("email_account_alert"), true) << "it was not in this one";
}

TEST(Mails, QuietHoursHoldThemBackUntilTheyAreOver) {
    smtp_sink sink;
    server server(sending_to(sink));
    const auto who = register_user(server);
    prefer(server, who,
           {{"quiet_hours_enabled", true},
            {"quiet_hours_start", "00:00"},
            {"quiet_hours_end", "23:59:59.999999"}});
    notify(server, who, "listing_update", "Held back");
    ASSERT_TRUE(eventually([&] {
        return server.database().sql("SELECT count(*) FROM mail_items WHERE due_at > now()")[0][0] == "1";
    }));
    EXPECT_THAT(mails_to(sink, who, "Held back"), SizeIs(0));
    prefer(server, who, {{"quiet_hours_enabled", false}});
    EXPECT_TRUE(eventually([&] { return mails_to(sink, who, "Held back").size() == 1; }));
}

TEST(Mails, AServerThatIsKilledLosesNoneAndSendsNoneTwice) {
    smtp_sink sink;
    sink.answer_with({{"RCPT", "451 later"}});
    server server(sending_to(sink));
    const auto who = register_user(server);
    for (int i = 0; i < 20; ++i)
        notify(server, who, "listing_update", "Number " + std::to_string(i) + ".");
    server.stop(SIGKILL);
    sink.answer_with({});
    server.start();
    server.database().sql("UPDATE mails SET next_attempt_at = now() WHERE state = 'waiting'");
    ASSERT_TRUE(eventually([&] { return mails_to(sink, who, "Subject: Number").size() >= 20; },
                           std::chrono::seconds(15)));
    EXPECT_TRUE(eventually([&] {
        return server.database().sql("SELECT count(*) FROM mails WHERE state = 'waiting'")[0][0] == "0" &&
               server.database().sql("SELECT count(*) FROM mail_items")[0][0] == "0";
    }));
    for (int i = 0; i < 20; ++i)
        EXPECT_THAT(mails_to(sink, who, "Subject: Number " + std::to_string(i) + "."), SizeIs(1)) << i;
}

TEST(Mails, ARefusedMailIsTriedAgainAndCounted) {
    smtp_sink sink;
    sink.answer_with({{"RCPT", "451 later"}});
    server server(sending_to(sink));
    const auto who = register_user(server);
    const auto value = [&](const std::string& name) {
        const auto text = server.client().get("/metrics").body;
        const auto at = text.find("\n" + name + " ");
        return at == text.npos ? -1 : std::stoi(text.substr(at + name.size() + 2));
    };
    EXPECT_TRUE(eventually([&] { return value("mails_total{outcome=\"postponed\"}") >= 1; }));
    EXPECT_TRUE(eventually([&] { return value("mails_waiting") == 1; }, std::chrono::seconds(10)));
    sink.answer_with({});
    server.database().sql("UPDATE mails SET next_attempt_at = now()");
    EXPECT_TRUE(eventually([&] { return value("mails_total{outcome=\"sent\"}") == 1; }));
    EXPECT_THAT(mails_to(sink, who, "Verify your email"), SizeIs(1));
}

TEST(Mails, StayInTheTableWithoutAServerToSendTo) {
    auto& server = shared_server();
    const auto who = register_user(server);
    notify(server, who, "listing_update", "Stays");
    EXPECT_TRUE(eventually([&] {
        return server.database().sql("SELECT count(*) FROM mails WHERE recipient = $1 AND subject = 'Stays' "
                                     "AND state = 'waiting' AND "
                                     "unsubscribe_url IS NOT NULL",
                                     {who.email})[0][0] == "1";
    }));
}

TEST(TextMessages, GoToTheGatewayAndTheCodeInThemVerifiesThePhone) {
    http_sink gateway("202 Accepted");
    server server({{"SMS_URL", gateway.url()}});
    const auto who = register_user(server, "phone", {{"phone_number", "+8801712345678"}});
    auto client = server.client();
    ASSERT_EQ(client.action("/api/users/send_phone_verification/", who.access).status, 200);
    ASSERT_TRUE(eventually([&] { return !gateway.requests().empty(); }));
    const auto sent = json::parse(gateway.requests().at(0).body);
    EXPECT_EQ(sent.at("to"), "+8801712345678");
    std::smatch m;
    const std::string text(sent.at("text").as_string());
    ASSERT_TRUE(std::regex_search(text, m, std::regex("[0-9]{6}"))) << text;
    EXPECT_EQ(client.post("/api/users/verify_phone/", json::object{{"code", m[0].str()}}, who.access).body,
              R"({"message":"Phone verified"})");
    EXPECT_TRUE(eventually([&] {
        return server.database().sql("SELECT count(*) FROM text_messages WHERE state = 'sent'")[0][0] == "1";
    }));
    EXPECT_THAT(server.client().get("/metrics").body, HasSubstr("\ntext_messages_total{outcome=\"sent\"} 1"));
}

} // namespace
} // namespace mvp::test
