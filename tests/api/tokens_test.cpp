// Tokens from outside: obtaining, using, refreshing, ending them, on one process and on two.
#include "tests/support/server.hpp"

#include <gmock/gmock.h>
#include <numeric>

namespace mvp::test {
namespace {

using ::testing::HasSubstr;

constexpr char unauthenticated[] = R"({"detail":"Authentication credentials were not provided."})";
constexpr char malformed[] =
    R"({"detail":"Authorization header must contain two space-delimited values","code":"bad_authorization_header"})";
constexpr char dead[] =
    R"({"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[{"token_class":"AccessToken","token_type":"access","message":"Token is invalid"}]})";

reply me(server& on, std::string_view authorization) {
    return on.client().request("GET", "/api/users/me/", {{"Authorization", std::string(authorization)}}, {});
}

reply me_as(server& on, const user& who) {
    return on.client().get("/api/users/me/", who.access);
}

json::object credentials(std::string_view email, std::string_view password) {
    return {{"email", email}, {"password", password}};
}

TEST(Tokens, TheHeaderIsReadAsClientsKnowIt) {
    auto& server = shared_server();
    const auto who = register_user(server);
    for (const std::string& header :
         {std::string(), "bearer " + who.access, std::string("Token abc"), std::string("Basic x")}) {
        const auto r = me(server, header);
        EXPECT_EQ(r.status, 401) << header;
        EXPECT_EQ(r.body, unauthenticated) << header;
        EXPECT_EQ(r.header("WWW-Authenticate"), "Bearer realm=\"api\"");
    }
    for (const std::string& header :
         {std::string("Bearer"), std::string("Bearer a b"), "Bearer " + who.access + " x"}) {
        const auto r = me(server, header);
        EXPECT_EQ(r.status, 401) << header;
        EXPECT_EQ(r.body, malformed) << header;
    }
    EXPECT_EQ(me(server, "Bearer   " + who.access).status, 200);
    EXPECT_EQ(me(server, "Bearer junk").body, dead);
    EXPECT_THAT(me(server, "Bearer " + who.refresh).body, HasSubstr("Token has wrong type"));
}

TEST(Tokens, ABadTokenIsRefusedOnPublicPagesToo) {
    auto& server = shared_server();
    const auto r = server.client().request("GET", "/api/", {{"Authorization", "Bearer junk"}}, {});
    EXPECT_EQ(r.status, 401);
    EXPECT_EQ(server.client().request("GET", "/api/", {{"Authorization", "Token junk"}}, {}).status, 200);
}

TEST(Tokens, AreObtainedByPasswordWhateverTheHeaderSays) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    const auto body = json::serialize(credentials(who.email, good_password));
    const auto r =
        client.request("POST", "/api/token/",
                       {{"Authorization", "Bearer junk"}, {"Content-Type", "application/json"}}, body);
    ASSERT_EQ(r.status, 200) << r.body;
    EXPECT_THAT(r.body, ::testing::StartsWith(R"({"refresh":")"));
    EXPECT_EQ(server.database().sql("SELECT last_login IS NOT NULL FROM users WHERE id = $1", {who.id})[0][0],
              "t");
    std::string shouted = who.email;
    std::transform(shouted.begin(), shouted.end(), shouted.begin(), [](char c) { return std::toupper(c); });
    EXPECT_EQ(client.post("/api/token/", credentials(shouted, good_password)).status, 200);
    EXPECT_EQ(client
                  .request("POST", "/api/token/", {{"Content-Type", "application/x-www-form-urlencoded"}},
                           "email=" + url_encoded(who.email) + "&password=" + url_encoded(good_password))
                  .status,
              200);
    const auto got = client.get("/api/token/");
    EXPECT_EQ(got.status, 405);
    EXPECT_EQ(got.header("Allow"), "POST, OPTIONS");
}

TEST(Tokens, WrongCredentialsTellNothingOfTheAccount) {
    auto& server = shared_server();
    const auto who = register_user(server), gone = register_user(server);
    auto client = server.client();
    ASSERT_EQ(client.del("/api/users/" + gone.id + "/", gone.access).status, 204);
    for (const auto& body :
         {credentials(who.email, "wrong"), credentials("nobody@example.com", good_password),
          credentials(gone.email, good_password)}) {
        const auto r = client.post("/api/token/", body);
        EXPECT_EQ(r.status, 401);
        EXPECT_EQ(r.body, R"({"detail":"No active account found with the given credentials"})");
        EXPECT_TRUE(r.has_header("WWW-Authenticate"));
        const auto l = client.post("/api/users/login/", body);
        EXPECT_EQ(l.status, 401);
        EXPECT_EQ(l.body, R"({"error":"Invalid email or password"})");
        EXPECT_FALSE(l.has_header("WWW-Authenticate"));
    }
    EXPECT_EQ(client.post("/api/token/", json::object{}).body,
              R"({"email":["This field is required."],"password":["This field is required."]})");
    EXPECT_EQ(client.post("/api/token/", json::object{{"email", nullptr}, {"password", ""}}).body,
              R"({"email":["This field may not be null."],"password":["This field may not be blank."]})");
    EXPECT_EQ(client.post("/api/users/login/", json::object{{"email", "zzz"}, {"password", ""}}).body,
              R"({"email":["Enter a valid email address."],"password":["This field may not be blank."]})");
}

