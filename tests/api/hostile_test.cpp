// Bad input, from outside: whatever comes, the answer is a refusal of the contract, never a 5xx, and the
// server lives.
#include "tests/support/contract.hpp"
#include "tests/support/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace mvp::test {
namespace {

std::string head(std::string_view line, std::string_view rest = "") {
    return fmt::format("{}\r\nHost: localhost\r\n{}\r\n", line, rest);
}

void expect_alive(server& on) {
    EXPECT_EQ(on.client().get("/healthz").status, 200);
}

struct bad_request {
    const char* what;
    std::string bytes;
    int status;
};

class MalformedHttp : public ::testing::TestWithParam<bad_request> {};

TEST_P(MalformedHttp, IsRefusedAndClosed) {
    auto& server = shared_server();
    auto client = server.client();
    // A second request behind the bad one must never be answered: the connection is not in step any more.
    const auto replies = client.raw(GetParam().bytes + head("GET /healthz HTTP/1.1"), 2);
    ASSERT_EQ(replies.size(), 1u) << GetParam().what;
    EXPECT_EQ(replies[0].status, GetParam().status) << replies[0].body;
    EXPECT_TRUE(replies[0].json().as_object().contains("detail"));
    EXPECT_NE(replies[0].header("X-Request-Id"), "");
    expect_alive(server);
}

std::vector<bad_request> malformed() {
    using namespace std::string_literals; // they count the NUL
    const std::string post =
        "POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    return {
        {"a bare LF behind the request line", "GET /api/ HTTP/1.1\nHost: localhost\r\n\r\n", 400},
        {"a bare LF behind a header", "GET /api/ HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400},
        {"a length and chunks",
         post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400},
        {"two lengths that differ", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400},
        {"a length that is no number", post + "Content-Length: two\r\n\r\n{}", 400},
        {"a negative length", post + "Content-Length: -2\r\n\r\n{}", 400},
        {"a length beyond 64 bit", post + "Content-Length: 99999999999999999999999\r\n\r\n{}", 400},
        {"a chunk size that is no number", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
         400},
        {"an unknown transfer coding", post + "Transfer-Encoding: gzip\r\n\r\n{}", 400},
        {"a space before the colon", "GET /api/ HTTP/1.1\r\nHost : localhost\r\n\r\n", 400},
        {"a folded header", "GET /api/ HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", 400},
        {"a NUL in a header", "GET /api/ HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n"s, 400},
        {"a NUL in the target", "GET /api/\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"s, 400},
        {"no version", "GET /api/\r\nHost: localhost\r\n\r\n", 400},
        {"a version of the future", "GET /api/ HTTP/3.0\r\nHost: localhost\r\n\r\n", 400},
        {"not HTTP at all", "\x16\x03\x01\x02\r\n\r\n", 400},
        {"two hosts", "GET /api/ HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400},
        {"no host", "GET /api/ HTTP/1.1\r\n\r\n", 400},
        {"a huge header", head("GET /api/ HTTP/1.1", "X: " + std::string(70000, 'x') + "\r\n"), 431},
    };
}

INSTANTIATE_TEST_SUITE_P(Api, MalformedHttp, ::testing::ValuesIn(malformed()),
                         [](const auto& info) { return fmt::format("{}", info.index); });

TEST(HostileInput, AnUnknownHostIs400) {
    auto client = shared_server().client();
    EXPECT_EQ(client.request("GET", "/api/", {{"Host", "evil.example"}}, "").status, 400);
    EXPECT_EQ(client.request("GET", "/healthz", {{"Host", "evil.example"}}, "").status, 200);
}

TEST(HostileInput, ABodyOverTheLimitIs413) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    const std::string big = R"({"email":")" + std::string(2u << 20, 'x') + "\"}";
    EXPECT_EQ(client.request("POST", "/api/token/", {{"Content-Type", "application/json"}}, big).status, 413);
    const auto form = multipart("b", {}, {{"images", "a.png", "image/png", std::string(65u << 20, 'x')}});
    EXPECT_EQ(client
                  .request("POST", "/api/users/submit_verification/",
                           {{"Content-Type", "multipart/form-data; boundary=b"},
                            {"Authorization", "Bearer " + who.access}},
                           form)
                  .status,
              413);
    expect_alive(server);
}

TEST(HostileInput, DeepJsonIsRefusedCheaply) {
    auto& server = shared_server();
    auto client = server.client();
    for (const auto& [open, close] : {std::pair{"[", "]"}, std::pair{"{\"a\":", "}"}}) {
        std::string body;
        for (int i = 0; i < 10000; ++i)
            body += open;
        body += "1";
        for (int i = 0; i < 10000; ++i)
            body += close;
        const auto r = client.request("POST", "/api/token/", {{"Content-Type", "application/json"}}, body);
        EXPECT_EQ(r.status, 400) << r.body;
    }
    expect_alive(server);
}

