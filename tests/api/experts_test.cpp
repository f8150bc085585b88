// Experts from outside: asking, being judged, and what an approval changes in the forum.
#include "tests/support/answers.hpp"

#include <gmock/gmock.h>

#include <future>

namespace mvp::test {
namespace {

std::string path(const std::string& id, std::string_view action = "") {
    return fmt::format("/api/forum/experts/{}/{}", id, action);
}

class ExpertsApi : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        other = register_user(shared_server(), "other");
        staff = register_staff(shared_server());
    }
    http_client client = shared_server().client();

    static reply ask(const user& by, const form_fields& fields, const form_file& document) {
        return shared_server().client().form("POST", "/api/forum/experts/", fields, {document}, by.access);
    }
    static form_file pdf() { return {"verification_document", "d.pdf", "application/pdf", small_pdf()}; }
    static reply ask(const user& by) {
        return ask(by,
                   {{"expertise_areas", R"(["Engine","Electrical"])"},
                    {"years_of_experience", "10"},
                    {"bio", "Pro"}},
                   pdf());
    }
    /// A fresh user whose request is pending; its id.
    std::pair<user, std::string> candidate() {
        auto who = register_user(shared_server(), "expert");
        const auto made = ask(who);
        EXPECT_EQ(made.status, 201) << made.body;
        return {who, id_of(made)};
    }
    static inline user other, staff;
};

constexpr char none[] = R"(404 {"detail":"No ExpertVerification matches the given query."})";

TEST_F(ExpertsApi, ARequestNeedsADocumentAndIsMadeOnce) {
    const auto who = register_user(shared_server(), "expert");
    const json::object plain{{"expertise_areas", {"Engine"}}, {"years_of_experience", 10}, {"bio", "b"}};
    EXPECT_EQ(told(client.post("/api/forum/experts/", plain)),
              R"(401 {"detail":"Authentication credentials were not provided."})");
    EXPECT_EQ(told(client.post("/api/forum/experts/", plain, who.access)),
              R"(400 {"verification_document":["No file was submitted."]})");
    EXPECT_EQ(
        told(ask(who, {{"expertise_areas", "Engine"}, {"years_of_experience", "-1"}, {"bio", ""}},
                 {"verification_document", "d.pdf", "application/pdf", ""})),
        R"(400 {"expertise_areas":["Value must be valid JSON."],"years_of_experience":["Ensure this value is greater than or equal to 0."],"bio":["This field may not be blank."],"verification_document":["The submitted file is empty."]})");
    EXPECT_EQ(told(ask(who, {{"years_of_experience", "1"}, {"bio", "b"}},
                       {"verification_document", "x.html", "text/html", "<script>"})),
              R"(400 {"verification_document":["Upload a PDF document or a JPEG or PNG image."]})");
    EXPECT_EQ(told(client.get("/api/forum/experts/my_verification/", who.access)),
              R"(404 {"error":"No expert verification found"})");
    const auto made = ask(who);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(field(made, "status") + field(made, "expertise_areas") + field(made, "helpfulness_rate") +
                  field(made, "verified_at"),
              R"("pending"["Engine","Electrical"]0null)");
    EXPECT_FALSE(made.json().as_object().contains("verification_document"));
    EXPECT_EQ(told(client.post("/api/forum/experts/", {{"bio", "x"}}, who.access)),
              R"(400 {"error":"You already have an expert verification request"})");
    EXPECT_EQ(client.get("/api/forum/experts/my_verification/", who.access).status, 200);
    EXPECT_EQ(told(client.get("/api/forum/experts/my_verification/")),
              R"(401 {"error":"Authentication required"})");
}

TEST_F(ExpertsApi, OfSixtyRequestsAtOnceOneIsMade) {
    const auto who = register_user(shared_server(), "expert");
    std::vector<std::future<std::string>> asked;
    for (int i = 0; i < 60; ++i)
        asked.push_back(std::async(std::launch::async, [&] { return told(ask(who)).substr(0, 60); }));
    int made = 0, refused = 0;
    for (auto& each : asked) {
        const auto answer = each.get();
        made += answer.starts_with("201");
        refused += answer.starts_with(R"(400 {"error":"You already have an expert)");
    }
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 59);
}

TEST_F(ExpertsApi, APendingRequestIsForItsUserAndStaff) {
    const auto [who, id] = candidate();
    EXPECT_EQ(told(client.get(path(id))), none);
    EXPECT_EQ(told(client.get(path(id), other.access)), none);
    EXPECT_EQ(field(client.get(path(id), who.access), "status"), R"("pending")");
    EXPECT_EQ(client.get(path(id), staff.access).status, 200);
    EXPECT_THAT(client.get("/api/forum/experts/?page_size=100", other.access).body,
                ::testing::Not(::testing::HasSubstr(id)));
    EXPECT_THAT(client.get("/api/forum/experts/?page_size=100&status=pending", staff.access).body,
                ::testing::HasSubstr(id));
}

