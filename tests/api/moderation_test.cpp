// Flags, staff's decisions and the limits of new users, from outside.
#include "tests/support/answers.hpp"

#include <future>
#include <gmock/gmock.h>

namespace mvp::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ModerationApi : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        seller = register_seller(shared_server());
        author = register_user(shared_server());
        for (int i = 0; i < 4; ++i)
            users.push_back(register_user(shared_server(), "flagger"));
        staff = register_staff(shared_server());
        car = create_car(shared_server(), seller, true);
    }
    static void TearDownTestSuite() { users.clear(); }
    std::string comment() {
        return id_of(client.post("/api/comments/",
                                 {{"content_type", "car"}, {"object_id", car}, {"text", "Buy pills"}},
                                 author.access));
    }
    std::string at(const std::string& id, std::string_view action = "", std::string_view what = "comments") {
        return fmt::format("/api/{}/{}/{}", what, id, action);
    }
    reply flag(const std::string& path, const user& by) {
        return client.post(path, {{"reason", "spam"}}, by.access);
    }
    void flag_by_three(const std::string& path) {
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(flag(path, users[i]).status, 201);
    }
    /// The case of that id in the list of staff, if it is there.
    std::optional<json::value> waiting(const std::string& id, std::string_view query = "?page_size=100") {
        const auto page = client.get(fmt::format("/api/moderation/{}", query), staff.access).json();
        for (const auto& one : page.at("results").as_array())
            if (one.at("id").as_string() == id)
                return one;
        return {};
    }
    http_client client = shared_server().client();
    static inline user seller, author, staff;
    static inline std::vector<user> users;
    static inline std::string car;
};

constexpr char flagged[] = R"(201 {"message":"Flagged for review"})";

TEST_F(ModerationApi, FlagsAndTheirRefusals) {
    const auto id = comment();
    EXPECT_EQ(told(client.post(at(id, "flag/"), {{"reason", "x"}})), no_login);
    EXPECT_EQ(told(flag(at(id, "flag/"), author)), R"(400 {"error":"You cannot flag your own content"})");
    EXPECT_EQ(told(client.post(at(id, "flag/"), json::object{}, users[0].access)),
              R"(400 {"reason":["This field is required."]})");
    EXPECT_EQ(told(client.post(at(id, "flag/"), {{"reason", std::string(256, 'x')}}, users[0].access)),
              R"(400 {"reason":["Ensure this field has no more than 255 characters."]})");
    EXPECT_EQ(told(flag(at(id, "flag/"), users[0])), flagged);
    EXPECT_EQ(told(flag(at(id, "flag/"), users[0])), R"(200 {"message":"Already flagged"})");
    EXPECT_EQ(told(flag(at("00000000-0000-0000-0000-000000000001", "flag/"), users[0])),
              R"(404 {"detail":"No Comment matches the given query."})");
    EXPECT_EQ(told(flag(at("abc", "flag/"), users[0])), R"(404 {"detail":"Not found."})");
    EXPECT_TRUE(client.get(at(id)).json().at("is_flagged").as_bool());
}

TEST_F(ModerationApi, ThreeUsersHideACommentUntilStaffDecide) {
    const auto id = comment();
    flag_by_three(at(id, "flag/"));
    EXPECT_EQ(client.get(at(id)).status, 404);
    EXPECT_EQ(told(flag(at(id, "flag/"), users[3])),
              R"(404 {"detail":"No Comment matches the given query."})");
    EXPECT_FALSE(client.get(at(id), author.access).json().at("is_approved").as_bool());
    EXPECT_EQ(told(client.action(at(id, "approve/"), author.access)), not_yours);
    EXPECT_EQ(told(client.action(at(id, "approve/"), "")), no_login);
    const auto approved = client.action(at(id, "approve/"), staff.access);
    ASSERT_EQ(approved.status, 200) << approved.body;
    EXPECT_TRUE(approved.json().at("is_approved").as_bool());
    EXPECT_FALSE(approved.json().at("is_flagged").as_bool());
    EXPECT_EQ(client.get(at(id)).status, 200);
    EXPECT_EQ(told(client.action(at(id, "approve/"), staff.access)),
              R"(400 {"error":"Comment is already approved"})");
    EXPECT_EQ(told(client.post(at(id, "reject/"), json::object{}, staff.access)),
              R"(400 {"reason":["This field is required."]})");
    EXPECT_EQ(client.post(at(id, "reject/"), {{"reason", "x"}}, staff.access).status, 200);
    EXPECT_EQ(told(client.post(at(id, "reject/"), {{"reason", "x"}}, staff.access)),
              R"(400 {"error":"Comment is already rejected"})");
    EXPECT_EQ(client.get(at(id)).status, 404);
}

