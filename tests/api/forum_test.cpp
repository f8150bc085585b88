// The forum from outside: threads, responses and votes, for each kind of caller, and on two processes.
#include "tests/support/answers.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <future>

namespace mvp::test {
namespace {

using ::testing::ElementsAre;

std::string thread_path(const std::string& id, std::string_view action = "") {
    return fmt::format("/api/forum/threads/{}/{}", id, action);
}
std::string response_path(const std::string& id, std::string_view action = "") {
    return fmt::format("/api/forum/responses/{}/{}", id, action);
}
/// The ids of a page, in order.
std::vector<std::string> ids(const reply& r) {
    std::vector<std::string> found;
    const auto page = r.json();
    for (const auto& item : page.at("results").as_array())
        found.emplace_back(item.at("id").as_string());
    return found;
}

const json::object question{{"title", "Brake noise"}, {"description", "It squeals"}};

class ForumApi : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        asker = register_user(shared_server(), "asker");
        other = register_user(shared_server(), "other");
        third = register_user(shared_server(), "third");
        staff = register_staff(shared_server());
    }
    http_client client = shared_server().client();

    std::string add_thread(json::object body = question) {
        const auto made = client.post("/api/forum/threads/", body, asker.access);
        EXPECT_EQ(made.status, 201) << made.body;
        return id_of(made);
    }
    std::string add_category(std::string_view name, bool active = true) {
        const auto made =
            client.post("/api/forum/categories/",
                        {{"name", name}, {"description", "d"}, {"is_active", active}}, staff.access);
        EXPECT_EQ(made.status, 201) << made.body;
        return id_of(made);
    }
    std::string say(const std::string& thread, const user& by, std::string_view content = "Check the pads") {
        const auto made =
            client.post(thread_path(thread, "add_response/"), {{"content", content}}, by.access);
        EXPECT_EQ(made.status, 201) << made.body;
        return id_of(made);
    }
    reply vote(const std::string& response, const user& by, std::string_view what = "helpful") {
        return client.post(response_path(response, "vote/"), {{"vote_type", what}}, by.access);
    }
    static inline user asker, other, third, staff;
};

constexpr char no_thread[] = R"(404 {"detail":"No ForumThread matches the given query."})";
constexpr char no_response[] = R"(404 {"detail":"No ForumResponse matches the given query."})";
constexpr char by_hand[] = R"(401 {"error":"Authentication required"})";

TEST_F(ForumApi, AThreadIsShownWholeAndNewFactsAreTheServers) {
    EXPECT_EQ(told(client.post("/api/forum/threads/", question)), no_login);
    auto body = question;
    body["status"] = "closed";
    body["is_pinned"] = true;
    body["views_count"] = 7;
    const auto made = client.post("/api/forum/threads/", body, asker.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ElementsAre("id", "author", "category", "title", "description", "car_make", "car_model",
                            "car_year", "status", "is_pinned", "is_featured", "views_count",
                            "responses_count", "responses", "created_at", "updated_at", "resolved_at"));
    EXPECT_EQ(field(made, "status") + field(made, "is_pinned") + field(made, "views_count") +
                  field(made, "responses") + field(made, "car_make"),
              R"("open"false0[]null)");
    EXPECT_EQ(told(client.post("/api/forum/threads/", json::object{}, asker.access)),
              R"(400 {"title":["This field is required."],"description":["This field is required."]})");
    const auto listed = client.get("/api/forum/threads/");
    EXPECT_THAT(keys(listed.json().at("results").at(0)),
                ElementsAre("id", "author", "category", "title", "car_make", "car_model", "car_year",
                            "status", "is_pinned", "is_featured", "views_count", "responses_count",
                            "created_at", "resolved_at"));
}