TEST(Tokens, AHashOfDjangoIsAcceptedAndReplaced) {
    auto& server = shared_server();
    const auto who = register_user(server);
    // pbkdf2_sha256 of "Str0ng!Passw0rd" with few iterations, as an imported table could hold it
    server.database().sql("UPDATE users SET password = $2 WHERE id = $1",
                          {who.id, "pbkdf2_sha256$1000$salt$W8e+EO0XRgfhqID8xKtt+/BlUB+FQqlKn947N40G2as="});
    auto client = server.client();
    EXPECT_EQ(client.post("/api/token/", credentials(who.email, "wrong")).status, 401);
    EXPECT_EQ(client.post("/api/token/", credentials(who.email, good_password)).status, 200);
    EXPECT_THAT(server.database().sql("SELECT password FROM users WHERE id = $1", {who.id})[0][0],
                ::testing::StartsWith("$argon2id$"));
    EXPECT_EQ(client.post("/api/token/", credentials(who.email, good_password)).status, 200);
    EXPECT_EQ(me_as(server, who).status, 200); // what he had goes on
}

TEST(Tokens, RefreshGivesAnAccessTokenOnly) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    const auto r = client.post("/api/token/refresh/", json::object{{"refresh", who.refresh}});
    ASSERT_EQ(r.status, 200) << r.body;
    const auto value = r.json();
    ASSERT_EQ(value.as_object().size(), 1u);
    EXPECT_EQ(client.get("/api/users/me/", value.at("access").as_string()).status, 200);
    EXPECT_EQ(client.post("/api/token/refresh/", json::object{{"refresh", "garbage"}}).body,
              R"({"detail":"Token is invalid","code":"token_not_valid"})");
    EXPECT_EQ(client.post("/api/token/refresh/", json::object{{"refresh", who.access}}).body,
              R"({"detail":"Token has wrong type","code":"token_not_valid"})");
    EXPECT_EQ(client.post("/api/token/refresh/", json::object{}).body,
              R"({"refresh":["This field is required."]})");
}

TEST(Tokens, VerifySaysWhetherATokenHolds) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    for (const auto& token : {who.access, who.refresh}) {
        const auto r = client.post("/api/token/verify/", json::object{{"token", token}});
        EXPECT_EQ(r.status, 200);
        EXPECT_EQ(r.body, "{}");
    }
    EXPECT_EQ(client.post("/api/token/verify/", json::object{{"token", "x.y.z"}}).status, 401);
    ASSERT_EQ(client.post("/api/token/blacklist/", json::object{{"refresh", who.refresh}}).status, 200);
    for (const auto& token : {who.access, who.refresh}) {
        const auto r = client.post("/api/token/verify/", json::object{{"token", token}});
        EXPECT_EQ(r.status, 401);
        EXPECT_EQ(r.body, R"({"detail":"Token is invalid","code":"token_not_valid"})");
    }
}

TEST(Tokens, LoggingOutEndsThatRefreshTokenAndItsAccessTokensAlone) {
    auto& server = shared_server();
    const auto phone = register_user(server);
    auto laptop = phone;
    log_in(server, laptop);
    auto client = server.client();
    const auto later = client.post("/api/token/refresh/", json::object{{"refresh", phone.refresh}}).json();
    const std::string refreshed = later.at("access").as_string().c_str();
    EXPECT_EQ(client.get("/api/users/me/", refreshed).status, 200);

    const auto out = client.post("/api/token/blacklist/", json::object{{"refresh", phone.refresh}});
    EXPECT_EQ(out.status, 200);
    EXPECT_EQ(out.body, "{}");
    EXPECT_EQ(me_as(server, phone).body, dead);
    EXPECT_EQ(client.get("/api/users/me/", refreshed).status, 401);
    EXPECT_EQ(client.post("/api/token/refresh/", json::object{{"refresh", phone.refresh}}).status, 401);
    EXPECT_EQ(me_as(server, laptop).status, 200);
    EXPECT_EQ(client.post("/api/token/refresh/", json::object{{"refresh", laptop.refresh}}).status, 200);
    EXPECT_EQ(client.post("/api/token/blacklist/", json::object{{"refresh", phone.refresh}}).status, 401);
    EXPECT_EQ(client.post("/api/token/blacklist/", json::object{{"refresh", laptop.access}}).status, 401);
}

