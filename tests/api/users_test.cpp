// Users from outside: registration, profiles, who sees and changes what, suspension.
#include "tests/support/server.hpp"

#include <gmock/gmock.h>
#include <thread>

namespace mvp::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char not_allowed[] = R"({"detail":"You do not have permission to perform this action."})";
constexpr char no_such_user[] = R"({"detail":"No CustomUser matches the given query."})";

json::object registration(std::string_view email) {
    return {{"email", email},
            {"password", good_password},
            {"password2", good_password},
            {"first_name", "Ada"},
            {"last_name", "Lovelace"}};
}

json::object changed(json::object body, std::string_view key, json::value value) {
    body[key] = std::move(value);
    return body;
}

std::string path_of(const user& who, std::string_view action = {}) {
    std::string path = "/api/users/" + who.id + "/";
    if (!action.empty())
        path += std::string(action) + "/";
    return path;
}

std::string field(server& on, const user& who, const std::string& column) {
    return on.database().sql("SELECT " + column + " FROM users WHERE id = $1", {who.id})[0][0];
}

user verified_user(server& on) {
    auto u = register_user(on);
    on.database().sql("UPDATE users SET verification_status = 'verified' WHERE id = $1", {u.id});
    return u;
}

// --- registration
// -------------------------------------------------------------------------------------------------

TEST(Users, RegistrationAnswersTheProfileAndTokens) {
    auto& server = shared_server();
    auto client = server.client();
    auto body = registration("reg-one@example.com");
    for (const auto& [key, value] : json::object{{"is_staff", true},
                                                 {"is_seller", true},
                                                 {"verification_status", "verified"},
                                                 {"verification_count", 7},
                                                 {"phone_number", "+8801711111111"}})
        body[key] = value;
    const auto r = client.post("/api/users/register/", body);
    ASSERT_EQ(r.status, 201) << r.body;
    EXPECT_EQ(r.header("Allow"), "POST, OPTIONS");
    const auto value = r.json();
    const auto& user = value.at("user").as_object();
    std::string keys;
    for (const auto& item : user)
        keys += std::string(item.key()) + " ";
    EXPECT_EQ(keys,
              "id email first_name last_name full_name phone_number date_of_birth profile_picture bio "
              "street_address city state_province postal_code country user_type company_name company_website "
              "business_email business_phone_number e_tin trade_license_number nid_number email_verified "
              "phone_verified verification_status verification_count is_seller is_buyer seller_rating "
              "seller_reviews_count date_joined updated_at ");
    EXPECT_EQ(user.at("full_name"), "Ada Lovelace");
    EXPECT_EQ(user.at("phone_number"), "+8801711111111");
    EXPECT_EQ(user.at("is_seller"), false);
    EXPECT_EQ(user.at("verification_status"), "unverified");
    EXPECT_EQ(user.at("verification_count"), 0);
    EXPECT_EQ(user.at("seller_rating"), "0.00");
    EXPECT_EQ(client.get("/api/users/me/", value.at("access").as_string()).status, 200);
    EXPECT_EQ(client.post("/api/users/", registration("reg-two@example.com")).json().at("message"),
              "User created successfully");
}

TEST(Users, RegistrationTellsAllWrongFieldsTogether) {
    auto& server = shared_server();
    const auto who = register_user(server);
    auto client = server.client();
    const auto refusal = [&](const json::object& body) {
        const auto r = client.post("/api/users/register/", body);
        EXPECT_EQ(r.status, 400);
        return r.body;
    };
    EXPECT_EQ(refusal({}),
              R"({"email":["This field is required."],"password":["This field is required."],)"
              R"("password2":["This field is required."],"first_name":["This field is required."],)"
              R"("last_name":["This field is required."]})");
    auto weak = registration(who.email);
    weak["password"] = "abc123";
    weak["last_name"] = "";
    EXPECT_EQ(
        refusal(weak),
        R"({"email":["custom user with this email already exists."],"password":["This password is too short. )"
        R"(It must contain at least 8 characters.","This password is too common."],)"
        R"("last_name":["This field may not be blank."]})");
    EXPECT_EQ(refusal(changed(registration("x@example.com"), "password2", "other")),
              R"({"password":["Password fields didn't match."]})");
    EXPECT_EQ(refusal(changed(registration("x@example.com"), "user_type", "company")),
              R"({"company_name":["Company name is required for company accounts."]})");
    auto company = changed(registration("x@example.com"), "user_type", "company");
    company["company_name"] = "X";
    EXPECT_EQ(refusal(company),
              R"({"company_registration_number":["Company registration number is required."]})");
    EXPECT_EQ(refusal(changed(registration("x@example.com"), "user_type", "robot")),
              R"({"user_type":["\"robot\" is not a valid choice."]})");
    EXPECT_EQ(refusal(changed(registration("x@example.com"), "phone_number", "12ab")),
              R"({"phone_number":["Phone number must be entered in the format: +999999999. Up to 15 digits )"
              R"(allowed."]})");
    EXPECT_EQ(refusal(changed(registration("x@example.com"), "first_name", json::array{"a"})),
              R"({"first_name":["Not a valid string."]})");
}