TEST_F(ModerationApi, AHiddenReplyVanishesFromItsComment) {
    const auto id = comment();
    const auto answer = id_of(client.post(at(id, "reply/"), {{"text", "r"}}, author.access));
    flag_by_three(at(answer, "flag/", "comment-replies"));
    const auto seen = client.get(at(id)).json();
    EXPECT_EQ(seen.at("replies_count").as_int64(), 0);
    EXPECT_EQ(seen.at("replies").as_array().size(), 0u);
    EXPECT_EQ(client.get(at(id), author.access).json().at("replies").as_array().size(), 1u);
    EXPECT_EQ(client.action(at(answer, "approve/", "comment-replies"), staff.access).status, 200);
    EXPECT_EQ(client.get(at(id)).json().at("replies_count").as_int64(), 1);
}

TEST_F(ModerationApi, TheListIsForStaffAndShowsWhatWaits) {
    const auto id = comment();
    EXPECT_EQ(told(client.get("/api/moderation/")), no_login);
    EXPECT_EQ(told(client.get("/api/moderation/", author.access)), not_yours);
    EXPECT_FALSE(waiting(id));
    flag(at(id, "flag/"), users[0]);
    client.post(at(id, "flag/"), {{"reason", "rude"}}, users[1].access);
    const auto found = waiting(id, "?type=comment&page_size=100");
    ASSERT_TRUE(found);
    std::vector<std::string> names;
    for (const auto& member : found->as_object())
        names.emplace_back(member.key());
    EXPECT_THAT(names,
                ElementsAre("type", "id", "excerpt", "author", "reasons", "flag_count", "first_flagged_at"));
    EXPECT_EQ(found->at("type").as_string(), "comment");
    EXPECT_EQ(found->at("excerpt").as_string(), "Buy pills");
    EXPECT_EQ(found->at("author").at("email").as_string(), author.email);
    EXPECT_EQ(json::serialize(found->at("reasons")), R"(["spam","rude"])");
    EXPECT_EQ(found->at("flag_count").as_int64(), 2);
    EXPECT_FALSE(waiting(id, "?type=car"));
    EXPECT_EQ(told(client.get("/api/moderation/?type=nonsense", staff.access)),
              R"(400 {"type":["\"nonsense\" is not a valid choice."]})");
    EXPECT_TRUE(waiting(id, "?type=&page_size=100"));
    client.action(at(id, "approve/"), staff.access);
    EXPECT_FALSE(waiting(id));
}

TEST_F(ModerationApi, WhatIsWrittenElsewhereIsHiddenByThreeUsersAndShownAgainByStaff) {
    const auto thread = id_of(
        client.post("/api/forum/threads/", {{"title", "Pills"}, {"description", "Cheap"}}, author.access));
    const auto response = id_of(
        client.post(at(thread, "add_response/", "forum/threads"), {{"content", "Buy pills"}}, author.access));
    const auto fresh = register_seller(shared_server());
    const auto review = id_of(client.post(
        "/api/reviews/", {{"seller_id", fresh.id}, {"title", "Pills"}, {"text", "Cheap"}, {"rating", 1}},
        author.access));
    const auto responses = [&] {
        return client.get(at(thread, "", "forum/threads"), author.access)
            .json()
            .at("responses_count")
            .as_int64();
    };
    const auto reviews = [&] {
        return client.get("/api/users/" + fresh.id + "/", staff.access)
            .json()
            .at("seller_reviews_count")
            .as_int64();
    };
    EXPECT_EQ(responses(), 1);
    EXPECT_EQ(reviews(), 1);
    const std::pair<std::string, std::string> all[] = {
        {"forum/responses", response}, {"forum/threads", thread}, {"reviews", review}};
    for (const auto& [what, id] : all) {
        flag_by_three(at(id, "flag/", what));
        EXPECT_EQ(client.get(at(id, "", what)).status, 404) << what;
        EXPECT_EQ(client.get(at(id, "", what), author.access).status, 200) << what;
        EXPECT_TRUE(waiting(id)) << what;
    }
    EXPECT_EQ(responses(), 0);
    EXPECT_EQ(reviews(), 0);
    for (const auto& [what, id] : all) {
        const auto approved = client.action(at(id, "approve/", what), staff.access);
        EXPECT_EQ(approved.status, 200) << approved.body;
        EXPECT_EQ(id_of(approved), id) << what;
        EXPECT_FALSE(waiting(id)) << what;
        if (what == "forum/responses") {
            EXPECT_EQ(client.get(at(id, "", what)).status, 404) << "its thread is still hidden";
        }
    }
    for (const auto& [what, id] : all)
        EXPECT_EQ(client.get(at(id, "", what)).status, 200) << what;
    EXPECT_EQ(responses(), 1);
    EXPECT_EQ(reviews(), 1);
    for (const auto& [what, id] : all)
        EXPECT_EQ(client.post(at(id, "reject/", what), {{"reason", "x"}}, staff.access).status, 200) << what;
    EXPECT_EQ(reviews(), 0);
}