TEST(HostileInput, BadTextInABodyIs400) {
    auto& server = shared_server();
    auto client = server.client();
    const std::string bodies[] = {
        std::string("{\"email\":\"a\xff\"}"),
        std::string("{\"email\":\"\\ud800\",\"password\":\"x\"}"),
        std::string("{\"email\":\"a\\u0000b\",\"password\":\"x\"}"),
        std::string("{\"email\":\"a\0b\"}", 15),
        std::string("\xef\xbb\xbf{}"),
        std::string("{\"email\":1e999999,\"password\":1}"),
        std::string("{\"email\":{\"a\":1},\"password\":[]}"),
        std::string("{\"email\""),
        std::string("{]"),
        std::string("nul"),
        std::string(1, '\0'),
    };
    for (const auto& body : bodies) {
        const auto r = client.request("POST", "/api/token/", {{"Content-Type", "application/json"}}, body);
        // Text that is merely odd may be tried as an address: then there is no such account.
        EXPECT_TRUE(r.status == 400 || r.status == 401) << r.status << " for " << body;
        EXPECT_NO_THROW(r.json());
    }
    expect_alive(server);
}

TEST(HostileInput, OddPathsAndQueriesAreNoServerErrors) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    for (const char* path : {"/api/cars/%00/",
                             "/api/cars/..%2f..%2fetc/",
                             "/media/../../../etc/passwd",
                             "/media/%2e%2e/%2e%2e/etc/passwd",
                             "/media/private/",
                             "/media//etc/passwd",
                             "/media/",
                             "/api/cars/?search=%00",
                             "/api/cars/?search=%ff",
                             "/api/cars/?search=%25_%5c",
                             "/api/cars/?page=99999999999999999999",
                             "/api/cars/?page_size=-1",
                             "/api/cars/?ordering=;drop",
                             "/api/cars/search/?price_from=1e400",
                             "/api/cars/search/?year_from=9999999999999",
                             "/api/cars/search/?make=%27%3b--",
                             "/api/cars/seller_cars/?seller_id=%00",
                             "/api/cars/?status=%00",
                             "/api/cars/?make=%ff",
                             "/api/notifications/by_type/?type=%00",
                             "/api/notifications/?page=-1",
                             "/api/users/?user_type=%00",
                             "/api/%00",
                             "/%",
                             "/api/cars/?%",
                             "/api/cars/?=&&=&a=%zz"}) {
        for (const auto& token : {std::string(), who.access}) {
            const auto r = client.get(path, token);
            EXPECT_LT(r.status, 500) << path << " " << r.body;
            EXPECT_NE(r.status, 0) << path;
        }
    }
    expect_alive(server);
}

/// Path and name of every parameter of a list that is a text, as the document has them. Not names of fields
/// (an unknown one says nothing), words that have a sentence of their own, prices, and links' tokens.
std::vector<std::pair<std::string, std::string>> text_parameters() {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& path : program_contract().document().at("paths").as_object()) {
        const auto* get = path.value().as_object().if_contains("get");
        const auto* given = get ? get->as_object().if_contains("parameters") : nullptr;
        if (!given || path.key().find('{') != path.key().npos)
            continue;
        for (const auto& each : given->as_array()) {
            const auto& parameter = each.as_object();
            const auto& schema = parameter.at("schema").as_object();
            const auto* type = schema.if_contains("type");
            const std::string name(parameter.at("name").as_string());
            const bool words = schema.contains("enum") && path.key().ends_with("/search/");
            if (type && type->as_string() == "string" && !schema.contains("format") && !words &&
                name != "ordering" && name != "fields" && name != "token" && !name.starts_with("price_"))
                found.emplace_back(path.key(), name);
        }
    }
    return found;
}

// No text of PostgreSQL holds it, and a C string ends there: it must neither arrive nor be cut off.
TEST(HostileInput, ANulInAListsParameterIsRefusedByItsName) {
    auto& server = shared_server();
    auto client = server.client();
    const auto staff = register_staff(server);
    int asked = 0;
    for (const auto& [path, name] : text_parameters()) {
        for (const char* value : {"%00", "verified%00", "a%00b"}) {
            const auto r = client.get(path + "?" + name + "=" + value, staff.access);
            EXPECT_EQ(r.status, 400) << path << " " << name << " " << value;
            EXPECT_EQ(r.body, fmt::format(R"({{"{}":["Null characters are not allowed."]}})", name)) << path;
        }
        ++asked;
    }
    EXPECT_GE(asked, 30);
    for (const char* path : {"/api/cars/?ordering=%00", "/api/notifications/?ordering=-created_at%00",
                             "/api/users/?is_seller=true%00"})
        EXPECT_EQ(client.get(path, staff.access).status, 200) << path; // what is unknown there says nothing
    EXPECT_EQ(client.get("/api/notifications/?is_read=%00", staff.access).status, 400);
    expect_alive(server);
}