TEST_F(ForumApi, AuthorsAndStaffChangeAThreadOthersMayNot) {
    const auto id = add_thread();
    EXPECT_EQ(told(client.patch(thread_path(id), {{"title", "x"}}, other.access)), not_yours);
    EXPECT_EQ(
        told(client.patch(thread_path(id), {{"title", "Louder"}, {"status", "closed"}}, asker.access)),
        R"(200 {"category":null,"title":"Louder","description":"It squeals","car_make":null,"car_model":null,"car_year":null})");
    EXPECT_EQ(client.patch(thread_path(id), {{"title", "y"}}, staff.access).status, 200);
    EXPECT_EQ(client.put(thread_path(id), {{"title", "y"}}, asker.access).status, 400);
    EXPECT_EQ(field(client.get(thread_path(id)), "status"), R"("open")");
    EXPECT_EQ(told(client.del(thread_path(id), other.access)), not_yours);
    EXPECT_EQ(told(client.del(thread_path(id), asker.access)), "204 ");
    EXPECT_EQ(told(client.get(thread_path(id))), no_thread);
    EXPECT_EQ(told(client.get(thread_path("abc"))), R"(404 {"detail":"Not found."})");
}

TEST_F(ForumApi, ListsAreSearchedOrderedAndNarrowed) {
    const auto category = add_category("Lists");
    auto body = question;
    body["category"] = category;
    body["car_make"] = "Zastava";
    const auto first = add_thread(body), second = add_thread(body);
    EXPECT_THAT(ids(client.get("/api/forum/threads/?search=zastava&ordering=created_at")),
                ElementsAre(first, second));
    EXPECT_THAT(ids(client.get("/api/forum/threads/?category=" + category)), ElementsAre(second, first));
    EXPECT_THAT(ids(client.get("/api/forum/threads/by_category/?category_id=" + category)),
                ElementsAre(second, first));
    EXPECT_THAT(
        ids(client.get("/api/forum/threads/by_category/?ordering=created_at&category_id=" + category)),
        ElementsAre(first, second));
    EXPECT_EQ(
        ids(client.get("/api/forum/threads/my_threads/?ordering=-created_at&page_size=1", asker.access)),
        std::vector{second});
    EXPECT_NE(ids(client.get("/api/forum/threads/my_threads/?ordering=created_at&page_size=1", asker.access)),
              std::vector{second});
    EXPECT_EQ(told(client.get("/api/forum/threads/?category=x")),
              R"(400 {"category":["Must be a valid UUID."]})");
    EXPECT_EQ(told(client.get("/api/forum/threads/by_category/")),
              R"(400 {"error":"category_id parameter required"})");
    EXPECT_EQ(told(client.get("/api/forum/threads/by_category/?category_id=x")),
              R"(400 {"category_id":["Must be a valid UUID."]})");
    EXPECT_EQ(client.action(thread_path(first, "pin/"), staff.access).status, 200);
    EXPECT_THAT(ids(client.get("/api/forum/threads/?category=" + category)), ElementsAre(first, second));
    EXPECT_EQ(told(client.get("/api/forum/threads/my_threads/")), by_hand);
    EXPECT_THAT(ids(client.get("/api/forum/threads/my_threads/?page_size=2", asker.access)),
                ::testing::SizeIs(2));
    EXPECT_EQ(field(client.get("/api/forum/threads/my_threads/", third.access), "count"), "0");
}