TEST(Users, AnAddressIsTakenInEveryCase) {
    auto& server = shared_server();
    const auto who = register_user(server, "CamelCase");
    std::string lower = who.email;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return std::tolower(c); });
    auto client = server.client();
    EXPECT_EQ(client.post("/api/users/register/", registration(lower)).body,
              R"({"email":["custom user with this email already exists."]})");
    EXPECT_EQ(client.get("/api/users/me/", who.access).json().at("email"),
              json::value(who.email)); // as typed
}

TEST(Users, OfEightRegistrationsOfOneAddressOneSucceeds) {
    auto& server = shared_server();
    std::vector<int> statuses(8);
    std::vector<std::thread> threads;
    for (auto& status : statuses)
        threads.emplace_back([&] {
            status = server.client().post("/api/users/register/", registration("race@example.com")).status;
        });
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 201), 1);
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 400), 7);
    EXPECT_EQ(server.database().sql("SELECT count(*) FROM users WHERE email = 'race@example.com'")[0][0],
              "1");
}

TEST(Users, CompanyNumbersAreUniqueAndBlankOnesAreNone) {
    auto& server = shared_server();
    auto client = server.client();
    const auto with_number = [&](std::string_view email, std::string_view number) {
        return client.post("/api/users/register/", changed(registration(email), "company_registration_number",
                                                           json::value(json::string_view(number))));
    };
    EXPECT_EQ(with_number("blank1@example.com", "").status, 201);
    EXPECT_EQ(with_number("blank2@example.com", "").status, 201);
    EXPECT_EQ(with_number("number1@example.com", "REG-7").status, 201);
    EXPECT_EQ(
        with_number("number2@example.com", "REG-7").body,
        R"({"company_registration_number":["custom user with this company registration number already exists."]})");
}

TEST(Users, AnonymousReadsOfPostOnlyPagesAre401) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    for (const std::string path :
         {"/api/users/login/", "/api/users/register/", "/api/users/password_reset/"}) {
        EXPECT_EQ(client.get(path).status, 401) << path;
        EXPECT_EQ(client.get(path, who.access).status, 405) << path;
    }
    EXPECT_EQ(client.request("OPTIONS", "/api/users/", {}, {}).status, 401);
    EXPECT_EQ(client.get("/api/users/").status, 401);
}

// --- who sees what
// ------------------------------------------------------------------------------------------------

TEST(Users, StrangersSeeNoPersonalFields) {
    auto& server = shared_server();
    const auto shown = verified_user(server), stranger = register_user(server),
               staff = register_staff(server);
    server.database().sql(
        "UPDATE users SET phone_number = '+8801711111111', date_of_birth = '1990-02-03', "
        "street_address = 's', postal_code = 'p', business_email = 'b@example.com', "
        "business_phone_number = '+8801722222222', e_tin = 'e', trade_license_number = 't', "
        "nid_number = 'n', city = 'Dhaka' WHERE id = $1",
        {shown.id});
    auto client = server.client();
    const auto seen = client.get(path_of(shown), stranger.access).json();
    const auto own = client.get(path_of(shown), shown.access).json();
    const auto by_staff = client.get(path_of(shown), staff.access).json();
    for (const char* key :
         {"phone_number", "date_of_birth", "street_address", "postal_code", "business_email",
          "business_phone_number", "e_tin", "trade_license_number", "nid_number"}) {
        EXPECT_TRUE(seen.at(key).is_null()) << key;
        EXPECT_FALSE(own.at(key).is_null()) << key;
        EXPECT_FALSE(by_staff.at(key).is_null()) << key;
    }
    EXPECT_EQ(seen.at("city"), "Dhaka");
    EXPECT_EQ(seen.at("email"), json::value(shown.email));
}

