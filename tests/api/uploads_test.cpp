// Files that users send: the pictures of profiles, and how many uploads a minute allows.
#include "tests/support/server.hpp"

#include <algorithm>
#include <future>
#include <gmock/gmock.h>
#include <iterator>

namespace mvp::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string path_of(const user& who) {
    return "/api/users/" + who.id + "/";
}

TEST(Uploads, AProfilePictureIsStoredUnderAnotherName) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    const auto r = upload(server, "PATCH", path_of(who), who.access,
                          {"profile_picture", "me.png", "image/png", small_png()});
    ASSERT_EQ(r.status, 200) << r.body;
    const std::string url = r.json().at("profile_picture").as_string().c_str();
    EXPECT_THAT(url, StartsWith("/media/profile_pics/"));
    EXPECT_THAT(url, ::testing::Not(HasSubstr("me.png")));
    const auto file = client.get(url);
    EXPECT_EQ(file.status, 200);
    EXPECT_EQ(file.header("Content-Type"), "image/png");
    EXPECT_EQ(file.header("X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(std::string(client.get(path_of(who), who.access).json().at("profile_picture").as_string()),
                StartsWith("http://localhost"));
    EXPECT_EQ(client.get("/api/users/me/", who.access).json().at("profile_picture"), json::value(url));

    EXPECT_EQ(
        upload(server, "PATCH", path_of(who), who.access,
               {"profile_picture", "me.png", "image/png", "xxxxxxxxxxxx"})
            .body,
        R"({"profile_picture":["Upload a valid image. The file you uploaded was either not an image or a )"
        R"(corrupted image."]})");
    EXPECT_EQ(
        upload(server, "PATCH", path_of(who), who.access, {"profile_picture", "me.png", "image/png", ""})
            .body,
        R"({"profile_picture":["The submitted file is empty."]})");
    EXPECT_THAT(
        upload(server, "PATCH", path_of(who), who.access,
               {"profile_picture", "me.exe", "image/png", small_png()})
            .body,
        StartsWith(
            R"({"profile_picture":["File extension “exe” is not allowed. Allowed extensions are: bmp, dib,)"));
    EXPECT_EQ(
        client.patch(path_of(who), json::object{{"profile_picture", "abc"}}, who.access).body,
        R"({"profile_picture":["The submitted data was not a file. Check the encoding type on the form."]})");
    EXPECT_EQ(client.patch(path_of(who), json::object{{"profile_picture", nullptr}}, who.access)
                  .json()
                  .at("profile_picture"),
              nullptr);
    for (const char* path : {"/media/", "/media/../../etc/passwd", "/media/%2e%2e/%2e%2e/etc/passwd",
                             "/media/profile_pics/nothing.png", "/media/private/x.pdf"})
        EXPECT_EQ(client.get(path).status, 404) << path;
}

TEST(Uploads, AProfilePictureThatIsReplacedOrRemovedIsGone) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    const auto put_picture = [&](std::string bytes) {
        const auto r = upload(server, "PATCH", path_of(who), who.access,
                              {"profile_picture", "me.png", "image/png", std::move(bytes)});
        EXPECT_EQ(r.status, 200) << r.body;
        return std::string(r.json().at("profile_picture").as_string());
    };
    const auto first = put_picture(small_png());
    EXPECT_EQ(client.get(first).status, 200);
    EXPECT_EQ(client.patch(path_of(who), {{"bio", "x"}}, who.access).status, 200);
    EXPECT_EQ(client.get(first).status, 200) << "another field was changed";
    EXPECT_EQ(upload(server, "PATCH", path_of(who), who.access,
                     {"profile_picture", "me.png", "image/png", "no picture"})
                  .status,
              400);
    EXPECT_EQ(client.get(first).status, 200) << "nothing was changed";

    const auto second = put_picture(small_jpeg());
    EXPECT_EQ(client.get(first).status, 404);
    EXPECT_EQ(client.get(second).status, 200);
    EXPECT_EQ(client.get("/api/users/me/", who.access).json().at("profile_picture"), json::value(second));

    std::vector<std::future<std::string>> all; // whoever comes last, the others' go
    for (int i = 0; i < 6; ++i)
        all.push_back(std::async(std::launch::async, [&] { return put_picture(small_png()); }));
    std::vector<std::string> urls, left;
    for (auto& one : all)
        urls.push_back(one.get());
    std::copy_if(urls.begin(), urls.end(), std::back_inserter(left),
                 [&](const auto& url) { return client.get(url).status == 200; });
    const json::value last = client.get("/api/users/me/", who.access).json().at("profile_picture");
    EXPECT_EQ(client.get(second).status, 404);
    EXPECT_THAT(left, ::testing::ElementsAre(std::string(last.as_string())));

    EXPECT_EQ(client.patch(path_of(who), {{"profile_picture", nullptr}}, who.access).status, 200);
    EXPECT_EQ(client.get(std::string(last.as_string())).status, 404);
    EXPECT_EQ(client.get("/api/users/me/", who.access).json().at("profile_picture"), nullptr);
}

TEST(Uploads, AreLimitedOnEveryRouteThatTakesFiles) {
    const std::string nothing = "00000000-0000-4000-8000-000000000000/";
    std::vector<std::pair<std::string, std::string>> routes = {
        {"POST", "/api/users/submit_verification/"},
        {"POST", "/api/company-stores/"},
        {"PATCH", "/api/company-stores/" + nothing},
        {"POST", "/api/part-categories/"},
        {"PUT", "/api/part-categories/" + nothing},
        {"POST", "/api/forum/categories/"},
        {"PATCH", "/api/forum/categories/" + nothing},
        {"POST", "/api/forum/experts/"},
        {"POST", "/api/parts/"},
        {"PUT", "/api/parts/" + nothing},
        {"POST", "/api/parts/" + nothing + "upload_images/"},
        {"POST", "/api/cars/" + nothing + "upload_images/"},
    };
    const auto all = std::to_string(routes.size() + 2);
    server limited(environment{{"RATE_LIMITS", "on"}, {"RATE_UPLOAD", all + "/1h"}});
    const auto staff = register_staff(limited), other = register_user(limited);
    routes.emplace_back("PATCH", path_of(staff));
    routes.emplace_back("PUT", path_of(staff));
    auto client = limited.client();
    const auto with_file = [&](const auto& r, const user& by) {
        return upload(limited, r.first, r.second, by.access, {"file", "a.png", "image/png", small_png()})
            .status;
    };
    const auto without = [&](const auto& r) {
        return (r.first == "POST"  ? client.post(r.second, json::object{}, staff.access)
                : r.first == "PUT" ? client.put(r.second, json::object{}, staff.access)
                                   : client.patch(r.second, json::object{}, staff.access))
            .status;
    };
    for (const auto& r : routes)
        EXPECT_NE(without(r), 429) << r.second << " counts what carries no file";
    for (const auto& r : routes)
        EXPECT_NE(with_file(r, staff), 429) << r.second;
    for (const auto& r : routes)
        EXPECT_EQ(with_file(r, staff), 429) << r.first << " " << r.second << " does not count";
    for (const auto& r : routes)
        EXPECT_NE(without(r), 429) << r.second;
    EXPECT_EQ(with_file(std::pair("PATCH", path_of(other)), other), 200);
}

} // namespace
} // namespace mvp::test
