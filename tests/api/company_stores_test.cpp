// Companies' stores from outside.
#include "tests/support/answers.hpp"

#include <gmock/gmock.h>

#include <future>

namespace mvp::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string path(const std::string& id) {
    return fmt::format("/api/company-stores/{}/", id);
}

constexpr char not_there[] = R"(404 {"detail":"No CompanyStore matches the given query."})";
constexpr char my_store[] = "/api/company-stores/my_store/";

json::object store_body(std::string_view name = "ABC") {
    return {{"store_name", name},       {"store_description", "desc"}, {"store_email", "s@example.com"},
            {"store_phone", "+880170"}, {"store_address", "1 Main"},   {"store_city", "Dhaka"},
            {"store_state", "Dhaka"},   {"store_country", "BD"}};
}

class StoresApi : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        other = register_user(shared_server());
        staff = register_staff(shared_server());
    }
    void SetUp() override { company = register_company(shared_server()); }
    reply create(const json::object& body = store_body()) {
        return client.post("/api/company-stores/", body, company.access);
    }
    http_client client = shared_server().client();
    user company;
    static inline user other, staff;
};

TEST_F(StoresApi, CreatingIsForCompaniesWithoutAStoreBeforeTheBodyIsLookedAt) {
    EXPECT_EQ(told(client.post("/api/company-stores/", store_body())), no_login);
    EXPECT_EQ(told(client.post("/api/company-stores/", json::object{}, other.access)),
              R"(403 {"error":"Only company accounts can create stores"})");
    EXPECT_EQ(told(client.get(my_store, company.access)), R"(404 {"error":"Store not found"})");
    EXPECT_EQ(told(client.get(my_store)), R"(401 {"error":"Authentication required"})");
    EXPECT_EQ(create(json::object{}).status, 400);
    auto body = store_body();
    body["is_verified"] = true;
    body["store_rating"] = "5.00";
    const auto made = create(body);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(keys(made.json()),
                ElementsAre("id", "company", "store_name", "store_description", "store_logo", "store_banner",
                            "store_email", "store_phone", "store_website", "store_address", "store_city",
                            "store_state", "store_country", "store_rating", "total_reviews", "is_verified",
                            "is_active"));
    EXPECT_EQ(field(made, "is_verified"), "false");
    EXPECT_EQ(field(made, "is_active"), "true");
    EXPECT_EQ(field(made, "store_rating"), "\"0.00\"");
    EXPECT_EQ(told(create(json::object{})), R"(400 {"error":"You already have a store"})");
    EXPECT_EQ(client.get(my_store, company.access).body, made.body);
    EXPECT_EQ(json::serialize(client.get(path(id_of(made))).json().at("company").at("email")), "null");
}

TEST_F(StoresApi, OfSixtyAtOnceOneIsMade) {
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 60; ++i)
        all.push_back(std::async(std::launch::async, [&] {
            return told(shared_server().client().post("/api/company-stores/", store_body(), company.access));
        }));
    int made = 0;
    for (auto& one : all) {
        const auto how = one.get();
        made += how.starts_with("201");
        EXPECT_TRUE(how.starts_with("201") || how == R"(400 {"error":"You already have a store"})") << how;
    }
    EXPECT_EQ(made, 1);
}

TEST_F(StoresApi, ChangesAreForTheOwnerAndStaffAndVerifyingForStaff) {
    const auto id = id_of(create());
    EXPECT_EQ(told(client.patch(path(id), {{"store_name", "Hacked"}})), no_login);
    EXPECT_EQ(told(client.patch(path(id), {{"store_name", "Hacked"}}, other.access)), not_yours);
    EXPECT_EQ(told(client.del(path(id), other.access)), not_yours);
    EXPECT_EQ(
        told(client.patch(path(id), {{"store_email", "x"}, {"store_website", "x"}}, company.access)),
        R"(400 {"store_email":["Enter a valid email address."],"store_website":["Enter a valid URL."]})");
    EXPECT_EQ(field(client.patch(path(id), {{"is_verified", true}}, company.access), "is_verified"), "false");
    EXPECT_EQ(field(client.patch(path(id), {{"is_verified", true}}, staff.access), "is_verified"), "true");
    const auto put = client.put(path(id), store_body("New name"), company.access);
    EXPECT_EQ(field(put, "store_name"), "\"New name\"");
    EXPECT_EQ(field(put, "is_verified"), "true");
    EXPECT_EQ(told(client.del(path(id), company.access)), "204 ");
    EXPECT_EQ(told(client.get(path(id))), not_there);
}

TEST_F(StoresApi, AnInactiveStoreIsForItsOwnerAndStaff) {
    const auto id = id_of(create(store_body("Sleepy zzz")));
    EXPECT_EQ(client.patch(path(id), {{"is_active", false}}, company.access).status, 200);
    EXPECT_EQ(told(client.get(path(id))), not_there);
    EXPECT_EQ(told(client.get(path(id), other.access)), not_there);
    EXPECT_EQ(told(client.patch(path(id), {{"is_active", true}}, other.access)), not_there);
    EXPECT_EQ(client.get(path(id), company.access).status, 200);
    EXPECT_EQ(client.get(path(id), staff.access).status, 200);
    EXPECT_EQ(client.get(my_store, company.access).status, 200);
    const auto listed = [&](std::string_view token = {}) {
        return field(client.get("/api/company-stores/?search=zzz", token), "count");
    };
    EXPECT_EQ(listed() + listed(other.access) + listed(company.access) + listed(staff.access), "0011");
    EXPECT_EQ(client.patch(path(id), {{"is_active", true}}, company.access).status, 200);
    EXPECT_EQ(listed(), "1");
}

TEST_F(StoresApi, AFormWithALogoLeavesTheStoreActive) {
    form_fields fields;
    for (const auto& member : store_body())
        fields.emplace_back(member.key(), std::string(member.value().as_string()));
    const form_file logo{"store_logo", "a.png", "image/png", small_png()};
    const auto made = client.form("POST", "/api/company-stores/", fields, {logo}, company.access);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(field(made, "is_active"), "true");
    EXPECT_THAT(field(made, "store_logo"), HasSubstr("/media/store_logos/"));
    EXPECT_THAT(field(made, "store_logo"), HasSubstr("http://"));
    const auto put = client.form("PUT", path(id_of(made)), fields, {}, company.access);
    EXPECT_EQ(field(put, "is_active"), "true");
    EXPECT_EQ(field(put, "store_logo"), field(made, "store_logo"));
}

TEST_F(StoresApi, TheStoreOfASuspendedCompanyIsHidden) {
    const auto id = id_of(create(store_body("Suspended yyy")));
    ASSERT_EQ(client.post("/api/users/" + company.id + "/suspend/", {{"reason", "x"}}, staff.access).status,
              200);
    EXPECT_EQ(told(client.get(path(id))), not_there);
    EXPECT_THAT(client.get("/api/company-stores/?search=yyy").body, HasSubstr(R"("count":0)"));
    EXPECT_THAT(client.get("/api/company-stores/?search=yyy", staff.access).body, HasSubstr(R"("count":1)"));
    EXPECT_EQ(client.get(path(id), staff.access).status, 200);
    ASSERT_EQ(client.action("/api/users/" + company.id + "/unsuspend/", staff.access).status, 200);
    EXPECT_EQ(client.get(path(id)).status, 200);
}

} // namespace
} // namespace mvp::test