TEST(Users, UnverifiedAndHiddenUsersAreNotFound) {
    auto& server = shared_server();
    auto client = server.client();
    const auto stranger = register_user(server), unverified = register_user(server),
               staff = register_staff(server);
    EXPECT_EQ(client.get(path_of(unverified), stranger.access).body, no_such_user);
    EXPECT_EQ(client.get(path_of(unverified), unverified.access).status, 200);
    EXPECT_EQ(client.get(path_of(unverified), staff.access).status, 200);
    EXPECT_EQ(client.patch(path_of(unverified), json::object{{"bio", "x"}}, stranger.access).status, 404);
    EXPECT_EQ(client.get("/api/users/not-a-uuid/", stranger.access).body, R"({"detail":"Not found."})");
    EXPECT_EQ(client.get("/api/users/00000000-0000-0000-0000-000000000009/", stranger.access).body,
              no_such_user);
    std::string upper = stranger.id, plain;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return std::toupper(c); });
    std::copy_if(upper.begin(), upper.end(), std::back_inserter(plain), [](char c) { return c != '-'; });
    for (const auto& spelling : {upper, plain})
        EXPECT_EQ(client.get("/api/users/" + spelling + "/", stranger.access).json().at("id"),
                  json::value(stranger.id));

    const auto suspended = verified_user(server);
    EXPECT_EQ(client.get(path_of(suspended), stranger.access).status, 200);
    client.post(path_of(suspended, "suspend"), json::object{{"reason", "spam"}}, staff.access);
    EXPECT_EQ(client.get(path_of(suspended), stranger.access).status, 404);
}

TEST(Users, TheListIsAnArrayOfWhomTheCallerMaySee) {
    auto& server = shared_server();
    auto client = server.client();
    const auto caller = register_user(server), verified = verified_user(server),
               hidden = register_user(server);
    const auto ids = [&](std::string_view query, const std::string& token) {
        std::vector<std::string> found;
        const auto list = client.get("/api/users/" + std::string(query), token).json();
        for (const auto& u : list.as_array())
            found.emplace_back(u.at("id").as_string());
        return found;
    };
    using ::testing::Contains;
    using ::testing::Not;
    const auto all = ids("", caller.access);
    EXPECT_THAT(all, Contains(caller.id));
    EXPECT_THAT(all, Contains(verified.id));
    EXPECT_THAT(all, Not(Contains(hidden.id)));
    EXPECT_THAT(ids("", register_staff(server).access), Contains(hidden.id));
    EXPECT_THAT(ids("?verification_status=verified", caller.access), Not(Contains(caller.id)));
    EXPECT_TRUE(ids("?verification_status=bogus", caller.access).empty());
    EXPECT_THAT(ids("?is_seller=TRUE", caller.access), Not(Contains(caller.id)));
    EXPECT_THAT(ids("?is_seller=yes", caller.access), Contains(caller.id)); // what is not true is false
    EXPECT_GE(ids("?page_size=1", caller.access).size(), 2u);

    const auto page = client.get("/api/users/?page=1&page_size=1", caller.access).json();
    EXPECT_EQ(page.at("results").as_array().size(), 1u);
    EXPECT_GE(page.at("count").as_int64(), 2);
    EXPECT_THAT(std::string(page.at("next").as_string()), HasSubstr("/api/users/?page=2&page_size=1"));
    EXPECT_EQ(client.get("/api/users/?page=last&page_size=1", caller.access).json().at("next"), nullptr);
    EXPECT_EQ(client.get("/api/users/?page=99999", caller.access).body, R"({"detail":"Invalid page."})");

    const auto seller = register_seller(server);
    const auto sellers = client.get("/api/users/sellers/", caller.access).json();
    EXPECT_TRUE(std::any_of(sellers.as_array().begin(), sellers.as_array().end(),
                            [&](const json::value& u) { return u.at("id") == json::value(seller.id); }));
    EXPECT_EQ(client.get("/api/users/sellers/").status, 401);
    EXPECT_EQ(
        client.get("/api/users/sellers/?page_size=1", caller.access).json().at("results").as_array().size(),
        1u);
}

// --- profiles
// -----------------------------------------------------------------------------------------------------