TEST_F(ExpertsApi, StaffJudgeAndTheUserHears) {
    const auto [who, id] = candidate();
    EXPECT_EQ(told(client.action(path(id, "approve/"), who.access)), not_yours);
    const auto approved = client.action(path(id, "approve/"), staff.access);
    EXPECT_EQ(field(approved, "status"), R"("approved")");
    EXPECT_NE(field(approved, "verified_at"), "null");
    EXPECT_EQ(told(client.action(path(id, "approve/"), staff.access)),
              R"(400 {"error":"Expert verification is already approved"})");
    EXPECT_EQ(client.get(path(id)).status, 200);
    EXPECT_EQ(told(client.patch(path(id), {{"bio", "hacked"}}, other.access)), not_yours);
    EXPECT_EQ(told(client.del(path(id), other.access)), not_yours);
    const auto changed = client.patch(path(id), {{"bio", "Better"}, {"status", "rejected"}}, who.access);
    EXPECT_EQ(field(changed, "bio") + field(changed, "status"), R"("Better""approved")");
    const auto rejected = client.post(path(id, "reject/"), {{"reason", "Paper expired"}}, staff.access);
    EXPECT_EQ(field(rejected, "status") + field(rejected, "verified_at"), R"("rejected"null)");
    EXPECT_EQ(told(client.get(path(id))), none);
    EXPECT_TRUE(
        eventually([&] { return field(client.get("/api/notifications/", who.access), "count") == "2"; }));
    const auto heard = client.get("/api/notifications/by_type/?type=verification_status", who.access);
    EXPECT_EQ(field(heard, "count"), "2");
    EXPECT_EQ(told(client.del(path(id), who.access)), "204 ");
    EXPECT_EQ(ask(who).status, 201) << "he may ask again";
}

TEST_F(ExpertsApi, AnExpertsResponsesSaySoAndAreCounted) {
    const auto [who, id] = candidate();
    client.action(path(id, "approve/"), staff.access);
    const auto asker = register_user(shared_server(), "asker");
    const auto thread =
        id_of(client.post("/api/forum/threads/", {{"title", "t"}, {"description", "d"}}, asker.access));
    const auto say = [&](const user& by, std::string_view what) {
        return client.post("/api/forum/threads/" + thread + "/add_response/", {{"content", what}}, by.access);
    };
    say(other, "Guess");
    const auto said = say(who, "Expert says");
    EXPECT_EQ(field(said, "is_expert_response") + field(said, "is_expert"), "truetrue");
    const auto shown = client.get("/api/forum/threads/" + thread + "/").json().at("responses");
    EXPECT_EQ(shown.at(0).at("content").as_string(), "Expert says") << "experts first";
    client.post("/api/forum/responses/" + id_of(said) + "/vote/", {{"vote_type", "helpful"}}, asker.access);
    const auto expert = client.get(path(id));
    EXPECT_EQ(field(expert, "total_responses") + field(expert, "helpful_responses"), "11");
    EXPECT_THAT(expert.body, ::testing::HasSubstr(R"("helpfulness_rate":100.0)"));
    EXPECT_TRUE(eventually([&] {
        return field(client.get("/api/notifications/by_type/?type=expert_response", asker.access), "count") ==
               "1";
    }));
    client.post(path(id, "reject/"), json::object{}, staff.access);
    const auto after = client.get("/api/forum/responses/" + id_of(said) + "/");
    EXPECT_EQ(field(after, "is_expert_response") + field(after, "is_expert"), "falsefalse");
}

TEST_F(ExpertsApi, ASuspendedExpertIsHiddenAndNamesAndAreasAreSearched) {
    const auto who = register_user(shared_server(), "expert", {{"last_name", "Zweistein"}});
    const auto id = id_of(ask(who));
    client.action(path(id, "approve/"), staff.access);
    const auto found = [&](std::string_view term) {
        return field(client.get(fmt::format("/api/forum/experts/?search={}", term)), "count");
    };
    EXPECT_EQ(found("zweistein"), "1");
    EXPECT_EQ(found("zweistein+ELECTRICAL"), "1");
    EXPECT_EQ(found("zweistein+gearbox"), "0");
    EXPECT_EQ(client.get("/api/forum/experts/?ordering=-helpful_responses").status, 200);
    client.post("/api/users/" + who.id + "/suspend/", {{"reason", "x"}}, staff.access);
    EXPECT_EQ(found("zweistein"), "0");
    EXPECT_EQ(told(client.get(path(id))), none);
    EXPECT_EQ(client.get(path(id), staff.access).status, 200);
}

} // namespace
} // namespace mvp::test
