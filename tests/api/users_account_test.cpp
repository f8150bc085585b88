// What a user does about his own account, from outside: passwords, and the mails and codes that verify him.
#include "tests/support/server.hpp"

#include <gmock/gmock.h>

namespace mvp::test {
namespace {

/// What stands behind "token=" in the last mail of that kind to somebody.
std::string mailed_token(server& on, const user& who, const std::string& kind) {
    const auto found = on.database().sql(
        "SELECT body_text FROM mails WHERE recipient = $1 AND kind = $2 ORDER BY created_at DESC LIMIT 1",
        {who.email, kind});
    if (found.empty())
        return {};
    const auto begin = found[0][0].find("token=") + 6;
    return found[0][0].substr(begin, found[0][0].find_first_of(" \r\n", begin) - begin);
}

TEST(Users, APasswordChangeNeedsTheOldOne) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    const auto change = [&](std::string_view old, std::string_view fresh, std::string_view again) {
        return client
            .post("/api/users/change_password/",
                  json::object{{"old_password", old}, {"new_password", fresh}, {"new_password2", again}},
                  who.access)
            .body;
    };
    EXPECT_EQ(change("x", "N3w!Passw0rd", "N3w!Passw0rd"),
              R"({"old_password":["Old password is not correct."]})");
    EXPECT_EQ(change(good_password, "N3w!Passw0rd", "other"),
              R"({"new_password":["Password fields didn't match."]})");
    EXPECT_EQ(change(good_password, "123", "123"),
              R"({"new_password":["This password is too short. It must contain at least 8 characters.",)"
              R"("This password is too common.","This password is entirely numeric."]})");
    EXPECT_EQ(client.post("/api/users/change_password/", json::object{}).status, 401);
    EXPECT_EQ(change(good_password, "N3w!Passw0rd", "N3w!Passw0rd"),
              R"({"message":"Password changed successfully"})");
    auto again = who;
    log_in(server, again, "N3w!Passw0rd");
    EXPECT_TRUE(eventually([&] { // told to himself as well: it is a security notice
        return client.get("/api/notifications/by_type/?type=account_alert", again.access)
                   .json()
                   .at("count") == 1;
    }));
}

TEST(Users, APasswordIsResetThroughAMailOnce) {
    auto& server = shared_server();
    auto client = server.client();
    auto who = register_user(server);
    const json::object unknown{{"email", "nobody-at-all@example.com"}}, known{{"email", who.email}};
    const auto first = client.post("/api/users/password_reset/", unknown);
    const auto second = client.post("/api/users/password_reset/", known);
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.body, R"({"message":"If the account exists, an email has been sent"})");
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(server.database().sql(
                  "SELECT count(*) FROM mails WHERE recipient = 'nobody-at-all@example.com'")[0][0],
              "0");
    const auto token = mailed_token(server, who, "password_reset");
    ASSERT_FALSE(token.empty());
    const auto confirm = [&](std::string_view with, std::string_view password) {
        return client.post(
            "/api/users/password_reset_confirm/",
            json::object{{"token", with}, {"new_password", password}, {"new_password2", password}});
    };
    EXPECT_EQ(confirm("junk", "N3w!Passw0rd").body, R"({"error":"Invalid or expired token"})");
    EXPECT_EQ(confirm(mailed_token(server, who, "verification"), "N3w!Passw0rd").status,
              400); // another purpose
    EXPECT_EQ(confirm(token, "short").status, 400);
    EXPECT_EQ(confirm(token, "N3w!Passw0rd").body, R"({"message":"Password changed successfully"})");
    EXPECT_EQ(confirm(token, "An0ther!Passw0rd").body, R"({"error":"Invalid or expired token"})");
    EXPECT_EQ(client.get("/api/users/me/", who.access).status, 401);
    log_in(server, who, "N3w!Passw0rd");
}

TEST(Users, AnAddressIsVerifiedThroughAMail) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    const auto at_registration = mailed_token(server, who, "verification");
    ASSERT_FALSE(at_registration.empty());
    EXPECT_EQ(client.post("/api/users/verify_email/", json::object{{"token", "junk"}}).body,
              R"({"error":"Invalid or expired token"})");
    EXPECT_EQ(client.action("/api/users/send_email_verification/", who.access).body,
              R"({"message":"Verification email sent"})");
    EXPECT_EQ(client.action("/api/users/send_email_verification/", "").status, 401);
    const auto verified = client.post("/api/users/verify_email/",
                                      json::object{{"token", mailed_token(server, who, "verification")}});
    EXPECT_EQ(verified.body, R"({"message":"Email verified"})");
    EXPECT_EQ(client.get("/api/users/me/", who.access).json().at("email_verified"), true);
    const auto again = client.action("/api/users/send_email_verification/", who.access);
    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(again.body, R"({"error":"Email is already verified"})");
}

