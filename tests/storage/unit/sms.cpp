#include "storage/mail/sms.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <istream>
#include <iterator>
#include <thread>

namespace mvp::storage::mailing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// A gateway that takes one request and answers what the test wants ("": silence). Loopback only.
class http_sink {
  public:
    explicit http_sink(std::string answer) : answer_(std::move(answer)) {
        thread_ = std::thread([this] { serve(); });
    }
    ~http_sink() { stop(); }

    std::string url(std::string_view user = "") const {
        return "http://" + std::string(user) +
               "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/send?from=market";
    }
    /// Ends the server; what it heard may be read afterwards.
    void stop() {
        if (!thread_.joinable())
            return;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        thread_.join();
    }

    std::string head, body;

  private:
    void serve() {
        boost::system::error_code failed;
        tcp::socket peer(io_);
        acceptor_.accept(peer, failed);
        if (failed)
            return;
        asio::streambuf buffer;
        const auto size = asio::read_until(peer, buffer, "\r\n\r\n", failed);
        std::istream in(&buffer);
        head.resize(size);
        in.read(head.data(), static_cast<std::streamsize>(size));
        constexpr std::string_view name = "Content-Length: ";
        const auto length = std::stoul(head.substr(head.find(name) + name.size()));
        if (buffer.size() < length)
            asio::read(peer, buffer, asio::transfer_exactly(length - buffer.size()), failed);
        body.assign(std::istreambuf_iterator<char>(in), {});
        if (answer_.empty()) // until the client leaves
            asio::read(peer, buffer, failed);
        else
            asio::write(peer, asio::buffer("HTTP/1.1 " + answer_ + "\r\nConnection: close\r\n\r\n"), failed);
    }

    std::string answer_;
    asio::io_context io_;
    tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::thread thread_;
};

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
    sink.stop();
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_THAT(sink.head, StartsWith("POST /send?from=market HTTP/1.1\r\n"));
    EXPECT_THAT(sink.head, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(sink.head, HasSubstr("Authorization: Basic dXNlcjpwYXNz\r\n"));
    EXPECT_EQ(sink.body, R"({"to":"+8801712345678","text":"Код: \"123456\"\n"})");
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
    elsewhere.stop();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::unavailable);
    EXPECT_EQ(elsewhere.head, "");
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
