// Comments from outside: what each kind of caller sees and may do, the exact answers to those who may not,
// and counters that two processes change at once.
#include "tests/support/answers.hpp"

#include <future>
#include <gmock/gmock.h>

namespace mvp::test {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

class CommentsApi : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        seller = register_seller(shared_server());
        author = register_user(shared_server());
        other = register_user(shared_server());
        staff = register_staff(shared_server());
        car = create_car(shared_server(), seller, true);
    }
    static json::object body(std::string_view text = "Nice", std::string_view type = "car") {
        return {{"content_type", type}, {"object_id", car}, {"text", text}};
    }
    std::string create() { return id_of(client.post("/api/comments/", body(), author.access)); }
    std::string reply_to(const std::string& comment) {
        return id_of(client.post(path(comment, "reply/"), {{"text", "Thanks"}}, other.access));
    }
    static std::string path(const std::string& id, std::string_view action = "") {
        return fmt::format("/api/comments/{}/{}", id, action);
    }
    static std::string reply_path(const std::string& id, std::string_view action = "") {
        return fmt::format("/api/comment-replies/{}/{}", id, action);
    }
    std::int64_t number(const std::string& comment, std::string_view key) {
        return client.get(path(comment)).json().at(key).as_int64();
    }
    http_client client = shared_server().client();
    static inline user seller, author, other, staff;
    static inline std::string car;
};

constexpr char no_comment[] = R"(404 {"detail":"No Comment matches the given query."})";
constexpr char no_reply[] = R"(404 {"detail":"No CommentReply matches the given query."})";

TEST_F(CommentsApi, ANewCommentIsShownWhole) {
    auto wanted = body("  Nice  ");
    wanted["is_approved"] = false;
    wanted["likes_count"] = 5;
    const auto made = client.post("/api/comments/", wanted, author.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ElementsAre("id", "author", "text", "likes_count", "replies_count", "is_approved",
                            "is_flagged", "replies", "created_at", "updated_at", "user_liked"));
    EXPECT_EQ(made.json().at("text").as_string(), "Nice");
    EXPECT_TRUE(made.json().at("is_approved").as_bool());
    EXPECT_EQ(made.json().at("likes_count").as_int64(), 0);
    EXPECT_FALSE(made.json().at("user_liked").as_bool());
    EXPECT_EQ(json::serialize(made.json().at("replies")), "[]");
    EXPECT_EQ(made.json().at("author").at("email").as_string(), author.email);
    EXPECT_TRUE(client.get(path(id_of(made))).json().at("author").at("email").is_null());
}

TEST_F(CommentsApi, WhatIsWrongWithANewCommentIsSaid) {
    const auto post = [&](const json::value& b) {
        return told(client.post("/api/comments/", b, author.access));
    };
    EXPECT_EQ(told(client.post("/api/comments/", body())), no_login);
    EXPECT_EQ(post({{"text", "hi"}}), R"(400 {"error":"content_type and object_id are required"})");
    EXPECT_EQ(post({{"content_type", ""}, {"object_id", car}, {"text", "hi"}}),
              R"(400 {"error":"content_type and object_id are required"})");
    EXPECT_EQ(post(body("hi", "boat")), R"(400 {"error":"content_type must be \"car\" or \"part\""})");
    EXPECT_EQ(post({{"content_type", 7}, {"object_id", car}, {"text", "hi"}}),
              R"(400 {"error":"content_type must be \"car\" or \"part\""})");
    EXPECT_EQ(post({{"content_type", "car"}, {"object_id", car}}),
              R"(400 {"text":["This field is required."]})");
    EXPECT_EQ(post(body("   ")), R"(400 {"text":["This field may not be blank."]})");
    EXPECT_EQ(post({{"content_type", "car"}, {"object_id", "abc"}, {"text", "hi"}}),
              R"(400 {"object_id":["Must be a valid UUID."]})");
    EXPECT_EQ(post({{"content_type", "car"}, {"object_id", json::array{1}}, {"text", "hi"}}),
              R"(400 {"object_id":["Must be a valid UUID."]})");
    EXPECT_EQ(post(json::array{1}),
              R"(400 {"non_field_errors":["Invalid data. Expected a dictionary, but got list."]})");
    EXPECT_EQ(post(body("hi", "part")), R"(404 {"error":"Object not found"})");
    EXPECT_THAT(post(body("hi", "cars.car")), StartsWith("201 "));
}

