#include "storage/mail/smtp.hpp"
#include "storage/mail/mime.hpp"
#include "storage/mail/templates.hpp"
#include "tests/support/smtp_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::storage::mailing {
namespace {

using mvp::test::smtp_sink;
using ::testing::HasSubstr;
using ::testing::Not;

outgoing some_mail() {
    outgoing m;
    m.to = "reader@example.com";
    m.subject = "A subject";
    m.text = "first line\n.\n.dotted\nlast line\n";
    m.html = "<p>hello</p>";
    return m;
}

result<> send_to(const std::string& url, const outgoing& m) {
    constexpr deadlines quick{std::chrono::seconds{2}, std::chrono::milliseconds{500}};
    const auto sender = smtp_sender::create(url, "The Market <noreply@example.org>", quick).value();
    return sender.send(m);
}

errc outcome(smtp_sink::answer_table answers, std::string_view user = "") {
    smtp_sink sink(std::move(answers));
    auto done = send_to(sink.url(user), some_mail());
    EXPECT_FALSE(done);
    return done ? errc::internal : done.error().code;
}

TEST(Smtp, HandsOverAMailWhole) {
    smtp_sink sink;
    const auto done = send_to(sink.url(), some_mail());
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_THAT(sink.commands(), ::testing::Contains("MAIL FROM:<noreply@example.org>"));
    EXPECT_THAT(sink.commands(), ::testing::Contains("RCPT TO:<reader@example.com>"));
    EXPECT_THAT(sink.mails().at(0),
                HasSubstr("From: \"The Market\" <noreply@example.org>\r\nTo: reader@example.com\r\n"
                          "Subject: A subject\r\n"));
    // A line of one dot does not end the mail: dots at the beginning of a line are doubled.
    EXPECT_THAT(sink.mails().at(0), HasSubstr("first line\r\n..\r\n..dotted\r\nlast line\r\n"));
    EXPECT_THAT(sink.mails().at(0), HasSubstr("<p>hello</p>"));
}

TEST(Smtp, LogsInWhenTheAddressSaysSo) {
    smtp_sink sink;
    const auto done = send_to(sink.url("user:pa%40ss@"), some_mail());
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_THAT(sink.commands(), ::testing::Contains(::testing::StartsWith("AUTH PLAIN")));
    EXPECT_THAT(sink.commands(), ::testing::Contains(std::string(smtp_sink::login)));
}

TEST(Smtp, TellsFinalRefusalsFromThoseThatMayPass) {
    EXPECT_EQ(outcome({{"RCPT", "550 nobody here"}}), errc::refused);
    EXPECT_EQ(outcome({{"RCPT", "451 try later"}}), errc::unavailable);
    EXPECT_EQ(outcome({{"RCPT", "530 log in first"}}), errc::unavailable);
    EXPECT_EQ(outcome({{"DATA", "554 no"}}), errc::refused);
    EXPECT_EQ(outcome({{".", "554 spam"}}), errc::refused);
    EXPECT_EQ(outcome({{".", "452 full"}}), errc::unavailable);
    EXPECT_EQ(outcome({{"", "554 no service"}}), errc::unavailable);
    EXPECT_EQ(outcome({{"MAIL", "530 log in first"}}), errc::unavailable);
    EXPECT_EQ(outcome({{"AUTH", "535 wrong password"}}, "user:pass@"), errc::unavailable);
}

TEST(Smtp, TriesAgainLaterWhenTheSenderIsRefused) {
    for (const char* answer : {"550 not you", "553 not you", "501 bad address", "451 try later"})
        EXPECT_EQ(outcome({{"MAIL", answer}}), errc::unavailable) << answer;
}

TEST(Smtp, DoesNotWaitForeverForASilentServer) {
    for (const char* command : {"", "EHLO", "RCPT", "."}) {
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_EQ(outcome({{command, ""}}), errc::unavailable) << command;
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{3});
    }
}

TEST(Smtp, TriesAgainLaterWhereNobodyListens) {
    std::string url;
    {
        smtp_sink gone;
        url = gone.url();
    }
    EXPECT_EQ(send_to(url, some_mail()).error().code, errc::unavailable);
}

TEST(Smtp, RefusesSettingsThatCannotWork) {
    EXPECT_FALSE(smtp_sender::create("http://example.com", "a@b.example"));
    EXPECT_FALSE(smtp_sender::create("file:///etc/passwd", "a@b.example"));
    EXPECT_FALSE(smtp_sender::create("smtp://", "a@b.example"));
    EXPECT_FALSE(smtp_sender::create("smtp://localhost", "nobody"));
    EXPECT_TRUE(smtp_sender::create("smtps://user:pass@localhost:465", "a@b.example"));
}

const mailbox sender_box{"The Market", "noreply@example.org"};
const timestamp some_time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 3} + std::chrono::hours{4}};

