#include "session_routes.hpp"

#include <gmock/gmock.h>

namespace mvp::http {
namespace {

using testing::HasSubstr;

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
    EXPECT_EQ(refused.headers.at("x-request-id").size(), 16u);
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