TEST_F(CommentsApi, OnlyWhatTheCallerSeesCanBeCommentedOn) {
    const auto pending = create_car(shared_server(), seller, false);
    const json::object wanted = {{"content_type", "car"}, {"object_id", pending}, {"text", "hi"}};
    EXPECT_EQ(told(client.post("/api/comments/", wanted, author.access)),
              R"(404 {"error":"Object not found"})");
    EXPECT_EQ(client.post("/api/comments/", wanted, seller.access).status, 201);
    EXPECT_EQ(client.post("/api/comments/", wanted, staff.access).status, 201);
}

TEST_F(CommentsApi, WhoeverDoesNotSeeTheListingSeesNothingOfWhatIsSaidAboutIt) {
    const auto stranger = register_user(shared_server());
    const auto hidden = create_car(shared_server(), seller, true);
    const auto id = id_of(client.post(
        "/api/comments/", {{"content_type", "car"}, {"object_id", hidden}, {"text", "hi"}}, author.access));
    const auto answer = reply_to(id);
    const auto count = [&](const std::string& list, const std::string& by) {
        return client.get(list, by).json().at("count").as_int64();
    };
    const std::string about = "/api/comments/by_object/?content_type=car&object_id=" + hidden;
    const auto comments = count("/api/comments/", {}), replies = count("/api/comment-replies/", {});
    EXPECT_EQ(client.action("/api/cars/" + hidden + "/archive/", seller.access).status, 200);
    EXPECT_EQ(count("/api/comments/", {}), comments - 1);
    EXPECT_EQ(count("/api/comment-replies/", {}), replies - 1);
    EXPECT_EQ(count(about, {}), 0);
    EXPECT_EQ(told(client.get(path(id))), no_comment);
    EXPECT_EQ(told(client.get(reply_path(answer))), no_reply);
    EXPECT_EQ(told(client.get(path(id), stranger.access)), no_comment);
    EXPECT_EQ(told(client.patch(path(id), {{"text", "x"}}, stranger.access)), no_comment);
    EXPECT_EQ(told(client.action(path(id, "like/"), stranger.access)), no_comment);
    EXPECT_EQ(told(client.action(reply_path(answer, "like/"), stranger.access)), no_reply);
    EXPECT_EQ(told(client.post(path(id, "reply/"), {{"text", "x"}}, stranger.access)), no_comment);
    EXPECT_EQ(told(client.post("/api/comment-replies/", {{"comment", id}, {"text", "s"}}, stranger.access)),
              R"(404 {"error":"Comment not found"})");
    EXPECT_EQ(told(client.post(path(id, "flag/"), {{"reason", "r"}}, stranger.access)), no_comment);
    EXPECT_EQ(told(client.post(reply_path(answer, "flag/"), {{"reason", "r"}}, stranger.access)), no_reply);
    for (const auto& by : {author.access, seller.access, staff.access}) {
        EXPECT_EQ(client.get(path(id), by).json().at("replies").as_array().size(), 1u);
        EXPECT_EQ(count(about, by), 1);
        EXPECT_EQ(client.action(path(id, "like/"), by).status, 201);
    }
    EXPECT_EQ(client.get(reply_path(answer), other.access).status, 200) << "his own";
    EXPECT_EQ(client.patch(path(id), {{"text", "still mine"}}, author.access).status, 200);
    EXPECT_EQ(client.post(path(id, "flag/"), {{"reason", "r"}}, seller.access).status, 201);
    EXPECT_EQ(client.action("/api/cars/" + hidden + "/reactivate/", seller.access).status, 200);
    EXPECT_EQ(told(client.get(path(id))), no_comment) << "it waits for approval";
    EXPECT_EQ(client.action("/api/cars/" + hidden + "/approve/", staff.access).status, 200);
    EXPECT_EQ(client.get(path(id)).json().at("likes_count").as_int64(), 3);
    EXPECT_EQ(count("/api/comments/", {}), comments);
    EXPECT_EQ(count("/api/comment-replies/", {}), replies);
}