TEST(Mime, HasTheHeadersThatAMailNeeds) {
    auto m = some_mail();
    m.id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    m.unsubscribe_url = "https://example.org/u?t=abc";
    const auto text = compose(m, sender_box, some_time).value();
    EXPECT_THAT(text, ::testing::StartsWith("Date: Tue, 3 Nov 2026 04:00:00 +0000\r\n"));
    EXPECT_THAT(text, HasSubstr("Message-ID: <0f8fad5b-d9cb-469f-a165-70867728950e@example.org>\r\n"));
    EXPECT_THAT(text, HasSubstr("List-Unsubscribe: <https://example.org/u?t=abc>\r\n"
                                "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    EXPECT_THAT(text, HasSubstr("MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="));
    EXPECT_LT(text.find("text/plain"), text.find("text/html"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), std::count(text.begin(), text.end(), '\r'));
    EXPECT_THAT(compose(some_mail(), sender_box, some_time).value(), Not(HasSubstr("List-Unsubscribe")));
}

TEST(Mime, CarriesAnyUtf8) {
    auto m = some_mail();
    m.subject = "Überraschung";
    m.text = "gr\xc3\xbc\xc3\x9f\n";
    const auto text = compose(m, {"Jürgen", "a@example.org"}, some_time).value();
    EXPECT_THAT(text, HasSubstr("Subject: =?UTF-8?B?w5xiZXJyYXNjaHVuZw==?=\r\n"));
    EXPECT_THAT(text, HasSubstr("From: =?UTF-8?B?SsO8cmdlbg==?= <a@example.org>\r\n"));
    EXPECT_THAT(text, HasSubstr("Content-Transfer-Encoding: base64\r\n\r\nZ3LDvMOfDQo=\r\n"));
    for (const unsigned char c : text)
        EXPECT_LT(c, 0x80);
}

TEST(Mime, CutsLongSubjectsBetweenCharactersAndLines) {
    auto m = some_mail();
    for (int i = 0; i < 60; ++i)
        m.subject += "ü";
    m.text = std::string(5000, 'x');
    const auto text = compose(m, sender_box, some_time).value();
    for (std::size_t at = 0, end; (end = text.find("\r\n", at)) != text.npos; at = end + 2)
        EXPECT_LE(end - at, 100u);
    const auto word = text.find("=?UTF-8?B?");
    const auto begin = word + 10, end = text.find("?=", begin);
    EXPECT_EQ((end - begin) % 4, 0u);
    EXPECT_NE(text[end - 1], '\r');
}

TEST(Mime, LetsNobodyAddAHeader) {
    const auto refused = [](auto change) {
        auto m = some_mail();
        change(m);
        const auto made = compose(m, sender_box, some_time);
        return !made && made.error().code == errc::refused;
    };
    EXPECT_TRUE(refused([](outgoing& m) { m.subject = "x\r\nBcc: all@example.com"; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.subject = "x\nBcc: all@example.com"; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.subject = std::string("x\0y", 3); }));
    EXPECT_TRUE(refused([](outgoing& m) { m.subject = "ü\r\nBcc: all@example.com"; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.to = "a@b.example\r\nBcc: all@example.com"; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.to = "a@b.example> SIZE=1"; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.to = "a@b.example,c@d.example"; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.to = "nobody"; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.to = ""; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.unsubscribe_url = "https://x\r\nBcc: all@example.com"; }));
    EXPECT_TRUE(refused([](outgoing& m) { m.id = "x>\r\nBcc: all@example.com"; }));
    EXPECT_FALSE(refused([](outgoing&) {}));
}

TEST(Mime, TakesASenderApart) {
    EXPECT_EQ(mailbox::parse("a@b.example").value().address, "a@b.example");
    EXPECT_EQ(mailbox::parse("\"The Market\" <a@b.example>").value().name, "The Market");
    EXPECT_EQ(mailbox::parse("The Market <a@b.example>").value().address, "a@b.example");
    for (const char* bad : {"", "a", "<>", "A <a>", "A <a@b", "A\r\nB <a@b.example>"})
        EXPECT_FALSE(mailbox::parse(bad)) << bad;
}

TEST(MailTemplates, HoldTheLinkAndGreetByName) {
    const auto m = verification_mail("a@b.example", "Ann", "https://x.example/verify?a=1&token=abc");
    EXPECT_EQ(m.to, "a@b.example");
    EXPECT_EQ(m.kind, "verification");
    EXPECT_THAT(m.text, HasSubstr("Hello Ann,"));
    EXPECT_THAT(m.text, HasSubstr("\nhttps://x.example/verify?a=1&token=abc\n"));
    EXPECT_THAT(m.html, HasSubstr("href=\"https://x.example/verify?a=1&amp;token=abc\""));
    EXPECT_EQ(password_reset_mail("a@b.example", "Ann", "l").kind, "password_reset");
}

TEST(MailTemplates, EscapeNamesAndDoNotRepeatLinksInThem) {
    EXPECT_THAT(verification_mail("a@b.example", "O'Neil & \"Co\"", "l").html,
                HasSubstr("O&#x27;Neil &amp; &quot;Co&quot;"));
    for (const char* name : {"Click http://evil.example", "<b>x", "a\nb", ""}) {
        const auto m = password_reset_mail("a@b.example", name, "l");
        EXPECT_THAT(m.text, ::testing::StartsWith("Hello,\n")) << name;
        EXPECT_THAT(m.html, HasSubstr("<p>Hello,</p>")) << name;
    }
}

} // namespace
} // namespace mvp::storage::mailing
