#include "test_server.hpp"

#include "http/text.hpp"

#include <gmock/gmock.h>

#include <boost/asio/basic_waitable_timer.hpp>

#include <cstdlib>
#include <thread>

namespace mvp::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

task<result<response>> hello(services&, request&) {
    co_return response(200, R"({"hello":"world"})");
}

task<result<response>> echo(services&, request& call) {
    if (auto readable = call.check_body(); !readable)
        co_return fail(readable.error());
    std::string body = "{\"id\":\"" + std::string(call.path_parameters[0]) + "\",\"body\":\"" +
                       std::to_string(call.body.size()) + "\"";
    for (const auto& [name, value] : call.fields.fields)
        body += ",\"" + name + "\":\"" + value + "\"";
    for (const auto& file : call.fields.files)
        body += ",\"" + file.field + "\":\"" + file.name + " " + std::to_string(file.size) + " " +
                std::to_string(file.path.empty() ? 0 : std::filesystem::file_size(file.path)) + "\"";
    co_return response(201, body + "}");
}

task<result<response>> large(services&, request&) {
    co_return response(200, std::string(4 << 20, 'x'));
}

task<result<response>> slow(services&, request&) {
    net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>,
                              executor>
        timer(loop::current()->io, 200ms);
    co_await timer.async_wait(use_task);
    co_return response(200, R"({"slow":true})");
}

task<result<response>> broken(services&, request&) {
    throw std::runtime_error("a bug");
    co_return response();
}

constexpr std::size_t file_bytes = 500'000;