TEST_F(CommentsApi, TextsHaveABound) {
    constexpr char too_long[] = R"(400 {"text":["Ensure this field has no more than 10000 characters."]})";
    std::string most;
    for (int i = 0; i < 10'000; ++i)
        most += "ü"; // characters, not bytes
    const auto longer = most + "x";
    const auto made = client.post("/api/comments/", body(most), author.access);
    ASSERT_EQ(made.status, 201);
    const auto id = id_of(made);
    EXPECT_EQ(told(client.post("/api/comments/", body(longer), author.access)), too_long);
    EXPECT_EQ(told(client.patch(path(id), {{"text", longer}}, author.access)), too_long);
    EXPECT_EQ(client.post(path(id, "reply/"), {{"text", most}}, other.access).status, 201);
    EXPECT_EQ(told(client.post(path(id, "reply/"), {{"text", longer}}, other.access)), too_long);
    EXPECT_EQ(told(client.post("/api/comment-replies/", {{"comment", id}, {"text", longer}}, other.access)),
              too_long);
    EXPECT_EQ(client.del(path(id), author.access).status, 204);
}

TEST_F(CommentsApi, ACommentOnADeletedCarIsGone) {
    const auto sold = create_car(shared_server(), seller, true);
    const auto id = id_of(client.post(
        "/api/comments/", {{"content_type", "car"}, {"object_id", sold}, {"text", "hi"}}, author.access));
    EXPECT_EQ(client.get(path(id)).status, 200);
    EXPECT_EQ(client.del("/api/cars/" + sold + "/", seller.access).status, 204);
    EXPECT_EQ(told(client.get(path(id))), no_comment);
}

TEST_F(CommentsApi, CommentsAreChangedByTheirAuthorAndStaff) {
    const auto id = create(), answer = reply_to(id);
    EXPECT_EQ(told(client.patch(path(id), {{"text", "x"}})), no_login);
    EXPECT_EQ(told(client.patch(path(id), {{"text", "x"}}, other.access)), not_yours);
    EXPECT_EQ(told(client.put(path(id), json::object{}, author.access)),
              R"(400 {"text":["This field is required."]})");
    const auto changed = client.patch(path(id), {{"text", "edited"}, {"is_flagged", true}}, author.access);
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.json().at("text").as_string(), "edited");
    EXPECT_FALSE(changed.json().at("is_flagged").as_bool());
    EXPECT_EQ(changed.json().at("replies").as_array().size(), 1u);
    EXPECT_EQ(client.patch(path(id), json::object{}, author.access).json().at("text").as_string(), "edited");
    EXPECT_EQ(client.put(path(id), {{"text", "by staff"}}, staff.access).status, 200);
    EXPECT_EQ(told(client.patch(reply_path(answer), {{"text", "x"}}, author.access)), not_yours);
    EXPECT_EQ(client.patch(reply_path(answer), {{"text", "y"}}, other.access).json().at("text").as_string(),
              "y");
    EXPECT_EQ(told(client.del(reply_path(answer), author.access)), not_yours);
    EXPECT_EQ(told(client.del(reply_path(answer), other.access)), "204 ");
    EXPECT_EQ(told(client.del(reply_path(answer), other.access)), no_reply);
    EXPECT_EQ(number(id, "replies_count"), 0);
    EXPECT_EQ(told(client.del(path(id), staff.access)), "204 ");
    EXPECT_EQ(told(client.get(path(id), author.access)), no_comment);
}

