#include "storage/mail/sms.hpp"
#include "tests/support/http_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::storage::mailing {
namespace {

using mvp::test::http_sink;
using ::testing::HasSubstr;
using ::testing::StartsWith;

result<> send_to(const std::string& url, const text_message& m = {"+8801712345678", "Your code: 123456"}) {
    const deadlines quick{std::chrono::seconds{2}, std::chrono::milliseconds{500}};
    return sms_gateway::create(url, quick).value().send(m);
}

errc outcome(const std::string& answer) {
    http_sink sink(answer);
    auto done = send_to(sink.url());
    EXPECT_FALSE(done) << answer;
    return done ? errc::internal : done.error().code;
}

TEST(Sms, PostsRecipientAndTextAsJson) {
    http_sink sink("202 Accepted");
    const auto done = send_to(sink.url("user:pass@"), {"+8801712345678", "Код: \"123456\"\n"});
    ASSERT_TRUE(done) << done.error().text;
    const auto request = sink.requests().at(0);
    EXPECT_THAT(request.head, StartsWith("POST /send?from=market HTTP/1.1\r\n"));
    EXPECT_THAT(request.head, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(request.head, HasSubstr("Authorization: Basic dXNlcjpwYXNz\r\n"));
    EXPECT_EQ(request.body, R"({"to":"+8801712345678","text":"Код: \"123456\"\n"})");
}

TEST(Sms, ARefusalIsFinal) {
    EXPECT_EQ(outcome("400 Bad Request"), errc::refused);
    EXPECT_EQ(outcome("422 Unprocessable Entity"), errc::refused);
}

TEST(Sms, AnythingElseIsTriedLater) {
    for (const char* answer : {"500 Internal Server Error", "503 Service Unavailable",
                               "429 Too Many Requests", "408 Request Timeout", "nonsense"})
        EXPECT_EQ(outcome(answer), errc::unavailable) << answer;
}

TEST(Sms, ASilentGatewayIsLeftAtTheDeadline) {
    EXPECT_EQ(outcome(""), errc::unavailable);
}

TEST(Sms, NobodyThereIsTriedLater) {
    std::string url;
    {
        http_sink gone("200 OK");
        url = gone.url();
    }
    const auto done = send_to(url);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::unavailable);
}

TEST(Sms, FollowsNoRedirect) {
    http_sink elsewhere("200 OK");
    http_sink sink("307 Temporary Redirect\r\nLocation: " + elsewhere.url());
    const auto done = send_to(sink.url());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::unavailable);
    EXPECT_TRUE(elsewhere.requests().empty());
}

TEST(Sms, SpeaksOnlyHttp) {
    for (const char* url : {"file:///etc/passwd", "smtp://localhost", "http://", "localhost/send"}) {
        const auto made = sms_gateway::create(url);
        ASSERT_FALSE(made) << url;
        EXPECT_EQ(made.error().code, errc::invalid);
        EXPECT_THAT(made.error().text, StartsWith("SMS_URL"));
    }
}

} // namespace
} // namespace mvp::storage::mailing