TEST_F(ForumApi, CategoriesAreAnArrayThatStaffWrite) {
    EXPECT_EQ(
        told(client.post("/api/forum/categories/", {{"name", "x"}, {"description", "y"}}, other.access)),
        not_yours);
    const auto id = add_category("Engine talk"), hidden = add_category("Hidden talk", false);
    const auto path = "/api/forum/categories/" + id + "/";
    const auto found = client.get("/api/forum/categories/?search=engine+talk");
    EXPECT_EQ(
        told(found),
        fmt::format(
            R"(200 [{{"id":"{}","name":"Engine talk","description":"d","icon":null,"is_active":true}}])",
            id));
    EXPECT_EQ(client.get("/api/forum/categories/?search=hidden+talk").body, "[]");
    EXPECT_EQ(field(client.get("/api/forum/categories/?search=talk&page=1", staff.access), "count"), "2");
    EXPECT_EQ(told(client.get("/api/forum/categories/" + hidden + "/")),
              R"(404 {"detail":"No ForumCategory matches the given query."})");
    EXPECT_EQ(told(client.post("/api/forum/categories/", {{"name", "Engine talk"}, {"description", "y"}},
                               staff.access)),
              R"(400 {"name":["forum category with this name already exists."]})");
    const auto icon =
        client.form("PATCH", path, {}, {{"icon", "i.png", "image/png", small_png()}}, staff.access);
    EXPECT_THAT(icon.body, ::testing::HasSubstr(R"("is_active":true)")) << "a form without it leaves it";
    EXPECT_THAT(field(icon, "icon"), ::testing::HasSubstr("/media/forum_categories/"));
    auto body = question;
    body["category"] = hidden;
    EXPECT_EQ(told(client.post("/api/forum/threads/", body, asker.access)),
              fmt::format(R"(400 {{"category":["Invalid pk \"{}\" - object does not exist."]}})", hidden));
    body["category"] = id;
    const auto thread = add_thread(body);
    EXPECT_EQ(told(client.del(path, staff.access)), "204 ");
    EXPECT_EQ(field(client.get(thread_path(thread)), "category"), "null");
}

TEST_F(ForumApi, ACategoryThatIsNoLongerActiveKeepsItsThreads) {
    const auto category = add_category("Retired talk");
    auto body = question;
    body["category"] = category;
    const auto thread = add_thread(body);
    EXPECT_EQ(
        client.patch("/api/forum/categories/" + category + "/", {{"is_active", false}}, staff.access).status,
        200);
    EXPECT_EQ(client.get("/api/forum/categories/" + category + "/").status, 404);
    EXPECT_EQ(client.get("/api/forum/categories/?search=retired+talk").body, "[]");
    const auto named = fmt::format(
        R"({{"id":"{}","name":"Retired talk","description":"d","icon":null,"is_active":false}})", category);
    EXPECT_EQ(field(client.get(thread_path(thread)), "category"), named);
    for (const auto* list : {"?category=", "by_category/?category_id="})
        EXPECT_THAT(ids(client.get("/api/forum/threads/" + (list + category))), ElementsAre(thread)) << list;
    EXPECT_EQ(client.patch(thread_path(thread), {{"title", "Still here"}}, asker.access).status, 200);
    say(thread, other, "And answered");
}

TEST_F(ForumApi, ResponsesAreAddedShownChangedAndRemoved) {
    const auto thread = add_thread();
    EXPECT_EQ(told(client.post(thread_path(thread, "add_response/"), {{"content", "x"}})), no_login);
    EXPECT_EQ(told(client.post(thread_path(thread, "add_response/"), json::object{}, other.access)),
              R"(400 {"content":["This field is required."]})");
    const auto made = client.post(
        thread_path(thread, "add_response/"),
        {{"content", "Check the pads"}, {"is_expert_response", true}, {"ai_confidence", "2"}}, other.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ElementsAre("id", "author", "content", "is_expert_response", "is_ai_response",
                            "ai_confidence", "helpful_count", "unhelpful_count", "is_approved", "is_flagged",
                            "created_at", "updated_at", "is_expert", "user_vote", "helpfulness_score"));
    EXPECT_EQ(field(made, "is_expert_response") + field(made, "user_vote") + field(made, "helpfulness_score"),
              "falsenull0");
    EXPECT_EQ(field(made, "updated_at"), field(made, "created_at"));
    const auto id = id_of(made);
    EXPECT_EQ(told(client.post(thread_path(thread, "add_response/"), {{"content", " Check the pads "}},
                               other.access)),
              R"(400 {"error":"You already said this"})");
    EXPECT_EQ(field(client.get(thread_path(thread)), "responses_count"), "1");
    EXPECT_EQ(told(client.patch(response_path(id), {{"content", "x"}}, asker.access)), not_yours);
    EXPECT_EQ(field(client.patch(response_path(id), {{"content", "And the discs"}}, other.access), "content"),
              R"("And the discs")");
    EXPECT_EQ(client.patch(response_path(id), {{"ai_confidence", "2"}}, other.access).status, 200);
    EXPECT_THAT(ids(client.get("/api/forum/responses/?thread=" + thread)), ElementsAre(id));
    EXPECT_EQ(told(client.get("/api/forum/responses/?thread=abc")),
              R"(400 {"thread":["Must be a valid UUID."]})");
    EXPECT_EQ(told(client.get("/api/forum/responses/my_responses/")), by_hand);
    EXPECT_THAT(ids(client.get("/api/forum/responses/my_responses/", other.access)), ::testing::Contains(id));
    EXPECT_EQ(told(client.del(response_path(id), asker.access)), not_yours);
    EXPECT_EQ(told(client.del(response_path(id), other.access)), "204 ");
    EXPECT_EQ(told(client.get(response_path(id))), no_response);
    EXPECT_EQ(field(client.get(thread_path(thread)), "responses_count"), "0");
    EXPECT_EQ(
        client.post("/api/forum/responses/", {{"thread", thread}, {"content", "hello"}}, third.access).status,
        201);
    EXPECT_EQ(told(client.post("/api/forum/responses/", {{"thread", "x"}}, third.access)),
              R"(400 {"thread":["Must be a valid UUID."],"content":["This field is required."]})");
    EXPECT_EQ(told(client.post("/api/forum/responses/",
                               {{"thread", "00000000-0000-0000-0000-000000000007"}, {"content", "x"}},
                               third.access)),
              R"(404 {"error":"Thread not found"})");
}