/// A file of counting bytes that is gone from its folder already.
task<result<response>> file(services&, request&) {
    char path[] = "/tmp/http-file-XXXXXX";
    storage::media::served_file opened;
    opened.descriptor = ::mkstemp(path);
    ::unlink(path);
    std::string bytes;
    for (std::size_t i = 0; bytes.size() < file_bytes; ++i)
        bytes += std::to_string(i) + ",";
    bytes.resize(file_bytes);
    if (::pwrite(opened.descriptor, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        co_return fail(errc::internal, "cannot write the test's file");
    opened.size = bytes.size();
    opened.modified = std::chrono::sys_seconds(std::chrono::seconds(1'795'395'723));
    opened.content_type = "image/png";
    response r;
    r.file = std::move(opened);
    co_return r;
}

constexpr route table[] = {
    {"/file.png", "file", {.get = file}},
    {"/hello/", "hello", {.get = hello}},
    {"/echo/{id}/", "echo", {.post = echo, .put = echo}},
    {"/files/", "files", {.post = echo}, access::anyone, limit::automatic, true},
    {"/large/", "large", {.get = large}},
    {"/slow/", "slow", {.get = slow}},
    {"/broken/", "broken", {.get = broken}},
    {"/private/", "private", {.get = hello, .post = echo}, access::user},
};

std::string get(std::string_view path, std::string_view more = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) + "\r\n";
}

std::string post(std::string_view path, std::string_view type, std::string_view body,
                 std::string_view more = "") {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" +
           std::string(body);
}

template <class F> bool becomes_true(F condition) {
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

TEST(Session, AnswersOneRequestAfterTheOtherOnOneConnection) {
    test_server server(table);
    raw_client client(server.port());
    for (int i = 0; i < 3; ++i) {
        client.send(get("/hello/"));
        const auto got = client.answer();
        EXPECT_EQ(got.status, 200);
        EXPECT_EQ(got.body, R"({"hello":"world"})");
    }
}

TEST(Session, EveryAnswerHasTheStandardHeaders) {
    test_server server(table);
    raw_client client(server.port());
    client.send(get("/hello/", "X-Request-Id: my.own-1\r\n"));
    auto got = client.answer();
    EXPECT_EQ(got.headers["content-type"], "application/json");
    EXPECT_EQ(got.headers["content-length"], "17");
    EXPECT_EQ(got.headers["allow"], "GET, HEAD, OPTIONS");
    EXPECT_EQ(got.headers["vary"], "Accept, Cookie, Origin");
    EXPECT_EQ(got.headers["x-frame-options"], "DENY");
    EXPECT_EQ(got.headers["x-content-type-options"], "nosniff");
    EXPECT_EQ(got.headers["referrer-policy"], "same-origin");
    EXPECT_EQ(got.headers["cross-origin-opener-policy"], "same-origin");
    EXPECT_EQ(got.headers["x-request-id"], "my.own-1");
    client.send(get("/hello/", "X-Request-Id: not (mine)\r\n"));
    EXPECT_THAT(client.answer().headers["x-request-id"], testing::MatchesRegex("[0-9a-f]{16}"));
}

TEST(Session, AnAbsoluteTargetNamesTheHostItself) {
    test_server server(table);
    raw_client client(server.port());
    client.send("GET http://localhost/hello/ HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_EQ(client.answer().status, 200);
    client.send("GET HTTP://evil.example/hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto got = client.answer();
    EXPECT_EQ(got.status, 400);
    EXPECT_THAT(got.body, testing::HasSubstr("Bad Request (400)"));
}

TEST(Session, PipelinedRequestsAreAnsweredInOrder) {
    test_server server(table);
    raw_client client(server.port());
    client.send(get("/slow/") + get("/hello/") + post("/echo/7/", "application/json", "{}") +
                get("/nowhere/") + get("/hello/"));
    EXPECT_EQ(client.answer().body, R"({"slow":true})");
    EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
    EXPECT_EQ(client.answer().body, R"({"id":"7","body":"2"})");
    EXPECT_EQ(client.answer().status, 404);
    EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
}

TEST(Session, ARequestMayComeByteByByte) {
    test_server server(table);
    raw_client client(server.port());
    for (const char c : post("/echo/7/", "application/json", "{\"a\":1}") + get("/hello/"))
        client.send(std::string_view(&c, 1));
    EXPECT_EQ(client.answer().body, R"({"id":"7","body":"7"})");
    EXPECT_EQ(client.answer().status, 200);
}

TEST(Session, HeadIsAnsweredAsGetWithoutTheBody) {
    test_server server(table);
    raw_client client(server.port());
    client.send("HEAD /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/hello/"));
    const auto head = client.answer(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.headers.at("content-length"), "17");
    EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
}

TEST(Session, ConnectionsOfHttp10EndUnlessAskedToStay) {
    test_server server(table);
    raw_client client(server.port());
    client.send("GET /hello/ HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.answer().headers["connection"], "keep-alive");
    client.send("GET /hello/ HTTP/1.0\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.answer().headers["connection"], "close");
    EXPECT_TRUE(client.ended());
}

TEST(Session, ABodyMayComeInChunksWithTheNextRequestRightBehind) {
    test_server server(table);
    raw_client client(server.port());
    client.send("PUT /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3;x=y\r\n:1}\r\n0\r\n\r\n" +
                get("/hello/"));
    EXPECT_EQ(client.answer().body, R"({"id":"7","body":"7"})");
    EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
}

TEST(Session, ChunksMayHaveExtensionsAndTrailersOfCommonLengths) {
    test_server server(table);
    const std::string body =
        "PUT /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n4;a=" +
        std::string(8000, 'a') +
        ";b=\"c\"\r\n{\"a\"\r\n0003;x=y\r\n:1}\r\n0;z\r\nX-Sum: " + std::string(4000, 'b') +
        "\r\nX-Other: c\r\n\r\n" + get("/hello/");
    for (const std::size_t piece : {body.size(), std::size_t{1000}}) {
        raw_client client(server.port());
        for (std::size_t at = 0; at < body.size(); at += piece)
            client.send(std::string_view(body).substr(at, piece));
        EXPECT_EQ(client.answer().body, R"({"id":"7","body":"7"})");
        EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
    }
}

TEST(Session, ALargeBodyArrivesInPiecesWithTheNextRequestRightBehind) {
    test_server server(table);
    raw_client client(server.port());
    client.send(post("/echo/7/", "application/json", std::string(1'500'000, ' ')) + get("/hello/"));
    EXPECT_EQ(client.answer().body, R"({"id":"7","body":"1500000"})");
    EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
}

TEST(Session, ALargeAnswerArrivesWhole) {
    test_server server(table);
    raw_client client(server.port());
    client.send(get("/large/") + get("/hello/"));
    EXPECT_EQ(client.answer().body.size(), 4u << 20);
    EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
}

TEST(Session, AClientThatExpects100IsToldToContinueOnlyIfItsBodyIsWanted) {
    test_server server(table);
    raw_client client(server.port());
    client.send("POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.answer().status, 100);
    client.send("{}");
    EXPECT_EQ(client.answer().status, 201);
    client.send("POST /private/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.answer().status, 401);
    EXPECT_TRUE(client.ended());
}

TEST(Session, ARefusalDoesNotWaitForTheBodyAndASmallRestIsPassedOver) {
    test_server server(table);
    raw_client client(server.port());
    client.send("POST /private/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 9\r\n\r\n{\"a\"");
    EXPECT_EQ(client.answer().status, 401);
    client.send(":123}" + get("/hello/"));
    EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
}

TEST(Session, ABodyOverTheLimitIsRefusedByItsAnnouncementAlready) {
    test_server server(table);
    raw_client client(server.port());
    client.send("POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 3000000\r\n\r\n{");
    const auto got = client.answer();
    EXPECT_EQ(got.status, 413);
    EXPECT_EQ(got.body, R"({"detail":"Request body is too large."})");
    EXPECT_EQ(got.headers.at("allow"), "POST, PUT, OPTIONS");
}

TEST(Session, ABodyOverTheLimitIsRefusedInChunksToo) {
    test_server server(table);
    raw_client client(server.port());
    client.send("POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i)
        client.send("100000\r\n" + std::string(0x100000, ' ') + "\r\n");
    EXPECT_EQ(client.answer().status, 413);
}

TEST(Session, FormsArriveAsFields) {
    test_server server(table);
    raw_client client(server.port());
    client.send(
        post("/echo/7/", "application/x-www-form-urlencoded; charset=utf-8", "a=1&b=x+y%21&c&%zz=%ff"));
    EXPECT_EQ(client.answer().body,
              "{\"id\":\"7\",\"body\":\"0\",\"a\":\"1\",\"b\":\"x y!\",\"c\":\"\",\"%zz\":\"\xef\xbf\xbd\"}");
}

TEST(Session, AFormOfTooManyFieldsIsNotTakenApartToItsEnd) {
    EXPECT_EQ(query_parameters("a&b=1&&c&d", 3).all().back().first, "c");
    EXPECT_EQ(query_parameters("a&b=1&&c&d").all().size(), 4u);
    server_options options = test_server::quick();
    options.bounds.form_fields = 3;
    test_server server(table, options);
    raw_client client(server.port());
    client.send(post("/echo/7/", "application/x-www-form-urlencoded", "a&b&&c&"));
    EXPECT_EQ(client.answer().body, R"({"id":"7","body":"0","a":"","b":"","c":""})");
    client.send(post("/echo/7/", "application/x-www-form-urlencoded", "a&b&&c&d"));
    const auto got = client.answer();
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(got.body, R"({"detail":"Too many fields."})");
}

TEST(Session, UploadsGoToTemporaryFilesThatVanishWithTheRequest) {
    test_server server(table);
    const std::string body =
        "--abc\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nmy car\r\n"
        "--abc\r\nContent-Disposition: form-data; name=\"images\"; filename=\"a.png\"\r\n"
        "Content-Type: image/png\r\n\r\n" +
        std::string(300'000, 'p') + "\r\n--abc--\r\n";
    raw_client client(server.port());
    client.send(post("/files/", "multipart/form-data; boundary=abc", body) + get("/hello/"));
    EXPECT_EQ(client.answer().body,
              R"({"id":"","body":"0","title":"my car","images":"a.png 300000 300000"})");
    EXPECT_EQ(client.answer().status, 200);
    std::size_t left = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(server.media_root()))
        left += entry.is_regular_file();
    EXPECT_EQ(left, 0u);
}

TEST(Session, WhatIsWrongWithABodyIsToldByTheHandler) {
    test_server server(table);
    raw_client client(server.port());
    client.send(post("/echo/7/", "application/xml", "<a/>"));
    auto got = client.answer();
    EXPECT_EQ(got.status, 415);
    EXPECT_EQ(got.body, R"({"detail":"Unsupported media type \"application/xml\" in request."})");
    client.send("POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(client.answer().body, R"({"detail":"Unsupported media type \"text/plain\" in request."})");
    client.send(post("/echo/7/", "multipart/form-data", "xx"));
    got = client.answer();
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(got.body, R"({"detail":"Multipart form parse error - Invalid boundary in multipart: None"})");
    client.send(post("/echo/7/", "multipart/form-data; boundary=abc", "xx"));
    EXPECT_EQ(client.answer().body, R"({"id":"7","body":"0"})");
    client.send(post("/echo/7/", "text/plain", ""));
    EXPECT_EQ(client.answer().status, 201);
}

TEST(Session, AFileIsSentWholeInPartsOrNotAtAll) {
    test_server server(table);
    raw_client client(server.port());
    client.send(get("/file.png") + get("/file.png", "Range: bytes=400000-400009\r\n"));
    const auto whole = client.answer();
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.body.size(), file_bytes);
    EXPECT_EQ(whole.headers.at("content-type"), "image/png");
    EXPECT_EQ(whole.headers.at("accept-ranges"), "bytes");
    EXPECT_EQ(whole.headers.at("last-modified"), "Mon, 23 Nov 2026 01:02:03 GMT");
    const auto part = client.answer();
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, whole.body.substr(400000, 10));
    EXPECT_EQ(part.headers.at("content-range"), "bytes 400000-400009/500000");
    client.send("HEAD /file.png HTTP/1.1\r\nHost: localhost\r\n\r\n" +
                get("/file.png", "If-None-Match: " + whole.headers.at("etag") + "\r\n") +
                get("/file.png", "Range: bytes=500000-\r\n") + get("/hello/"));
    EXPECT_EQ(client.answer(true).headers.at("content-length"), "500000");
    EXPECT_EQ(client.answer(true).status, 304);
    EXPECT_EQ(client.answer().status, 416);
    EXPECT_EQ(client.answer().body, R"({"hello":"world"})");
}

TEST(Session, ABugInAHandlerIsA500ThatSaysNothingAndTheConnectionGoesOn) {
    test_server server(table);
    raw_client client(server.port());
    client.send(get("/broken/") + get("/hello/"));
    const auto got = client.answer();
    EXPECT_EQ(got.status, 500);
    EXPECT_THAT(got.body, Not(HasSubstr("bug")));
    EXPECT_EQ(client.answer().status, 200);
}

TEST(Session, AValidatorThatStillHoldsGivesA304) {
    test_server server(table);
    raw_client client(server.port());
    client.send(get("/hello/"));
    const auto etag = client.answer().headers.at("etag");
    client.send(get("/hello/", "If-None-Match: \"x\", W/" + etag + "\r\n") + get("/hello/"));
    const auto got = client.answer(true);
    EXPECT_EQ(got.status, 304);
    EXPECT_EQ(got.headers.at("etag"), etag);
    EXPECT_FALSE(got.headers.count("content-type"));
    EXPECT_EQ(client.answer().status, 200);
}

struct bad_request {
    const char* what;
    std::string bytes;
    int status = 400;
};
void PrintTo(const bad_request& bad, std::ostream* out) {
    *out << bad.what;
}

class BadRequest : public testing::TestWithParam<bad_request> {};

TEST_P(BadRequest, IsRefusedInJsonAndTheConnectionEnds) {
    test_server server(table);
    raw_client client(server.port());
    client.send(GetParam().bytes);
    auto got = client.answer();
    EXPECT_EQ(got.status, GetParam().status);
    EXPECT_THAT(got.body, HasSubstr(R"({"detail":")"));
    EXPECT_EQ(got.headers["content-type"], "application/json");
    EXPECT_EQ(got.headers["connection"], "close");
    EXPECT_TRUE(client.ended());
    EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
}

std::string chunked(std::string_view body) {
    return "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
           "Transfer-Encoding: chunked\r\n\r\n" +
           std::string(body);
}

INSTANTIATE_TEST_SUITE_P(
    Malformed, BadRequest,
    testing::Values(
        bad_request{"bare LF", "GET /hello/ HTTP/1.1\nHost: localhost\n\n"},
        bad_request{"bare LF in a header", "GET /hello/ HTTP/1.1\r\nHost: localhost\nA: b\r\n\r\n"},
        bad_request{"bare CR", "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nA: b\rc\r\n\r\n"},
        bad_request{"length and chunks", "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                                         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        bad_request{"chunks and length", "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\n"
                                         "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
        bad_request{"two lengths", "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                                   "Content-Length: 3\r\n\r\n{}"},
        bad_request{"the same length twice",
                    "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                    "Content-Length: 2\r\n\r\n{}"},
        bad_request{"a list of lengths",
                    "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2, 2\r\n\r\n{}"},
        bad_request{"a signed length",
                    "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: +2\r\n\r\n{}"},
        bad_request{
            "a length beyond all numbers",
            "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n{}"},
        bad_request{"another coding", "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\n"
                                      "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        bad_request{
            "an unknown coding",
            "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
        bad_request{"chunked twice",
                    "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        bad_request{
            "chunks in HTTP/1.0",
            "POST /echo/7/ HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        bad_request{"a bad chunk size", chunked("zz\r\n{}\r\n0\r\n\r\n")},
        bad_request{"a chunk without its end", chunked("2\r\n{}xx0\r\n\r\n")},
        bad_request{"a chunk larger than all numbers", chunked("ffffffffffffffffff\r\n{}\r\n0\r\n\r\n")},
        bad_request{"a chunk size without an end", chunked(std::string(100'000, '0'))},
        bad_request{"a chunk extension without an end", chunked("2;a=" + std::string(100'000, 'a'))},
        bad_request{"a trailer without an end", chunked("2\r\n{}\r\n0\r\nA: " + std::string(100'000, 'b'))},
        bad_request{"trailers without an end",
                    [] {
                        std::string trailers;
                        for (int i = 0; i < 16'000; ++i)
                            trailers += "A: b\r\n";
                        return chunked("2\r\n{}\r\n0\r\n" + trailers);
                    }()},
        bad_request{"a folded header", "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n"},
        bad_request{"an empty folded header", "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nA:\r\n\tc\r\n\r\n"},
        bad_request{"a space before the colon", "GET /hello/ HTTP/1.1\r\nHost : localhost\r\n\r\n"},
        bad_request{"a header without a name", "GET /hello/ HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n"},
        bad_request{"a header without a colon", "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nabc\r\n\r\n"},
        bad_request{"a control character in a header",
                    "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nA: \x01\r\n\r\n"},
        bad_request{"a NUL in a header",
                    std::string("GET /hello/ HTTP/1.1\r\nHost: localhost\r\nA: b\0c\r\n\r\n", 49)},
        bad_request{"a NUL in the target",
                    std::string("GET /hel\0lo/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 42)},
        bad_request{"a space in the target", "GET /hel lo/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        bad_request{"an absolute target without a host",
                    "GET http:///hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        bad_request{"an absolute target with a user",
                    "GET http://me@localhost/hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        bad_request{"a target of all the server", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        bad_request{"a target that is an authority",
                    "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        bad_request{"a bad method", "G(T /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        bad_request{"no version", "GET /hello/\r\nHost: localhost\r\n\r\n"},
        bad_request{"HTTP/2.0", "GET /hello/ HTTP/2.0\r\nHost: localhost\r\n\r\n"},
        bad_request{"no host", "GET /hello/ HTTP/1.1\r\n\r\n"},
        bad_request{"two hosts", "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"},
        bad_request{"a TLS hello", std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", 15)},
        bad_request{"a long target",
                    "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
        bad_request{"a huge head",
                    "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nA: " + std::string(20000, 'a') + "\r\n\r\n",
                    431},
        bad_request{"a head without an end",
                    "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nA: " + std::string(17000, 'a'), 431},
        bad_request{"many headers",
                    [] {
                        std::string bytes = "GET /hello/ HTTP/1.1\r\nHost: localhost\r\n";
                        for (int i = 0; i < 101; ++i)
                            bytes += "A: b\r\n";
                        return bytes + "\r\n";
                    }(),
                    431}));

server_options impatient() {
    server_options options = test_server::quick();
    options.bounds.head_time = 100ms;
    options.bounds.body_time = 100ms;
    options.bounds.idle_time = 100ms;
    options.bounds.write_time = 100ms;
    return options;
}

TEST(SlowClient, IsCutOffWhileItSendsAHeadHoweverBusyItIs) {
    test_server server(table, impatient());
    raw_client client(server.port());
    const auto began = std::chrono::steady_clock::now();
    client.send("GET /hello/ HTTP/1.1\r\nHost: localhost\r\n");
    while (client.send("A: b\r\n") && std::chrono::steady_clock::now() - began < 4s)
        std::this_thread::sleep_for(10ms);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
    EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
}

TEST(SlowClient, IsCutOffWhileItSendsABody) {
    test_server server(table, impatient());
    raw_client client(server.port());
    client.send("POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 100\r\n\r\n{");
    EXPECT_TRUE(client.ended());
    EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
}

TEST(SlowClient, IsCutOffWhenItAsksForNothing) {
    test_server server(table, impatient());
    raw_client client(server.port());
    EXPECT_TRUE(client.ended());
    EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
}

TEST(SlowClient, IsCutOffWhenItDoesNotReadItsAnswers) {
    test_server server(table, impatient());
    raw_client client(server.port());
    std::string many;
    for (int i = 0; i < 20; ++i)
        many += get("/large/");
    client.send(many);
    EXPECT_TRUE(becomes_true([&] { return server.connections() == 0; }));
}

TEST(SlowClient, IsNotCutOffWhileTheHandlerWorks) {
    test_server server(table, impatient());
    raw_client client(server.port());
    client.send(get("/slow/"));
    EXPECT_EQ(client.answer().body, R"({"slow":true})");
}

TEST(Server, RefusesConnectionsBeyondItsBoundWith503) {
    server_options options = test_server::quick();
    options.bounds.connections = 1;
    test_server server(table, options);
    raw_client first(server.port());
    first.send(get("/hello/"));
    EXPECT_EQ(first.answer().status, 200);
    raw_client second(server.port());
    const auto refused = second.answer();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.body, R"({"detail":"Service temporarily unavailable."})");
    EXPECT_TRUE(second.ended());
    first.send(get("/hello/"));
    EXPECT_EQ(first.answer().status, 200);
}

std::string unfinished(std::size_t bytes) {
    return "POST /echo/7/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
           "Content-Length: 1000000\r\n\r\n" +
           std::string(bytes, ' ');
}

TEST(Server, RefusesBodiesBeyondTheMemoryForAllOfThemWith503) {
    server_options options = test_server::quick();
    options.bounds.held_bytes = 1'000'000;
    test_server server(table, options);
    const auto held = [&](std::size_t bytes) {
        return becomes_true([&] {
            return server.counts().text().find("http_body_bytes " + std::to_string(bytes) + "\n") !=
                   std::string::npos;
        });
    };
    {
        raw_client first(server.port()), gone(server.port());
        first.send(unfinished(400'000));
        gone.send(unfinished(400'000));
        EXPECT_TRUE(held(2 * (400'000 - 16 * 1024)));

        raw_client beyond(server.port());
        beyond.send(unfinished(300'000));
        const auto refused = beyond.answer();
        EXPECT_EQ(refused.status, 503);
        EXPECT_EQ(refused.body, R"({"detail":"Service temporarily unavailable."})");
        EXPECT_EQ(refused.headers.at("retry-after"), "1");
        EXPECT_EQ(refused.headers.at("connection"), "close");
        EXPECT_TRUE(beyond.ended());
        raw_client small(server.port());
        small.send(post("/echo/7/", "application/json", std::string(16 * 1024, ' ')));
        EXPECT_EQ(small.answer().status, 201);

        first.send(std::string(600'000 - 400'000, ' '));
        EXPECT_TRUE(held(2 * (400'000 - 16 * 1024) + 200'000));
    }
    EXPECT_TRUE(held(0)); // of those that went away
    raw_client again(server.port());
    for (int i = 0; i < 3; ++i) {
        again.send(post("/echo/7/", "application/json", std::string(900'000, ' ')));
        EXPECT_EQ(again.answer().body, R"({"id":"7","body":"900000"})");
    }
    EXPECT_TRUE(held(0)); // while the connection waits for its client
}

TEST(Server, CountsTheTextsOfFormsAmongTheMemoryOfBodiesButNoFiles) {
    server_options options = test_server::quick();
    options.bounds.held_bytes = 500'000;
    test_server server(table, options);
    const auto part = [](std::string_view name, char of) {
        return "--abc\r\nContent-Disposition: form-data; " + std::string(name) + "\r\n\r\n" +
               std::string(700'000, of) + "\r\n--abc--\r\n";
    };
    raw_client client(server.port());
    client.send(post("/files/", "multipart/form-data; boundary=abc",
                     part("name=\"images\"; filename=\"a.png\"", 'p')));
    EXPECT_EQ(client.answer().body, R"({"id":"","body":"0","images":"a.png 700000 700000"})");
    client.send(post("/files/", "multipart/form-data; boundary=abc", part("name=\"title\"", 't')));
    EXPECT_EQ(client.answer().status, 503);
}

TEST(Server, StopsInOrder) {
    test_server server(table);
    raw_client idle(server.port()), busy(server.port());
    idle.send(get("/hello/"));
    idle.answer();
    busy.send(get("/slow/"));
    ASSERT_TRUE(becomes_true(
        [&] { return server.counts().text().find("http_requests_in_flight 1") != std::string::npos; }));
    std::thread stopper([&] { server.stop(); });
    const auto got = busy.answer();
    EXPECT_EQ(got.body, R"({"slow":true})");
    EXPECT_EQ(got.headers.at("connection"), "close");
    EXPECT_TRUE(idle.ended());
    EXPECT_TRUE(busy.ended());
    stopper.join();
    EXPECT_THROW(raw_client(server.port()), std::runtime_error);
}

TEST(Server, CountsRequestsByRouteAndStatus) {
    test_server server(table);
    raw_client client(server.port());
    client.send(get("/hello/") + get("/hello/") + get("/nowhere/"));
    for (int i = 0; i < 3; ++i)
        client.answer();
    const auto text = server.counts().text();
    EXPECT_THAT(text, HasSubstr(R"(http_requests_total{method="GET",route="/hello/",status="200"} 2)"));
    EXPECT_THAT(text, HasSubstr(R"(http_requests_total{method="GET",route="other",status="404"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(http_request_duration_seconds_count{route="/hello/"} 2)"));
}

} // namespace
} // namespace mvp::http