TEST_F(CommentsApi, LikesAndTheirRefusals) {
    const auto id = create(), answer = reply_to(id);
    EXPECT_EQ(told(client.action(path(id, "like/"), "")), no_login);
    EXPECT_EQ(told(client.action(path(id, "like/"), other.access)), R"(201 {"message":"Comment liked"})");
    EXPECT_EQ(told(client.action(path(id, "like/"), other.access)), R"(200 {"message":"Already liked"})");
    EXPECT_EQ(told(client.action(path(id, "like/"), author.access)), R"(201 {"message":"Comment liked"})");
    EXPECT_EQ(number(id, "likes_count"), 2);
    EXPECT_TRUE(client.get(path(id), other.access).json().at("user_liked").as_bool());
    EXPECT_FALSE(client.get(path(id)).json().at("user_liked").as_bool());
    EXPECT_EQ(told(client.action(path(id, "unlike/"), other.access)), R"(200 {"message":"Comment unliked"})");
    EXPECT_EQ(told(client.action(path(id, "unlike/"), other.access)), R"(400 {"error":"Not liked"})");
    EXPECT_EQ(told(client.action(reply_path(answer, "like/"), author.access)),
              R"(201 {"message":"Reply liked"})");
    EXPECT_EQ(told(client.action(reply_path(answer, "like/"), author.access)),
              R"(200 {"message":"Already liked"})");
    const auto seen = client.get(path(id), author.access).json().at("replies").at(0);
    EXPECT_EQ(seen.at("likes_count").as_int64(), 1);
    EXPECT_TRUE(seen.at("user_liked").as_bool());
    EXPECT_EQ(told(client.action(reply_path(answer, "unlike/"), author.access)),
              R"(200 {"message":"Reply unliked"})");
    EXPECT_EQ(told(client.action(reply_path(answer, "unlike/"), author.access)),
              R"(400 {"error":"Not liked"})");
    EXPECT_EQ(told(client.action(path("00000000-0000-0000-0000-000000000001", "like/"), author.access)),
              no_comment);
    EXPECT_EQ(told(client.action(path("abc", "like/"), author.access)), R"(404 {"detail":"Not found."})");
    EXPECT_EQ(client.get(path(id, "like/"), author.access).status, 405);
}

TEST_F(CommentsApi, RepliesAreMadeEitherWay) {
    const auto id = create();
    EXPECT_EQ(told(client.post(path(id, "reply/"), json::object{}, other.access)),
              R"(400 {"text":["This field is required."]})");
    const auto made = client.post(path(id, "reply/"), {{"text", "r"}}, other.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()), ElementsAre("id", "author", "text", "likes_count", "is_approved",
                                               "is_flagged", "created_at", "updated_at", "user_liked"));
    const auto too = client.post("/api/comment-replies/", {{"comment", id}, {"text", "s"}}, author.access);
    ASSERT_EQ(too.status, 201) << too.body;
    EXPECT_EQ(number(id, "replies_count"), 2);
    EXPECT_EQ(client.get(path(id)).json().at("replies").at(1).at("text").as_string(), "s");
    EXPECT_EQ(told(client.post("/api/comment-replies/", {{"comment", "abc"}, {"text", "s"}}, author.access)),
              R"(400 {"comment":["Must be a valid UUID."]})");
    EXPECT_EQ(told(client.post("/api/comment-replies/",
                               {{"comment", "00000000-0000-0000-0000-000000000001"}, {"text", "s"}},
                               author.access)),
              R"(404 {"error":"Comment not found"})");
    EXPECT_EQ(told(client.post(path("00000000-0000-0000-0000-000000000001", "reply/"), json::object{},
                               author.access)),
              no_comment);
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/", author.access).body.find("replied to your comment: r") !=
               std::string::npos;
    }));
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/", seller.access).body.find("commented on your listing") !=
               std::string::npos;
    }));
}

TEST_F(CommentsApi, RepliesToAHiddenCommentAreHiddenWithIt) {
    const auto comment = create(), reply = reply_to(comment);
    const auto stranger = register_user(shared_server());
    const auto before = client.get("/api/comment-replies/").json().at("count").as_int64();
    EXPECT_EQ(client.post(path(comment, "reject/"), {{"reason", "spam"}}, staff.access).status, 200);
    for (const auto* access : {"", stranger.access.c_str()}) {
        EXPECT_EQ(client.get(reply_path(reply), access).status, 404);
        EXPECT_EQ(client.get("/api/comment-replies/", access).json().at("count").as_int64(), before - 1);
    }
    EXPECT_EQ(client.action(reply_path(reply, "like/"), stranger.access).status, 404);
    EXPECT_EQ(client.post(reply_path(reply, "flag/"), {{"reason", "r"}}, stranger.access).status, 404);
    for (const auto& access : {author.access, other.access, staff.access})
        EXPECT_EQ(client.get(reply_path(reply), access).status, 200);
    EXPECT_EQ(client.action(path(comment, "approve/"), staff.access).status, 200);
    EXPECT_EQ(client.get(reply_path(reply)).status, 200);
}