TEST_F(ForumApi, OthersVoteOnAResponse) {
    const auto thread = add_thread();
    const auto id = say(thread, other);
    EXPECT_EQ(told(vote(id, other)), R"(403 {"error":"You cannot vote on your own content"})");
    EXPECT_EQ(told(vote(id, asker, "meh")),
              R"(400 {"error":"vote_type must be \"helpful\" or \"unhelpful\""})");
    const auto first = vote(id, asker);
    EXPECT_EQ(field(first, "message"), R"("Vote recorded")");
    EXPECT_EQ(json::serialize(first.json().at("response").at("user_vote")), R"("helpful")");
    EXPECT_EQ(field(vote(id, asker), "message"), R"("Vote updated")");
    vote(id, third);
    vote(id, staff, "unhelpful");
    const auto seen = client.get(response_path(id), asker.access);
    EXPECT_EQ(field(seen, "helpful_count") + field(seen, "unhelpful_count") + field(seen, "user_vote"),
              R"(21"helpful")");
    EXPECT_THAT(seen.body, ::testing::HasSubstr(R"("helpfulness_score":66.66666666666666})"));
    EXPECT_EQ(field(client.get(response_path(id)), "user_vote"), "null");
    EXPECT_EQ(field(client.del(response_path(id, "remove_vote/"), asker.access), "message"),
              R"("Vote removed")");
    EXPECT_EQ(told(client.del(response_path(id, "remove_vote/"), asker.access)),
              R"(404 {"error":"Vote not found"})");
    EXPECT_EQ(told(vote("00000000-0000-0000-0000-000000000007", asker)), no_response);
}

TEST_F(ForumApi, AHiddenThreadTakesItsResponsesWithItButNotFromItsAuthor) {
    const auto thread = add_thread(), id = say(thread, other);
    for (const auto* each : {&other, &third, &staff})
        EXPECT_EQ(client.post(thread_path(thread, "flag/"), {{"reason", "spam"}}, each->access).status, 201);
    const auto seen = [&](const user& by) {
        const auto listed = client.get("/api/forum/responses/?thread=" + thread, by.access);
        const auto alone = client.get(response_path(id), by.access);
        return fmt::format("{} {} {}", field(listed, "count"), alone.status, vote(id, by).status);
    };
    EXPECT_EQ(seen(asker), "1 200 200");
    EXPECT_EQ(seen(staff), "1 200 200");
    EXPECT_EQ(seen(other), "1 200 403") << "his own";
    EXPECT_EQ(seen(third), "0 404 404");
}