TEST(Users, AUserWritesHisOwnFieldsAndNoServerFacts) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    const auto r = client.patch(path_of(who),
                                json::object{{"bio", " hi "},
                                             {"date_of_birth", "1990-02-03"},
                                             {"is_seller", true},
                                             {"is_staff", true},
                                             {"email", "x@y.zz"},
                                             {"verification_status", "verified"},
                                             {"verification_count", 77},
                                             {"email_verified", true},
                                             {"user_type", "company"}},
                                who.access);
    ASSERT_EQ(r.status, 200) << r.body;
    const auto value = r.json();
    EXPECT_EQ(value.at("bio"), "hi");
    EXPECT_EQ(value.at("date_of_birth"), "1990-02-03");
    EXPECT_EQ(value.at("email"), json::value(who.email));
    EXPECT_EQ(value.at("verification_count"), 0);
    EXPECT_EQ(value.at("user_type"), "individual");
    EXPECT_EQ(field(server, who, "is_seller OR is_staff OR email_verified"), "f");
    EXPECT_EQ(client.put(path_of(who), json::object{}, who.access).body,
              R"({"first_name":["This field is required."],"last_name":["This field is required."]})");
    EXPECT_EQ(client.put(path_of(who), json::object{{"first_name", "B"}, {"last_name", "C"}}, who.access)
                  .json()
                  .at("bio"),
              "hi");
    EXPECT_EQ(client
                  .patch(path_of(who),
                         json::object{{"date_of_birth", "1990-02-31"}, {"company_website", "nope"}},
                         who.access)
                  .body,
              R"({"date_of_birth":["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],)"
              R"("company_website":["Enter a valid URL."]})");
    EXPECT_EQ(client
                  .request("PATCH", path_of(who),
                           {{"Authorization", "Bearer " + who.access}, {"Content-Type", "text/plain"}}, "x=1")
                  .status,
              415);
}

TEST(Users, OnlyTheUserAndStaffChangeAProfile) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = verified_user(server), stranger = register_user(server), staff = register_staff(server);
    const json::object body{{"bio", "x"}};
    EXPECT_EQ(client.patch(path_of(who), body, stranger.access).body, not_allowed);
    EXPECT_EQ(client.del(path_of(who), stranger.access).body, not_allowed);
    EXPECT_EQ(client.patch(path_of(who), body).status, 401);
    EXPECT_EQ(client.patch(path_of(who), body, staff.access).json().at("bio"), "x");
    const auto r =
        client.patch(path_of(who), json::object{{"email_verified", true}, {"is_staff", true}}, staff.access);
    EXPECT_EQ(r.json().at("email_verified"), true);
    EXPECT_EQ(field(server, who, "is_staff"), "f"); // that is the superuser's
    const auto root = superuser(server);
    EXPECT_EQ(client.patch(path_of(root), json::object{{"is_active", false}}, staff.access).status, 403);
    EXPECT_EQ(client.del(path_of(root), staff.access).status, 403);
}

TEST(Users, SellerModeSetByStaffIsTold) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server), staff = register_staff(server);
    client.patch(path_of(who), json::object{{"is_seller", true}}, staff.access);
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/by_type/?type=verification_status", who.access)
                   .json()
                   .at("count") == 1;
    }));
}

TEST(Users, StaffAreNotToldOfWhatTheyDoToThemselves) {
    auto& server = shared_server();
    auto client = server.client();
    const auto staff = register_staff(server);
    const auto events = [&](const char* type) {
        return std::stoi(server.database().sql(
            "SELECT count(*) FROM outbox WHERE recipient = $1 AND type = $2", {staff.id, type})[0][0]);
    };
    const auto silent = events("changed");
    EXPECT_EQ(
        client.post(path_of(staff, "verify"), json::object{{"status", "verified"}}, staff.access).status,
        200);
    for (const bool selling : {true, false})
        EXPECT_EQ(client.patch(path_of(staff), json::object{{"is_seller", selling}}, staff.access).status,
                  200);
    EXPECT_EQ(events("verification_status"), 0);
    EXPECT_EQ(events("changed"), silent + 3) << "what is cached of him falls everywhere all the same";
}

TEST(Users, ASuperuserIsVerifiedByHisLikeOnly) {
    auto& server = shared_server();
    auto client = server.client();
    const auto staff = register_staff(server), root = superuser(server);
    const auto before = field(server, root, "verification_status");
    for (const char* status : {"verified", "pending", "maybe"})
        EXPECT_EQ(client.post(path_of(root, "verify"), json::object{{"status", status}}, staff.access).status,
                  403)
            << status;
    EXPECT_EQ(field(server, root, "verification_status"), before);
    const char* other = before == "rejected" ? "pending" : "rejected";
    for (const auto& status : {std::string(other), before})
        EXPECT_EQ(client.post(path_of(root, "verify"), json::object{{"status", status}}, root.access).status,
                  200);
}