TEST(Users, ASuperuserIsCheckedAsARegistrationIs) {
    const auto make = [](const std::string& email, const std::string& first, const std::string& last) {
        std::string said;
        const int code = shared_server().run(
            {"createsuperuser", "--email", email, "--first-name", first, "--last-name", last},
            {{"SUPERUSER_PASSWORD", "Str0ng!Passw0rd"}}, &said);
        return std::to_string(code) + ' ' + said;
    };
    const std::string many = "Ensure this field has no more than 30 characters.\n", name(40, 'x');
    EXPECT_EQ(make("not an email", "F", "L"), "2 mvpbackend: --email: Enter a valid email address.\n");
    EXPECT_EQ(make("long@example.com", name, "L"), "2 mvpbackend: --first-name: " + many);
    EXPECT_EQ(make("long@example.com", "F", name), "2 mvpbackend: --last-name: " + many);
    EXPECT_EQ(make("long@example.com", "F", "  "),
              "2 mvpbackend: --last-name: This field may not be blank.\n");
    EXPECT_EQ(make("bytes@example.com", "\xff", "L"), "2 mvpbackend: --first-name: Not a valid string.\n");
    EXPECT_EQ(make(" trimmed@example.com ", "F", "L"), "0 Superuser trimmed@example.com created.\n");
    EXPECT_EQ(make("Trimmed@example.com", "F", "L"),
              "1 mvpbackend: There is a user with this e-mail address already.\n");
}

TEST(Users, APhoneIsVerifiedByACode) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server, "phone", {{"phone_number", "+8801712345678"}});
    const auto without = register_user(server);
    const std::string send = "/api/users/send_phone_verification/", verify = "/api/users/verify_phone/";
    EXPECT_EQ(client.action(send, without.access).status, 400);
    EXPECT_EQ(client.action(send, who.access).body, R"({"message":"Verification code sent"})");
    const auto text =
        server.database().sql("SELECT body FROM text_messages WHERE recipient = '+8801712345678'")[0][0];
    const auto code = text.substr(text.find_first_of("0123456789"), 6);
    EXPECT_EQ(server.database().sql("SELECT count(*) FROM phone_codes WHERE code_hash LIKE $1",
                                    {"%" + code + "%"})[0][0],
              "0"); // stored keyed
    EXPECT_EQ(client.post(verify, json::object{{"code", "x"}}, who.access).body,
              R"({"error":"Invalid or expired code"})");
    EXPECT_EQ(client.post(verify, json::object{{"code", code}}, who.access).body,
              R"({"message":"Phone verified"})");
    EXPECT_EQ(client.post(verify, json::object{{"code", code}}, who.access).status, 400);
    EXPECT_EQ(client.action(send, who.access).body,
              R"({"error":"No phone number to verify"})"); // is verified
    EXPECT_EQ(
        client
            .patch("/api/users/" + who.id + "/", json::object{{"phone_number", "+8801787654321"}}, who.access)
            .json()
            .at("phone_verified"),
        false);
}

} // namespace
} // namespace mvp::test