TEST(HostileInput, HugeNumbersGetTheFieldsTexts) {
    auto& server = shared_server();
    auto client = server.client();
    const auto seller = register_seller(server);
    for (const char* value : {"99999999999999999999999999", "-1e400", "1e400", "0.1", "\"\"", "true", "[]",
                              "{}", "\"٣\"", "\" 7 \"", "18446744073709551616"}) {
        auto text = json::serialize(car_body());
        const auto at = text.find("\"mileage\":45000");
        text.replace(at, 15, std::string("\"mileage\":") + value);
        const auto r = client.request(
            "POST", "/api/cars/",
            {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + seller.access}}, text);
        EXPECT_LT(r.status, 500) << value << " " << r.body;
    }
    for (const char* value :
         {"1e1000000000", "99999999999999999999.99", "0.001", "\"NaN\"", "\"-0\"", "1e-400"}) {
        auto text = json::serialize(car_body());
        const auto at = text.find("\"price\":\"25000.00\"");
        text.replace(at, 18, std::string("\"price\":") + value);
        const auto r = client.request(
            "POST", "/api/cars/",
            {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + seller.access}}, text);
        EXPECT_LT(r.status, 500) << value << " " << r.body;
    }
    expect_alive(server);
}

TEST(HostileInput, HostileImagesAreRefusedWithTheContractsText) {
    auto& server = shared_server();
    auto client = server.client();
    const auto seller = register_seller(server);
    const auto car = create_car(server, seller, false);
    const auto png = small_png();
    // An image header that promises 60,000 x 60,000 pixels.
    auto bomb = png;
    bomb.replace(16, 8, std::string("\x00\x00\xea\x60\x00\x00\xea\x60", 8));
    const std::string files[] = {
        "<html><script>alert(1)</script></html>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        png.substr(0, png.size() / 2),
        bomb,
        "GIF89a" + std::string(100, '\0'),
        std::string("\xff\xd8\xff\xe0", 4) + std::string(1000, 'x'),
        "RIFF\x10\0\0\0WEBPVP8 " + std::string(64, 'x'),
    };
    for (const auto& bytes : files) {
        const auto r = client.request("POST", "/api/cars/" + car + "/upload_images/",
                                      {{"Content-Type", "multipart/form-data; boundary=b"},
                                       {"Authorization", "Bearer " + seller.access}},
                                      multipart("b", {}, {{"images", "a.png", "image/png", bytes}}));
        EXPECT_EQ(r.status, 400) << r.body;
        EXPECT_TRUE(r.json().as_object().contains("images")) << r.body;
    }
    EXPECT_EQ(server.database().sql("SELECT count(*) FROM car_images WHERE car_id = $1", {car})[0][0], "0");
    expect_alive(server);
}

TEST(HostileInput, EmptyAndOverlongNamedPicturesGetTheTextsOfFiles) {
    auto& server = shared_server();
    auto client = server.client();
    const auto seller = register_seller(server);
    const auto path = "/api/cars/" + create_car(server, seller, false) + "/upload_images/";
    const auto upload = [&](std::string type, const std::string& body) {
        return client.request(
            "POST", path, {{"Content-Type", std::move(type)}, {"Authorization", "Bearer " + seller.access}},
            body);
    };
    const auto r = upload("multipart/form-data; boundary=b",
                          multipart("b", {},
                                    {{"images", "a.png", "image/png", small_png()},
                                     {"images", "b.png", "image/png", ""},
                                     {"images", std::string(97, 'c') + ".png", "image/png", small_png()}}));
    EXPECT_EQ(r.status, 400);
    EXPECT_EQ(r.body, R"({"images":{"1":["The submitted file is empty."],)"
                      R"("2":["Ensure this filename has at most 100 characters (it has 101)."]}})");
    EXPECT_EQ(upload("application/json", "{bad").body,
              R"-({"detail":"JSON parse error - Expecting property name enclosed in double quotes: )-"
              R"-(line 1 column 2 (char 1)"})-");
    EXPECT_EQ(upload("application/json", "{}").body, R"({"error":"No images provided"})");
}

TEST(HostileInput, AnEmptyChunkedBodyIsNoBodyWhateverItsType) {
    auto client = shared_server().client();
    for (const char* type : {"", "Content-Type: text/plain\r\n", "Content-Type: multipart/form-data\r\n"}) {
        const auto replies = client.raw(
            head("POST /api/token/ HTTP/1.1", std::string(type) + "Transfer-Encoding: chunked\r\n") +
            "0\r\n\r\n");
        ASSERT_EQ(replies.size(), 1u);
        EXPECT_EQ(replies[0].body,
                  R"({"email":["This field is required."],"password":["This field is required."]})");
    }
    const auto some = client.raw(head("POST /api/token/ HTTP/1.1", "Transfer-Encoding: chunked\r\n") +
                                 "2\r\n{}\r\n0\r\n\r\n");
    ASSERT_EQ(some.size(), 1u);
    EXPECT_EQ(some[0].status, 415) << some[0].body;
}