TEST(Users, DeletingAnAccountSwitchesItOff) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    const auto r = client.del(path_of(who), who.access);
    EXPECT_EQ(r.status, 204);
    EXPECT_EQ(r.body, "");
    EXPECT_FALSE(r.has_header("Content-Type"));
    EXPECT_EQ(client.get("/api/users/me/", who.access).body,
              R"({"detail":"User is inactive","code":"user_inactive"})");
    EXPECT_EQ(client.post("/api/users/register/", registration(who.email)).status,
              400); // the address stays taken
}

// --- seller mode, verification, suspension
// ------------------------------------------------------------------------

TEST(Users, OnlyVerifiedUsersEnableSellerMode) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    EXPECT_EQ(client.action("/api/users/enable_seller/", who.access).body,
              R"({"error":"Account must be verified before enabling seller mode"})");
    const auto staff = register_staff(server);
    ASSERT_EQ(client.post(path_of(who, "verify"), json::object{{"status", "verified"}}, staff.access).status,
              200);
    const auto on = client.action("/api/users/enable_seller/", who.access).json();
    EXPECT_EQ(on.at("message"), "Seller mode enabled");
    EXPECT_EQ(on.at("user").at("is_seller"), true);
    const auto off = client.action("/api/users/disable_seller/", who.access).json();
    EXPECT_EQ(off.at("message"), "Seller mode disabled");
    EXPECT_EQ(off.at("user").at("is_seller"), false);
    EXPECT_EQ(client.action("/api/users/disable_seller/", "").status, 401);
}

TEST(Users, ADocumentIsHandedInAndJudged) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server), stranger = verified_user(server), staff = register_staff(server);
    const std::string submit = "/api/users/submit_verification/";
    for (const auto& asking : {who, staff}) { // none yet
        const auto none = client.get(path_of(who, "verification_document"), asking.access);
        EXPECT_EQ(none.status, 404);
        EXPECT_EQ(none.body, R"({"detail":"Not found."})");
    }
    EXPECT_EQ(
        client.get("/api/users/00000000-0000-0000-0000-000000000009/verification_document/", staff.access)
            .body,
        R"({"detail":"No CustomUser matches the given query."})");
    EXPECT_EQ(client.action(submit, who.access).body,
              R"({"verification_document":["No file was submitted."]})");
    const auto r = upload(server, "POST", submit, who.access,
                          {"verification_document", "id.pdf", "application/pdf", small_pdf()});
    ASSERT_EQ(r.status, 200) << r.body;
    EXPECT_EQ(r.json().at("verification_status"), "pending");
    EXPECT_EQ(r.json().at("verification_count"), 1);
    EXPECT_EQ(upload(server, "POST", submit, who.access,
                     {"verification_document", "x.pdf", "application/pdf", "<html>"})
                  .status,
              400);

    const auto file = client.get(path_of(who, "verification_document"), who.access);
    EXPECT_EQ(file.status, 200);
    EXPECT_EQ(file.header("Content-Type"), "application/pdf");
    EXPECT_EQ(file.body, small_pdf());
    EXPECT_EQ(client.get(path_of(who, "verification_document"), staff.access).status, 200);
    EXPECT_EQ(client.get(path_of(who, "verification_document"), stranger.access).status, 404);
    EXPECT_EQ(client.get(path_of(who, "verification_document")).status, 401);
    EXPECT_EQ(client.get("/media/" + field(server, who, "verification_document")).status, 404);

    EXPECT_EQ(
        client.post(path_of(who, "verify"), json::object{{"status", "verified"}}, stranger.access).status,
        403);
    EXPECT_EQ(
        client
            .post("/api/users/00000000-0000-0000-0000-000000000009/verify/", json::object{}, stranger.access)
            .status,
        403); // permission before lookup
    EXPECT_EQ(client.post(path_of(who, "verify"), json::object{{"status", "maybe"}}, staff.access).body,
              R"({"status":["\"maybe\" is not a valid choice."]})");
    const auto judged =
        client.post(path_of(who, "verify"), json::object{{"status", "verified"}}, staff.access);
    EXPECT_EQ(judged.json().at("verification_status"), "verified");
    EXPECT_EQ(client.post(path_of(who, "verify"), json::object{{"status", "verified"}}, staff.access).body,
              R"({"error":"Account is already verified"})");
    EXPECT_TRUE(eventually([&] {
        return client.get("/api/notifications/by_type/?type=verification_status", who.access)
                   .json()
                   .at("count") == 1;
    }));
    EXPECT_EQ(upload(server, "POST", submit, who.access,
                     {"verification_document", "id.pdf", "application/pdf", small_pdf()})
                  .body,
              R"({"error":"Account is already verified"})");
    client.action("/api/users/enable_seller/", who.access);
    const auto away = client.post(path_of(who, "verify"),
                                  json::object{{"status", "rejected"}, {"reason", "blurred"}}, staff.access);
    EXPECT_EQ(away.json().at("is_seller"), false);
}