TEST_F(CommentsApi, ListsArePagesForEverybody) {
    const auto id = create();
    for (const auto& who : {std::string(), author.access, staff.access}) {
        const auto page = client.get("/api/comments/?page_size=1", who);
        ASSERT_EQ(page.status, 200) << page.body;
        EXPECT_EQ(page.json().at("results").at(0).at("id").as_string(), id) << "newest first";
        EXPECT_EQ(client.get("/api/comment-replies/", who).status, 200);
    }
    client.action(path(id, "like/"), author.access);
    const auto liked = client.get("/api/comments/?ordering=likes_count&page_size=100").json();
    std::int64_t before = 0;
    for (const auto& one : liked.at("results").as_array()) {
        EXPECT_GE(one.at("likes_count").as_int64(), before);
        before = one.at("likes_count").as_int64();
    }
    EXPECT_EQ(told(client.get("/api/comments/?page=99999")), R"(404 {"detail":"Invalid page."})");
}

TEST_F(CommentsApi, ByObjectNeedsAThingThatCanBeCommentedOn) {
    const auto fresh = create_car(shared_server(), seller, true);
    const auto by = [&](std::string_view query) {
        return client.get(fmt::format("/api/comments/by_object/{}", query));
    };
    EXPECT_EQ(told(by("")), R"(400 {"error":"content_type and object_id parameters required"})");
    EXPECT_EQ(told(by("?content_type=x&object_id=" + fresh)), R"(400 {"error":"Invalid content_type"})");
    EXPECT_EQ(told(by("?content_type=car&object_id=abc")), R"(400 {"object_id":["Must be a valid UUID."]})");
    EXPECT_EQ(told(by("?content_type=car&object_id=" + fresh)),
              R"(200 {"count":0,"next":null,"previous":null,"results":[]})");
    client.post("/api/comments/", {{"content_type", "car"}, {"object_id", fresh}, {"text", "hi"}},
                author.access);
    EXPECT_EQ(by("?content_type=cars.car&object_id=" + fresh).json().at("count").as_int64(), 1);
    EXPECT_EQ(by("?content_type=part&object_id=" + fresh).json().at("count").as_int64(), 0);
}

TEST_F(CommentsApi, SixtyOfEachAtOnceOnTwoProcessesAreCountedExactly) {
    const auto id = create();
    server beside({}, shared_server().shared_world());
    const auto at_once = [&](auto what) {
        std::vector<std::future<int>> all;
        for (int i = 0; i < 60; ++i)
            all.push_back(std::async(std::launch::async, [&, i] {
                auto c = (i % 2 ? beside : shared_server()).client();
                return what(c, i);
            }));
        std::map<int, int> statuses;
        for (auto& one : all)
            ++statuses[one.get()];
        return statuses;
    };
    std::vector<user> users;
    for (int i = 0; i < 6; ++i)
        users.push_back(register_user(shared_server(), "liker"));
    const auto act = [&](std::string_view action) {
        return at_once(
            [&](http_client& c, int i) { return c.action(path(id, action), users[i / 10].access).status; });
    };
    EXPECT_EQ(act("like/"), (std::map<int, int>{{201, 6}, {200, 54}}));
    EXPECT_EQ(number(id, "likes_count"), 6);
    EXPECT_EQ(act("unlike/"), (std::map<int, int>{{200, 6}, {400, 54}}));
    EXPECT_EQ(number(id, "likes_count"), 0);
    EXPECT_EQ(at_once([&](http_client& c, int i) {
                  return c.post(path(id, "reply/"), {{"text", "r"}}, users[i / 10].access).status;
              }),
              (std::map<int, int>{{201, 60}}));
    EXPECT_EQ(number(id, "replies_count"), 60);
    const auto seen = client.get(path(id)).json();
    EXPECT_EQ(seen.at("replies").as_array().size(), 60u);
}

} // namespace
} // namespace mvp::test
