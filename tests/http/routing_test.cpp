// Routes, access, the order of checks, Host, proxies, CORS: everything between a request's head and its
// handler.
#include "http/dispatcher.hpp"
#include "http/proxy.hpp"
#include "test_server.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace mvp::http {
namespace {

using testing::HasSubstr;

task<result<response>> nothing(services&, request&) {
    co_return response();
}

constexpr route table[] = {
    {"/api/", "api-root", {.get = nothing}},
    {"/api/cars/", "cars-list", {.get = nothing}, access::reads_anyone},
    {"/api/cars/", "cars-create", {.post = nothing}, access::user},
    {"/api/cars/{id}/",
     "cars-detail",
     {.get = nothing, .put = nothing, .patch = nothing, .del = nothing},
     access::reads_anyone},
    {"/api/cars/search/", "cars-search", {.get = nothing}},
    {"/api/cars/{id}/sold/", "cars-sold", {.post = nothing}, access::user},
    {"/api/cars/{id}/images/{image}/", "cars-image", {.del = nothing}, access::user},
    {"/api/mine/", "mine", {.get = nothing, .post = nothing}, access::user_by_hand},
    {"/api/register/", "register", {.post = nothing}, access::posts_anyone},
    {"/api/staff/", "staff", {.get = nothing, .post = nothing}, access::staff},
    {"/api/token/", "token", {.post = nothing}, access::ignores_credentials},
    {"/media/{path*}", "media", {.get = nothing}},
    {"/healthz", "healthz", {.get = nothing}},
};
const std::span<const route> tables[] = {table};

std::string_view template_of(std::string_view path, std::string_view first = "",
                             std::string_view second = "") {
    static const route_tree tree(tables);
    route_tree::path_parameters found{};
    const auto* match = tree.match(path, found);
    if (!match)
        return "none";
    EXPECT_EQ(found[0], first) << path;
    EXPECT_EQ(found[1], second) << path;
    return match->path;
}

TEST(Routes, AreFoundBySegmentsAndFixedOnesGoFirst) {
    EXPECT_EQ(template_of("/api/"), "/api/");
    EXPECT_EQ(template_of("/api/cars/"), "/api/cars/");
    EXPECT_EQ(template_of("/api/cars/17/", "17"), "/api/cars/{id}/");
    EXPECT_EQ(template_of("/api/cars/search/"), "/api/cars/search/");
    EXPECT_EQ(template_of("/api/cars/search/sold/", "search"), "/api/cars/{id}/sold/");
    EXPECT_EQ(template_of("/api/cars/17/images/3/", "17", "3"), "/api/cars/{id}/images/{image}/");
    EXPECT_EQ(template_of("/media/cars/2026/a.png", "cars/2026/a.png"), "/media/{path*}");
    EXPECT_EQ(template_of("/media//x", "/x"), "/media/{path*}");
    EXPECT_EQ(template_of("/healthz"), "/healthz");
}

TEST(Routes, DoNotMatchWhatOnlyLooksLikeThem) {
    for (const char* path :
         {"", "/", "api", "/api", "/api/cars", "//api/", "/api//cars/", "/api/cars//", "/api/cars/17",
          "/api/cars/1.7/", "/api/cars/17/sold", "/media/", "/media", "/healthz/", "/API/"})
        EXPECT_EQ(template_of(path), "none") << path;
}

TEST(Routes, AllowListsTheMethodsOfAllRoutesOfAPathInTheContractsOrder) {
    const route_tree tree(tables);
    route_tree::path_parameters found;
    EXPECT_EQ(tree.match("/api/cars/", found)->allow, "GET, POST, HEAD, OPTIONS");
    EXPECT_EQ(tree.match("/api/cars/1/", found)->allow, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
    EXPECT_EQ(tree.match("/api/cars/1/sold/", found)->allow, "POST, OPTIONS");
}

TEST(Routes, ThatContradictEachOtherStopTheStart) {
    static constexpr route twice[] = {{"/a/", "a", {.get = nothing}}, {"/a/", "b", {.get = nothing}}};
    static constexpr route behind[] = {{"/a/{rest*}/b/", "a", {.get = nothing}}};
    const std::span<const route> first[] = {twice}, second[] = {behind};
    EXPECT_THROW(route_tree{first}, std::logic_error);
    EXPECT_THROW(route_tree{second}, std::logic_error);
}

TEST(Access, SaysWhoMayComeInBeforeAnythingIsLookedUp) {
    const auto code = [](access who, verb method, bool logged_in, bool staff = false) {
        const auto refused = refused_access(who, method, logged_in, staff);
        return refused ? std::optional(refused->code) : std::nullopt;
    };
    const auto in = std::optional<errc>();
    EXPECT_EQ(code(access::anyone, verb::delete_, false), in);
    EXPECT_EQ(code(access::reads_anyone, verb::get, false), in);
    EXPECT_EQ(code(access::reads_anyone, verb::options, false), in);
    EXPECT_EQ(code(access::reads_anyone, verb::trace, false), errc::not_authenticated);
    EXPECT_EQ(code(access::reads_anyone, verb::post, true), in);
    EXPECT_EQ(code(access::user, verb::options, false), errc::not_authenticated);
    EXPECT_EQ(code(access::user_by_hand, verb::get, false), errc::login_required);
    EXPECT_EQ(code(access::user_by_hand, verb::options, false), in);
    EXPECT_EQ(code(access::user_by_hand, verb::post, false), errc::not_authenticated);
    EXPECT_EQ(code(access::posts_anyone, verb::post, false), in);
    EXPECT_EQ(code(access::posts_anyone, verb::get, false), errc::not_authenticated);
    EXPECT_EQ(code(access::staff, verb::get, false), errc::not_authenticated);
    EXPECT_EQ(code(access::staff, verb::get, true), errc::permission_denied);
    EXPECT_EQ(code(access::staff, verb::get, true, true), in);
    EXPECT_EQ(code(access::reads_anyone_writes_staff, verb::get, false), in);
    EXPECT_EQ(code(access::reads_anyone_writes_staff, verb::put, true), errc::permission_denied);
}

/// A dispatcher whose only user is "Bearer good".
class Dispatcher : public testing::Test {
  protected:
    static std::optional<result<>> near(services&, request& call) {
        if (call.known.authorization == "Bearer good") {
            call.caller = std::make_shared<storage::account>();
            return result<>();
        }
        error e{errc::bad_token, "Given token not valid for any token type"};
        e.token_code = "token_not_valid";
        return result<>(tl::unexpect, e);
    }

    static dispatcher::options options() {
        dispatcher::options o;
        o.allowed_hosts = {"localhost"};
        o.cors_origins = {"http://app.example"};
        o.authenticate_near = near;
        return o;
    }

    decision begin(verb method, std::string_view target,
                   std::vector<std::pair<std::string_view, std::string_view>> headers = {}) {
        call_.reset();
        call_.method = method;
        const auto text = to_string(method);
        call_.method_text = {text.data(), text.size()};
        call_.target = target;
        call_.path = target.substr(0, target.find('?'));
        call_.query = call_.path.size() == target.size() ? "" : target.substr(call_.path.size() + 1);
        call_.known.host = "localhost:8000";
        for (const auto& [name, value] : headers) {
            if (name == "host")
                call_.known.host = value;
            if (name == "accept")
                call_.known.accept = value;
            if (name == "authorization")
                call_.known.authorization = value;
            if (name == "origin")
                call_.known.origin = value;
        }
        call_.headers = std::move(headers);
        return dispatcher_.begin(call_, peer_);
    }

    /// Status and body of a refusal; 0: the handler runs.
    std::pair<int, std::string> answer(decision d) {
        return d.answer ? std::pair(d.answer->status, d.answer->body) : std::pair(0, std::string());
    }

    route_tree tree_{tables};
    dispatcher dispatcher_{tree_, absent<services>(), options()};
    peer peer_{"127.0.0.1", false, ""};
    request call_;
};

TEST_F(Dispatcher, FollowsTheOrderOfChecks) {
    // Host, then the route, then negotiation, then authentication, then permission, then the method
    EXPECT_EQ(answer(begin(verb::post, "/nope/", {{"host", "evil.example"}})).first, 400);
    EXPECT_EQ(answer(begin(verb::post, "/nope/", {{"accept", "application/xml"}})),
              std::pair(404, std::string(R"({"detail":"Not found."})")));
    EXPECT_EQ(answer(begin(verb::post, "/api/cars/",
                           {{"accept", "application/xml"}, {"authorization", "Bearer bad"}})),
              std::pair(406, std::string(R"({"detail":"Could not satisfy the request Accept header."})")));
    EXPECT_EQ(answer(begin(verb::post, "/api/cars/?format=xml", {{"authorization", "Bearer bad"}})).first,
              404);
    EXPECT_EQ(answer(begin(verb::get, "/api/cars/", {{"authorization", "Bearer bad"}})).first, 401);
    EXPECT_EQ(answer(begin(verb::patch, "/api/cars/")).first, 401);
    EXPECT_EQ(
        answer(begin(verb::get, "/api/staff/", {{"authorization", "Bearer good"}})),
        std::pair(403, std::string(R"({"detail":"You do not have permission to perform this action."})")));
    EXPECT_EQ(answer(begin(verb::patch, "/api/cars/", {{"authorization", "Bearer good"}})),
              std::pair(405, std::string(R"({"detail":"Method \"PATCH\" not allowed."})")));
    EXPECT_EQ(answer(begin(verb::post, "/api/cars/", {{"authorization", "Bearer good"}})).first, 0);
}

TEST_F(Dispatcher, DoesNotLookAtCredentialsWhereTheyAreIgnored) {
    EXPECT_EQ(answer(begin(verb::post, "/api/token/", {{"authorization", "Bearer bad"}})).first, 0);
    EXPECT_EQ(answer(begin(verb::get, "/api/token/")),
              std::pair(405, std::string(R"({"detail":"Method \"GET\" not allowed."})")));
}

TEST_F(Dispatcher, SendsPathsWithoutTheirSlashToWhereTheyBelong) {
    for (const auto method : {verb::get, verb::post, verb::delete_}) {
        const auto d = begin(method, "/api/cars?page=1&x=%20y");
        ASSERT_TRUE(d.answer);
        EXPECT_EQ(d.answer->status, 301);
        EXPECT_EQ(d.answer->body, "");
        EXPECT_EQ(d.answer->content_type, "text/html; charset=utf-8");
        EXPECT_EQ(d.answer->headers.at(0),
                  std::pair(std::string("Location"), std::string("/api/cars/?page=1&x=%20y")));
    }
    EXPECT_EQ(answer(begin(verb::get, "/api/nope")).first, 404);
}

TEST_F(Dispatcher, KnowsTheJsonSuffix) {
    EXPECT_EQ(answer(begin(verb::get, "/api/cars.json")).first, 0);
    EXPECT_TRUE(call_.json_suffix);
    EXPECT_EQ(answer(begin(verb::get, "/api/cars/17.json?x=1")).first, 0);
    EXPECT_EQ(call_.path_parameters[0], "17");
    EXPECT_EQ(answer(begin(verb::get, "/api/.json")).first, 0);
    EXPECT_EQ(answer(begin(verb::get, "/api/cars.xml")).first, 404);
    EXPECT_EQ(answer(begin(verb::get, "/api/cars/?format=json")).first, 0);
    EXPECT_FALSE(call_.json_suffix);
}

TEST_F(Dispatcher, DecodesPathsBeforeItLooksForThem) {
    EXPECT_EQ(answer(begin(verb::get, "/api/%63ars/1%37/")).first, 0);
    EXPECT_EQ(call_.path_parameters[0], "17");
}

TEST_F(Dispatcher, AnswersOptionsByItself) {
    const auto d = begin(verb::options, "/api/cars/");
    ASSERT_TRUE(d.answer);
    EXPECT_EQ(d.answer->status, 200);
    EXPECT_EQ(d.answer->body,
              R"({"name":"Car List","description":"","renders":["application/json","text/html"],)"
              R"("parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]})");
    EXPECT_EQ(answer(begin(verb::options, "/api/staff/")).first, 401);
}

TEST_F(Dispatcher, AnswersPreflightsForEveryPathBeforeEverythingElse) {
    const auto d = begin(verb::options, "/nope",
                         {{"origin", "http://app.example"},
                          {"access-control-request-method", "POST"},
                          {"authorization", "Bearer bad"}});
    EXPECT_TRUE(d.preflight);
    ASSERT_TRUE(d.answer);
    EXPECT_EQ(d.answer->status, 200);
    EXPECT_EQ(d.answer->body, "");
}

TEST_F(Dispatcher, HealthChecksComeByAnyHost) {
    EXPECT_EQ(answer(begin(verb::get, "/healthz", {{"host", "10.0.0.9:8000"}})).first, 0);
    EXPECT_EQ(answer(begin(verb::get, "/api/", {{"host", "10.0.0.9:8000"}})).first, 400);
}

TEST(AllowedHosts, FollowDjangosRules) {
    const allowed_hosts some({"localhost", ".Example.com", "127.0.0.1", "[::1]"});
    for (const char* host : {"localhost", "LOCALHOST:8000", "localhost.", "example.com", "a.b.EXAMPLE.com:1",
                             "127.0.0.1:80", "[::1]", "[::1]:8000"})
        EXPECT_TRUE(some.allows(host)) << host;
    for (const char* host :
         {"", "evil.example", "notexample.com", "localhost.evil.example", "localhost:80x", "local host",
          "localhost/", "[::2]", "[::1", "[::1]x", "user@localhost", "127.0.0.1.nip.io"})
        EXPECT_FALSE(some.allows(host)) << host;
    EXPECT_TRUE(allowed_hosts({"*"}).allows("anything.example"));
    EXPECT_FALSE(allowed_hosts({"*"}).allows("no host"));
}

TEST(Networks, ContainAddressesOfBothFamilies) {
    const networks some({"10.0.0.0/8", "192.168.1.7", "fd00::/12"});
    for (const char* address : {"10.255.0.1", "192.168.1.7", "fd0f::1", "::ffff:10.1.2.3"})
        EXPECT_TRUE(some.contain(address)) << address;
    for (const char* address : {"11.0.0.1", "192.168.1.8", "fe80::1", "", "10.0.0", "x"})
        EXPECT_FALSE(some.contain(address)) << address;
    for (const char* wrong : {"10.0.0.0/33", "10.0.0", "10.0.0.0/", "x", "10.0.0.0/8x"})
        EXPECT_THROW(networks({wrong}), std::invalid_argument) << wrong;
}

TEST(Proxy, IsBelievedOnlyIfItIsTrustedAndOnlyAsFarAsItCanKnow) {
    const networks trusted({"10.0.0.0/8"});
    request call;
    call.known.host = "internal:8000";
    call.headers = {{"X-Forwarded-For", "1.1.1.1, 2.2.2.2:5000, 10.0.0.9"},
                    {"X-Forwarded-Proto", "https"},
                    {"X-Forwarded-Host", "shop.example"}};
    identify_client(call, "10.0.0.1", true, trusted);
    EXPECT_EQ(call.remote_address, "2.2.2.2"); // 1.1.1.1 is what the client said of itself
    EXPECT_EQ(call.origin(), "https://shop.example");
    identify_client(call, "9.9.9.9", false, trusted);
    EXPECT_EQ(call.remote_address, "9.9.9.9");
    EXPECT_EQ(call.origin(), "http://internal:8000");
    call.headers = {{"X-Forwarded-For", "1.1.1.1"}, {"x-forwarded-for", "3.3.3.3"}}; // the proxy's own line
    identify_client(call, "10.0.0.1", true, trusted);
    EXPECT_EQ(call.remote_address, "3.3.3.3");
    call.headers = {{"X-Forwarded-For", "rubbish"}};
    identify_client(call, "10.0.0.1", true, trusted);
    EXPECT_EQ(call.remote_address, "10.0.0.1");
}

TEST(Proxy, ThatSaysNothingLeavesTheClientUnknown) {
    const networks trusted({"10.0.0.0/8"});
    request call;
    const auto known = [&](const char* peer, std::string_view forwarded) {
        call.headers.clear();
        if (!forwarded.empty())
            call.headers = {{"X-Forwarded-For", forwarded}};
        identify_client(call, peer, trusted.contain(std::string_view(peer)), trusted);
        return call.client_known;
    };
    EXPECT_TRUE(known("9.9.9.9", ""));
    EXPECT_TRUE(known("10.0.0.1", "9.9.9.9"));
    EXPECT_TRUE(known("10.0.0.1", "9.9.9.9, 10.0.0.2"));
    EXPECT_FALSE(known("10.0.0.1", ""));
    EXPECT_FALSE(known("10.0.0.1", "unknown"));
    EXPECT_FALSE(known("10.0.0.1", "unknown, 10.0.0.2"));
    EXPECT_FALSE(known("10.0.0.1", "10.0.0.2")) << "another proxy that says nothing";
    EXPECT_TRUE(known("9.9.9.9", "10.0.0.1")) << "and nothing is left of the request before";
}

TEST(Proxy, SchemeAndHostAreNotThoseThatTheClientSentInFront) {
    const networks trusted({"10.0.0.0/8"});
    request call;
    call.known.host = "internal:8000";
    const auto origin = [&](std::vector<std::pair<std::string_view, std::string_view>> headers) {
        call.headers = std::move(headers);
        identify_client(call, "10.0.0.1", true, trusted);
        return call.origin();
    };
    EXPECT_EQ(origin({{"X-Forwarded-Proto", "https"},
                      {"X-Forwarded-Host", "evil.example"},
                      {"X-Forwarded-Proto", "http"},
                      {"X-Forwarded-Host", "shop.example"}}),
              "http://shop.example");
    EXPECT_EQ(
        origin({{"X-Forwarded-Proto", "https,http"}, {"X-Forwarded-Host", "evil.example, shop.example"}}),
        "http://shop.example");
    // Two proxies, of which the second may have handed on what the first said or added its own word.
    EXPECT_EQ(origin({{"X-Forwarded-For", "9.9.9.9, 10.0.0.2"},
                      {"X-Forwarded-Proto", "http, https"},
                      {"X-Forwarded-Host", "evil.example, shop.example"}}),
              "https://shop.example");
    EXPECT_EQ(origin({{"X-Forwarded-Proto", "HTTPS"}}), "https://internal:8000");
    EXPECT_EQ(origin({{"X-Forwarded-Proto", ""}, {"X-Forwarded-Host", ""}}), "http://internal:8000");
}

TEST(Cors, EchoesOnlyOriginsOfTheListWithCredentials) {
    const cors listed({"http://app.example"});
    std::string out;
    listed.append_headers(out, "http://app.example");
    EXPECT_EQ(
        out, "Access-Control-Allow-Origin: http://app.example\r\nAccess-Control-Allow-Credentials: true\r\n");
    out.clear();
    listed.append_headers(out, "http://evil.example");
    EXPECT_EQ(out, "");
    cors({"*"}).append_headers(out, "http://evil.example");
    EXPECT_EQ(out, "Access-Control-Allow-Origin: *\r\n");
}

} // namespace
} // namespace mvp::http