TEST(Users, SuspensionIsStaffsAndHasItsLimits) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server), staff = register_staff(server), root = superuser(server);
    const json::object reason{{"reason", "spam"}};
    EXPECT_EQ(client.post(path_of(who, "suspend"), reason, who.access).body, not_allowed);
    EXPECT_EQ(client.post(path_of(who, "suspend"), json::object{}, staff.access).body,
              R"({"reason":["This field is required."]})");
    EXPECT_EQ(client
                  .post(path_of(who, "suspend"),
                        json::object{{"reason", "x"}, {"until", "2020-01-01T00:00:00Z"}}, staff.access)
                  .status,
              400);
    EXPECT_EQ(client.post(path_of(staff, "suspend"), reason, staff.access).status, 400);
    EXPECT_EQ(client.post(path_of(root, "suspend"), reason, staff.access).status, 400);
    EXPECT_EQ(
        client.post("/api/users/00000000-0000-0000-0000-000000000009/suspend/", reason, staff.access).body,
        no_such_user);
    EXPECT_EQ(client.action(path_of(who, "unsuspend"), staff.access).body,
              R"({"error":"Account is not suspended"})");
    EXPECT_EQ(client
                  .post(path_of(who, "suspend"),
                        json::object{{"reason", "x"}, {"until", "2099-01-01T00:00:00Z"}}, staff.access)
                  .status,
              200);
    EXPECT_EQ(client.post(path_of(who, "suspend"), reason, staff.access).body,
              R"({"error":"Account is already suspended"})");
    EXPECT_EQ(field(server, who, "suspension_until > '2098-01-01'"), "t");
    EXPECT_EQ(client.action(path_of(who, "unsuspend"), staff.access).status, 200);
    EXPECT_EQ(
        server.database().sql("SELECT count(*) FROM outbox WHERE recipient = $1 AND type = 'account_alert'",
                              {who.id})[0][0],
        "2");
}

TEST(Users, OfTwoStaffWhoSuspendAtOnceOneSucceeds) {
    auto& server = shared_server();
    const auto who = register_user(server), staff = register_staff(server);
    std::vector<int> statuses(6);
    std::vector<std::thread> threads;
    for (auto& status : statuses)
        threads.emplace_back([&] {
            status = server.client()
                         .post(path_of(who, "suspend"), json::object{{"reason", "spam"}}, staff.access)
                         .status;
        });
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200), 1);
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 400), 5);
}

// --- limits, the root
// ---------------------------------------------------------------------------------------------------

TEST(Users, RegistrationsAndMailsAreLimited) {
    server limited(environment{{"RATE_LIMITS", "on"}});
    auto client = limited.client();
    for (int i = 0; i < 20; ++i)
        EXPECT_NE(client.post("/api/users/register/", json::object{}).status, 429);
    EXPECT_EQ(client.post("/api/users/", json::object{}).status, 429);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(client.post("/api/users/password_reset/", json::object{{"email", "a@example.com"}}).status,
                  200);
    EXPECT_EQ(client.post("/api/users/password_reset/", json::object{{"email", "A@example.com"}}).status,
              429);
    EXPECT_EQ(client.post("/api/users/password_reset/", json::object{{"email", "b@example.com"}}).status,
              200);
}

TEST(Users, TheRootListsTheCollectionsThatExist) {
    auto& server = shared_server();
    const auto r = server.client().get("/api/");
    EXPECT_EQ(r.status, 200);
    EXPECT_THAT(r.body, StartsWith(R"({"users":"http://localhost)"));
    const auto root = r.json();
    for (const auto& item : root.as_object()) {
        std::string path = item.value().as_string().c_str();
        path = path.substr(path.find("/api/"));
        EXPECT_NE(server.client().get(path).status, 404) << path;
    }
}

} // namespace
} // namespace mvp::test
