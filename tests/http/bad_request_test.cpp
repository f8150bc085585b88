#include "session_routes.hpp"

#include <gmock/gmock.h>

namespace mvp::http {
namespace {

using testing::HasSubstr;

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

} // namespace
} // namespace mvp::http