TEST(Tokens, APasswordChangeEndsAllThatTheUserHad) {
    auto& server = shared_server();
    auto who = register_user(server);
    auto client = server.client();
    ASSERT_EQ(me_as(server, who).status, 200);
    const json::object change{
        {"old_password", good_password}, {"new_password", "N3w!Passw0rd"}, {"new_password2", "N3w!Passw0rd"}};
    ASSERT_EQ(client.post("/api/users/change_password/", change, who.access).status, 200);
    EXPECT_EQ(me_as(server, who).body, dead);
    EXPECT_EQ(client.post("/api/token/refresh/", json::object{{"refresh", who.refresh}}).status, 401);
    log_in(server, who, "N3w!Passw0rd");
    EXPECT_EQ(me_as(server, who).status, 200);
}

TEST(Tokens, TheStateOfTheAccountIsToldBeforeRevocation) {
    auto& server = shared_server();
    auto who = register_user(server);
    const auto staff = register_staff(server);
    auto client = server.client();
    ASSERT_EQ(
        client.post("/api/users/" + who.id + "/suspend/", json::object{{"reason", "spam"}}, staff.access)
            .status,
        200);
    EXPECT_EQ(me_as(server, who).status, 403);
    EXPECT_EQ(me_as(server, who).body, R"({"detail":"Account is suspended"})");
    EXPECT_EQ(client.get("/api/", who.access).status, 403); // refused everywhere
    EXPECT_EQ(client.post("/api/token/refresh/", json::object{{"refresh", who.refresh}}).body,
              R"({"detail":"Account is suspended"})");
    EXPECT_EQ(client.post("/api/token/", credentials(who.email, "wrong")).status, 401);
    const auto right = client.post("/api/token/", credentials(who.email, good_password));
    EXPECT_EQ(right.status, 403);
    EXPECT_EQ(right.body, R"({"detail":"Account is suspended"})");
    const auto login = client.post("/api/users/login/", credentials(who.email, good_password));
    EXPECT_EQ(login.status, 403);
    EXPECT_EQ(login.body, R"({"error":"Account is suspended"})");

    ASSERT_EQ(client.action("/api/users/" + who.id + "/unsuspend/", staff.access).status, 200);
    EXPECT_EQ(me_as(server, who).body, dead); // old tokens stay dead
    log_in(server, who);
    EXPECT_EQ(me_as(server, who).status, 200);

    ASSERT_EQ(
        client.patch("/api/users/" + who.id + "/", json::object{{"is_active", false}}, staff.access).status,
        200);
    EXPECT_EQ(me_as(server, who).body, R"({"detail":"User is inactive","code":"user_inactive"})");
    EXPECT_EQ(client.post("/api/token/refresh/", json::object{{"refresh", who.refresh}}).body,
              R"({"detail":"No active account found for the given token."})");
    ASSERT_EQ(
        client.patch("/api/users/" + who.id + "/", json::object{{"is_active", true}}, staff.access).status,
        200);
    EXPECT_EQ(me_as(server, who).body, dead);
}

TEST(Tokens, ASuspensionEndsByItself) {
    auto& server = shared_server();
    const auto who = register_user(server);
    server.database().sql(
        "UPDATE users SET is_suspended = true, suspension_until = now() - interval '1 second' "
        "WHERE id = $1",
        {who.id});
    EXPECT_EQ(me_as(server, who).status, 200);
    EXPECT_EQ(server.database().sql("SELECT is_suspended FROM users WHERE id = $1", {who.id})[0][0], "f");
}

TEST(Tokens, WhatEndsThemIsFeltOnOtherProcessesWithinASecond) {
    server first;
    server second(environment(), first.shared_world());
    auto who = register_user(first);
    auto other = who;
    log_in(first, other);
    ASSERT_EQ(me_as(second, who).status, 200); // warm there
    ASSERT_EQ(me_as(second, other).status, 200);
    ASSERT_EQ(first.client().post("/api/token/blacklist/", json::object{{"refresh", who.refresh}}).status,
              200);
    EXPECT_TRUE(eventually([&] { return me_as(second, who).status == 401; }, std::chrono::seconds(1)));
    EXPECT_EQ(me_as(second, other).status, 200);
    ASSERT_EQ(first.client()
                  .post("/api/users/" + who.id + "/suspend/", json::object{{"reason", "spam"}},
                        superuser(first).access)
                  .status,
              200);
    EXPECT_TRUE(eventually([&] { return me_as(second, other).status == 403; }, std::chrono::seconds(1)));
}

TEST(Tokens, GuessingIsLimitedPerAddressAndEmail) {
    server limited(environment{{"RATE_LIMITS", "on"}});
    const auto who = register_user(limited), other = register_user(limited);
    auto client = limited.client();
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(client.post("/api/token/", credentials(who.email, "wrong")).status, 401);
    const auto r = client.post("/api/users/login/", credentials(who.email, good_password));
    EXPECT_EQ(r.status, 429);
    EXPECT_THAT(r.body, HasSubstr("Request was throttled. Expected available in "));
    EXPECT_GT(std::stoi(r.header("Retry-After")), 0);
    EXPECT_EQ(client.post("/api/token/", credentials(other.email, good_password)).status, 200);
}

} // namespace
} // namespace mvp::test