TEST_F(ModerationApi, AFlaggedCarIsPendingUntilStaffTakeItOutOfThatState) {
    const auto id = create_car(shared_server(), seller, true);
    EXPECT_EQ(client.get(at(id, "", "cars")).status, 200) << "and cached";
    EXPECT_EQ(told(flag(at(id, "flag/", "cars"), seller)),
              R"(400 {"error":"You cannot flag your own content"})");
    flag_by_three(at(id, "flag/", "cars"));
    EXPECT_EQ(client.get(at(id, "", "cars")).status, 404);
    EXPECT_EQ(client.get(at(id, "", "cars"), seller.access).json().at("status").as_string(), "pending");
    EXPECT_TRUE(waiting(id, "?type=car&page_size=100"));
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/", seller.access)
                   .body.find("is hidden until it has been reviewed") != std::string::npos;
    }));
    EXPECT_EQ(client.action(at(id, "approve/", "cars"), staff.access).status, 200);
    EXPECT_EQ(client.get(at(id, "", "cars")).status, 200);
    EXPECT_FALSE(waiting(id));
}

TEST_F(ModerationApi, StaffApproveAListingThatIsStillShownAndItsFlagsAreSettled) {
    const auto id = create_car(shared_server(), seller, true);
    constexpr char already[] = R"(400 {"error":"Car is already active"})";
    EXPECT_EQ(told(client.action(at(id, "approve/", "cars"), staff.access)), already);
    flag(at(id, "flag/", "cars"), users[0]);
    flag(at(id, "flag/", "cars"), users[1]);
    EXPECT_TRUE(waiting(id));
    const auto approved = client.action(at(id, "approve/", "cars"), staff.access);
    ASSERT_EQ(approved.status, 200) << approved.body;
    EXPECT_EQ(approved.json().at("message").as_string(), "Car approved");
    EXPECT_EQ(approved.json().at("car").at("id").as_string(), id);
    EXPECT_EQ(approved.json().at("car").at("status").as_string(), "active");
    EXPECT_FALSE(waiting(id));
    EXPECT_EQ(told(client.action(at(id, "approve/", "cars"), staff.access)), already);
    flag(at(id, "flag/", "cars"), users[2]);
    EXPECT_EQ(client.get(at(id, "", "cars")).status, 200) << "settled flags do not count";
}

TEST_F(ModerationApi, StaffRejectAFlaggedListingInWhateverStateItIs) {
    const auto rejected = [&](std::string_view what, const std::string& id) {
        return client.post(at(id, "reject/", what), {{"reason", "stolen"}}, staff.access);
    };
    const auto status = [&](std::string_view what, const std::string& id) {
        return client.get(at(id, "", what), staff.access).json().at("status").as_string();
    };
    const auto car = create_car(shared_server(), seller, true);
    EXPECT_EQ(told(rejected("cars", car)), R"(400 {"error":"Car is active"})");
    flag(at(car, "flag/", "cars"), users[0]);
    EXPECT_EQ(client.get(at(car, "", "cars")).status, 200) << "and cached";
    EXPECT_EQ(rejected("cars", car).status, 200);
    EXPECT_EQ(client.get(at(car, "", "cars")).status, 404);
    EXPECT_EQ(status("cars", car), "archived");
    EXPECT_FALSE(waiting(car));
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/", seller.access).body.find("has been rejected: stolen") !=
               std::string::npos;
    }));
    EXPECT_EQ(told(rejected("cars", car)), R"(400 {"error":"Car is already archived"})");

    const auto put_away = create_car(shared_server(), seller, true);
    flag(at(put_away, "flag/", "cars"), users[0]);
    EXPECT_EQ(client.action(at(put_away, "archive/", "cars"), seller.access).status, 200);
    EXPECT_EQ(rejected("cars", put_away).status, 200);
    EXPECT_EQ(status("cars", put_away), "archived");
    EXPECT_FALSE(waiting(put_away));

    const auto part = create_part(shared_server(), seller, true);
    flag(at(part, "flag/", "parts"), users[0]);
    EXPECT_EQ(rejected("parts", part).status, 200);
    EXPECT_EQ(status("parts", part), "discontinued");
    EXPECT_FALSE(waiting(part));
}