TEST_F(ForumApi, StepsNameTheStateThatForbidsThem) {
    const auto id = add_thread();
    const auto step = [&](std::string_view what, const user& by) {
        return client.action(thread_path(id, fmt::format("{}/", what)), by.access);
    };
    EXPECT_EQ(told(step("mark_resolved", other)), not_yours);
    EXPECT_EQ(field(step("mark_resolved", asker), "message"), R"("Thread marked as resolved")");
    EXPECT_EQ(step("mark_resolved", staff).status, 200) << "again is no mistake";
    EXPECT_EQ(told(step("close", asker)), not_yours);
    EXPECT_EQ(field(step("close", staff), "status"), R"("closed")");
    EXPECT_EQ(told(step("close", staff)), R"(400 {"error":"Thread is already closed"})");
    EXPECT_EQ(told(step("mark_resolved", asker)), R"(400 {"error":"Thread is closed"})");
    EXPECT_EQ(told(client.post(thread_path(id, "add_response/"), {{"content", "late"}}, other.access)),
              R"(400 {"error":"Thread is closed"})");
    EXPECT_EQ(field(step("reopen", staff), "resolved_at"), "null");
    EXPECT_EQ(field(step("pin", staff), "is_pinned"), "true");
    EXPECT_EQ(told(step("pin", staff)), R"(400 {"error":"Thread is already pinned"})");
    EXPECT_EQ(field(step("unpin", staff), "is_pinned"), "false");
    EXPECT_EQ(field(step("feature", staff), "is_featured"), "true");
    EXPECT_EQ(field(step("unfeature", staff), "is_featured"), "false");
    EXPECT_EQ(told(client.action(thread_path("00000000-0000-0000-0000-000000000007", "pin/"), staff.access)),
              no_thread);
}

TEST_F(ForumApi, TheThreadsAuthorHearsOfResponsesOfOthers) {
    const auto writer = register_user(shared_server(), "writer");
    const auto made = client.post("/api/forum/threads/", question, writer.access);
    const auto thread = id_of(made);
    say(thread, writer, "Anybody?");
    say(thread, other, "Yes");
    EXPECT_TRUE(
        eventually([&] { return field(client.get("/api/notifications/", writer.access), "count") == "1"; }));
    const auto heard = client.get("/api/notifications/", writer.access).json().at("results").at(0);
    EXPECT_EQ(heard.at("notification_type").as_string(), "forum_reply");
    EXPECT_EQ(heard.at("action_url").as_string(), "/forum/threads/" + thread);
}

/// Two processes with one database.
class ForumOnTwo : public ::testing::Test {
  protected:
    static constexpr int many = 60;
    static void SetUpTestSuite() {
        one = std::make_unique<server>();
        two = std::make_unique<server>(environment{}, one->shared_world());
        asker = register_user(*one, "asker");
        for (int i = 0; i < many; ++i)
            users.push_back(register_user(*one, "many"));
    }
    static void TearDownTestSuite() {
        two.reset();
        one.reset();
        users.clear();
    }
    /// Everybody at once, every other one on each process; the answers.
    template <class F> static std::vector<std::string> all_at_once(F what) {
        std::vector<std::future<std::string>> asked;
        for (int i = 0; i < many; ++i)
            asked.push_back(std::async(std::launch::async, [&, i] {
                auto client = (i % 2 ? *one : *two).client();
                return what(client, i);
            }));
        std::vector<std::string> answers;
        for (auto& each : asked)
            answers.push_back(each.get());
        return answers;
    }
    static std::string add_thread() {
        return id_of(one->client().post("/api/forum/threads/", question, asker.access));
    }
    static inline std::unique_ptr<server> one, two;
    static inline user asker;
    static inline std::vector<user> users;
};

