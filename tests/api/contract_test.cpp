// Every answer that a black-box test gets is compared with the OpenAPI document; and the comparison itself.
#include "tests/support/contract.hpp"
#include "tests/support/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::test {
namespace {

using ::testing::HasSubstr;

void compare(std::string_view method, std::string_view target, const reply& answer) {
    if (const auto wrong = program_contract().complaint(method, target, answer); !wrong.empty())
        ADD_FAILURE() << wrong;
}

const bool watched = [] {
    http_client::watch = compare;
    return true;
}();

reply answer(int status, std::string body) {
    return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

TEST(Contract, EveryAnswerIsWatched) {
    EXPECT_TRUE(watched);
    EXPECT_EQ(http_client::watch, compare);
}

TEST(Contract, FindsAStatusThatIsNotDescribed) {
    const auto& contract = program_contract();
    EXPECT_EQ(contract.complaint("GET", "/api/cars/", answer(404, R"({"detail":"Invalid page."})")), "");
    EXPECT_THAT(contract.complaint("GET", "/api/cars/", answer(500, "{}")), HasSubstr("has no 500"));
    EXPECT_THAT(contract.complaint("GET", "/api/cars/", answer(201, "{}")), HasSubstr("has no 201"));
}

TEST(Contract, FindsKeysThatAreMissingOrTooMany) {
    const auto& contract = program_contract();
    const std::string target = "/api/notifications/unread_count/";
    EXPECT_EQ(contract.complaint("GET", target, answer(200, R"({"unread_count":1})")), "");
    EXPECT_THAT(contract.complaint("GET", target, answer(200, "{}")), HasSubstr("'unread_count' is missing"));
    EXPECT_THAT(contract.complaint("GET", target, answer(200, R"({"unread_count":1,"more":1})")),
                HasSubstr("no key 'more'"));
    EXPECT_THAT(contract.complaint("GET", target, answer(200, R"({"unread_count":"1"})")),
                HasSubstr("body.unread_count: \"1\" is not as type"));
    EXPECT_THAT(contract.complaint("GET", target, answer(401, R"({"why":"x"})")), HasSubstr("missing"));
}

TEST(Contract, FindsValuesOfTheWrongKind) {
    const auto& contract = program_contract();
    json::object user{{"id", "4B1C6D7E-0000-4000-8000-000000000000"}};
    const auto& schema = contract.document().at("components").at("schemas").at("UserSummary").as_object();
    EXPECT_THAT(schema_complaint(contract.document(), schema, user, true), HasSubstr("body.id"));
    user["id"] = "4b1c6d7e-0000-4000-8000-000000000000";
    EXPECT_EQ(schema_complaint(contract.document(), schema, user, true), "");
    user["user_type"] = "robot";
    EXPECT_THAT(schema_complaint(contract.document(), schema, user, true), HasSubstr("enum"));
    user["user_type"] = "company";
    user["seller_rating"] = "4.5";
    EXPECT_THAT(schema_complaint(contract.document(), schema, user, true), HasSubstr("pattern"));
    user["seller_rating"] = "4.50";
    user["date_joined"] = "yesterday";
    EXPECT_THAT(schema_complaint(contract.document(), schema, user, true), HasSubstr("date-time"));
}

TEST(Contract, TakesTheMoreExactOfTwoPaths) {
    const auto& contract = program_contract();
    EXPECT_EQ(contract.path_item("/api/cars/search/")->at("get").at("operationId").as_string(),
              "cars_search");
    EXPECT_EQ(contract.path_item("/api/cars/x/")->at("get").at("operationId").as_string(), "cars_retrieve");
    EXPECT_EQ(contract.path_item("/media/cars/2026/x.png")->at("get").at("operationId").as_string(), "media");
    EXPECT_EQ(contract.path_item("/api/nothing/"), nullptr);
}

TEST(Schema, IsServedWithAValidatorAndEqualsWhatTheProgramPrints) {
    auto client = shared_server().client();
    const auto served = client.get("/api/schema/");
    EXPECT_EQ(served.status, 200);
    EXPECT_EQ(served.json().as_object(), program_contract().document());
    const auto again = client.request("GET", "/api/schema/", {{"If-None-Match", served.header("ETag")}}, "");
    EXPECT_EQ(again.status, 304);
}

TEST(Schema, ThePageLoadsNothingFromElsewhere) {
    auto client = shared_server().client();
    const auto page = client.request("GET", "/api/docs/", {{"Accept", "text/html,*/*;q=0.8"}}, "");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_THAT(page.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(page.body.find("http:"), std::string::npos);
    EXPECT_EQ(page.body.find("https:"), std::string::npos);
    for (const char* name : {"start.js", "swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"}) {
        EXPECT_THAT(page.body, HasSubstr(name));
        const auto file = client.get("/api/docs/" + std::string(name));
        EXPECT_EQ(file.status, 200) << name;
        EXPECT_GT(file.body.size(), 100u) << name;
    }
    EXPECT_EQ(client.get("/api/docs/nothing.js").status, 404);
}

} // namespace
} // namespace mvp::test