TEST_F(ModerationApi, ASellerDoesNotSettleFlagsByPuttingHisListingAway) {
    for (const int flags : {2, 3}) { // shown still, or hidden
        const auto id = create_car(shared_server(), seller, true);
        for (int i = 0; i < flags; ++i)
            flag(at(id, "flag/", "cars"), users[i]);
        EXPECT_EQ(client.action(at(id, "archive/", "cars"), seller.access).status, 200);
        EXPECT_TRUE(waiting(id));
        EXPECT_EQ(client.action(at(id, "reactivate/", "cars"), seller.access).status, 200);
        EXPECT_TRUE(waiting(id));
        EXPECT_EQ(client.action(at(id, "approve/", "cars"), staff.access).status, 200);
        EXPECT_FALSE(waiting(id));
    }
}

TEST_F(ModerationApi, StaffSettleFlagsOfAListingByAnyChangeOfItsStateThatDecides) {
    const auto flagged_car = [&](const user& by) {
        const auto id = create_car(shared_server(), seller, true);
        flag(at(id, "flag/", "cars"), by);
        EXPECT_TRUE(waiting(id));
        return id;
    };
    const auto put_away = flagged_car(users[0]);
    EXPECT_EQ(client.action(at(put_away, "archive/", "cars"), staff.access).status, 200);
    EXPECT_FALSE(waiting(put_away));
    const auto brought_back = flagged_car(users[0]);
    const auto set = [&](const char* state) {
        return client.patch(at(brought_back, "", "cars"), {{"status", state}}, staff.access).status;
    };
    EXPECT_EQ(set("pending"), 200);
    EXPECT_TRUE(waiting(brought_back));
    EXPECT_EQ(set("active"), 200);
    EXPECT_FALSE(waiting(brought_back));
}

TEST_F(ModerationApi, SixtyFlagsAtOnceOnTwoProcessesCountEachUserOnce) {
    const auto id = comment();
    server beside({}, shared_server().shared_world());
    std::vector<std::future<int>> all;
    for (int i = 0; i < 60; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            auto c = (i % 2 ? beside : shared_server()).client();
            return c.post(at(id, "flag/"), {{"reason", "spam"}}, users[i / 30].access).status;
        }));
    std::map<int, int> statuses;
    for (auto& one : all)
        ++statuses[one.get()];
    EXPECT_EQ(statuses, (std::map<int, int>{{201, 2}, {200, 58}}));
    EXPECT_EQ(waiting(id)->at("flag_count").as_int64(), 2);
    EXPECT_EQ(client.get(at(id)).status, 200);
}

TEST(NewUsers, MayPostTenTimesOnTheirFirstDayWhateverProcessTheyAsk) {
    server first(environment{{"RATE_LIMITS", "on"}});
    server second(environment{{"RATE_LIMITS", "on"}}, first.shared_world());
    const auto seller = register_seller(first);
    const auto car = create_car(first, seller, true);
    const auto fresh = register_user(first), older = register_user(first);
    const json::object body = {{"content_type", "car"}, {"object_id", car}, {"text", "hi"}};
    std::vector<std::future<int>> all;
    for (int i = 0; i < 20; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            auto c = (i % 2 ? first : second).client();
            return c.post("/api/comments/", body, fresh.access).status;
        }));
    std::map<int, int> statuses;
    for (auto& one : all)
        ++statuses[one.get()];
    EXPECT_EQ(statuses, (std::map<int, int>{{201, 10}, {429, 10}}));
    auto client = first.client();
    const auto refused = client.post("/api/comments/", body, fresh.access);
    EXPECT_THAT(told(refused),
                StartsWith(R"(429 {"detail":"Request was throttled. Expected available in 86)"));
    EXPECT_THAT(refused.header("Retry-After"), StartsWith("86"));
    EXPECT_EQ(client.post("/api/comments/", json::object{}, fresh.access).status, 400) << "nothing to count";
    const auto id = id_of(client.post("/api/comments/", body, seller.access));
    EXPECT_EQ(client.post(fmt::format("/api/comments/{}/reply/", id), {{"text", "r"}}, fresh.access).status,
              429);

    first.database().sql("UPDATE users SET date_joined = now() - interval '25 hours' WHERE id = $1",
                         {older.id});
    client.patch("/api/users/" + older.id + "/", {{"bio", "x"}},
                 older.access); // what is known of him is read anew
    for (int i = 0; i < 12; ++i)
        EXPECT_EQ(client.post("/api/comments/", body, older.access).status, 201);
}

} // namespace
} // namespace mvp::test
