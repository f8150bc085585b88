#include "session_routes.hpp"

#include <gmock/gmock.h>

namespace mvp::http {
namespace {

using testing::HasSubstr;
using testing::Not;

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
    EXPECT_EQ(got.headers["vary"], "Accept, Cookie, origin");
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

} // namespace
} // namespace mvp::http