TEST_F(ForumOnTwo, SixtyResponsesAndVotesAtOnceAreCountedExactly) {
    const auto thread = add_thread();
    const auto target =
        id_of(one->client().post(thread_path(thread, "add_response/"), {{"content", "first"}}, asker.access));
    const auto answers = all_at_once([&](http_client& client, int i) {
        const auto& by = users[static_cast<std::size_t>(i)];
        const auto said =
            client.post(thread_path(thread, "add_response/"), {{"content", "me too"}}, by.access);
        const auto voted = client.post(response_path(target, "vote/"),
                                       {{"vote_type", i % 3 ? "helpful" : "unhelpful"}}, by.access);
        return fmt::format("{} {}", said.status, voted.status);
    });
    EXPECT_THAT(answers, ::testing::Each("201 200"));
    auto client = two->client();
    EXPECT_EQ(field(client.get(thread_path(thread)), "responses_count"), "61");
    const auto seen = client.get(response_path(target));
    EXPECT_EQ(field(seen, "helpful_count") + " " + field(seen, "unhelpful_count"), "40 20");
    EXPECT_EQ(
        one->database().sql("SELECT count(*) FROM forum_responses WHERE thread_id = $1", {thread})[0][0],
        "61");
}

TEST_F(ForumOnTwo, TheSameSaidSixtyTimesAtOnceIsSaidOnce) {
    const auto thread = add_thread();
    const auto answers = all_at_once([&](http_client& client, int) {
        return told(client.post(thread_path(thread, "add_response/"), {{"content", "bump"}}, users[0].access))
            .substr(0, 3);
    });
    EXPECT_EQ(std::count(answers.begin(), answers.end(), "201"), 1);
    EXPECT_EQ(std::count(answers.begin(), answers.end(), "400"), many - 1);
    EXPECT_EQ(field(one->client().get(thread_path(thread)), "responses_count"), "1");
}

TEST_F(ForumOnTwo, AFloodIsThrottledOnBothProcesses) {
    const auto thread = add_thread();
    const auto answers = all_at_once([&](http_client& client, int i) {
        const auto said = client.post(thread_path(thread, "add_response/"), {{"content", std::to_string(i)}},
                                      users[1].access);
        if (said.status == 429) {
            EXPECT_TRUE(said.body.starts_with(R"({"detail":"Request was throttled. Expected available in )"))
                << said.body;
        }
        return std::to_string(said.status);
    });
    // The server of the tests runs without limits.
    EXPECT_EQ(std::count(answers.begin(), answers.end(), "201"), many);
    server strict({{"RATE_LIMITS", "on"}, {"RATE_WRITE", "1000/1m"}}, one->shared_world());
    int added = 0;
    auto client = strict.client();
    const auto fresh = add_thread();
    reply last;
    for (int i = 0; i < 12; ++i) {
        last = client.post(thread_path(fresh, "add_response/"), {{"content", std::to_string(i)}},
                           users[2].access);
        added += last.status == 201;
    }
    EXPECT_EQ(added, 10);
    EXPECT_EQ(last.status, 429);
    EXPECT_FALSE(last.header("Retry-After").empty());
}

TEST_F(ForumOnTwo, ViewsCountOnceAViewerAndHourAndSurviveAStop) {
    const auto thread = add_thread();
    const auto views = [&] {
        return one->database().sql("SELECT views_count FROM forum_threads WHERE id = $1", {thread})[0][0];
    };
    all_at_once([&](http_client& client, int i) {
        const auto& by = users[static_cast<std::size_t>(i / 2)]; // each on both processes
        client.get(thread_path(thread), by.access);
        client.get(thread_path(thread));
        return client.request("HEAD", thread_path(thread), {{"Authorization", "Bearer " + asker.access}}, "")
            .body;
    });
    EXPECT_TRUE(eventually([&] { return views() == "31"; }, std::chrono::seconds(2))) << views();
    EXPECT_EQ(field(one->client().get(thread_path(thread)), "views_count"), "31")
        << "the same address in this hour";
    EXPECT_EQ(field(one->client().get(thread_path(thread), asker.access), "views_count"), "32")
        << "with the view that is being made; HEAD was none";
    EXPECT_EQ(one->stop(SIGTERM), 0);
    EXPECT_EQ(views(), "32") << "written before the end";
    one->start();
}

} // namespace
} // namespace mvp::test