TEST(HostileInput, AKeyThatIsNoneIsNoUpgrade) {
    auto& server = shared_server();
    auto client = server.client();
    const auto who = register_user(server);
    for (const std::string& key : {std::string("x"), std::string(3000, 'x'), std::string(24, '=')}) {
        const auto r = client.request("GET", "/ws/notifications/",
                                      {{"Upgrade", "websocket"},
                                       {"Connection", "Upgrade"},
                                       {"Sec-WebSocket-Version", "13"},
                                       {"Sec-WebSocket-Key", key},
                                       {"Authorization", "Bearer " + who.access}},
                                      "");
        EXPECT_EQ(r.status, 426) << key;
        EXPECT_EQ(r.header("Content-Type"), "application/json");
    }
}

TEST(HostileInput, RefusedUploadsWithoutALoginAreNotRead) {
    auto& server = shared_server();
    auto client = server.client();
    const auto before = std::chrono::steady_clock::now();
    const auto r =
        client.request("POST", "/api/cars/00000000-0000-0000-0000-000000000001/upload_images/",
                       {{"Content-Type", "multipart/form-data; boundary=b"}},
                       multipart("b", {}, {{"images", "a.png", "image/png", std::string(8u << 20, 'x')}}));
    EXPECT_EQ(r.status, 401);
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST(HostileInput, EveryWrongKindOfTokenIs401) {
    auto client = shared_server().client();
    const std::string tokens[] = {"a",
                                  "a.b",
                                  "a.b.c",
                                  "..",
                                  std::string(8000, 'a'),
                                  "eyJhbGciOiJub25lIn0.e30.",
                                  "\xff",
                                  "e30.e30.e30",
                                  "eyJhbGciOiJIUzI1NiJ9.W10.x"};
    for (const auto& token : tokens) {
        const auto r = client.get("/api/cars/", token);
        EXPECT_EQ(r.status, 401) << token.substr(0, 50) << " " << r.body;
        EXPECT_EQ(r.header("WWW-Authenticate"), "Bearer realm=\"api\"");
    }
}

TEST(HostileInput, SlowHeadsAreCutOffAndPipelinesAnsweredInOrder) {
    auto& server = shared_server();
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket slow(io);
    slow.connect({boost::asio::ip::address_v4::loopback(), server.port()});
    boost::asio::write(slow, boost::asio::buffer(std::string("GET /api/ HT")));
    auto client = server.client();
    std::string many;
    for (int i = 0; i < 50; ++i)
        many += head(fmt::format("GET {} HTTP/1.1", i % 2 ? "/healthz" : "/api/nope/"));
    const auto replies = client.raw(many, 50);
    ASSERT_EQ(replies.size(), 50u);
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(replies[static_cast<std::size_t>(i)].status, i % 2 ? 200 : 404);
    // The head never comes: the server gives up after its ten seconds.
    timeval deadline{15, 0};
    setsockopt(slow.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    std::string rest;
    boost::system::error_code ec;
    char buffer[512];
    while (!ec) {
        const auto got = slow.read_some(boost::asio::buffer(buffer), ec);
        rest.append(buffer, got);
    }
    EXPECT_EQ(ec, boost::asio::error::eof);
}

TEST(HostileInput, MetricsAreNotForWhomAProxyDoesNotName) {
    const auto status = [](server& on, header_list headers) {
        return on.client().request("GET", "/metrics", std::move(headers), "").status;
    };
    server behind(environment{{"TRUSTED_PROXIES", "127.0.0.1"}});
    EXPECT_EQ(status(behind, {}), 404) << "may be anybody";
    EXPECT_EQ(status(behind, {{"X-Forwarded-For", "9.9.9.9"}}), 404);
    EXPECT_EQ(status(behind, {{"X-Forwarded-For", "127.0.0.1"}}), 404) << "what a client says of itself";
    EXPECT_EQ(status(behind, {{"X-Forwarded-For", "127.0.0.2"}}), 200);
    server asked_for(environment{{"TRUSTED_PROXIES", "127.0.0.1"}, {"METRICS_ALLOW", "127.0.0.1"}});
    EXPECT_EQ(status(asked_for, {}), 200);
    EXPECT_EQ(status(asked_for, {{"X-Forwarded-For", "9.9.9.9"}}), 404);
}

} // namespace
} // namespace mvp::test
