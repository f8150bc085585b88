#include "storage/mail/notices.hpp"

#include "storage/mail/mime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::storage::mailing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char out[] = "https://x.example/unsubscribe?token=a&b";

notice about(std::string title, std::string type = "listing_update") {
    notice n;
    n.type = std::move(type);
    n.title = std::move(title);
    n.message = "Your car was approved.";
    n.url = "https://x.example/cars/1";
    return n;
}

bool can_be_sent(const mail& m) {
    outgoing o;
    o.to = m.to;
    o.subject = m.subject;
    o.text = m.text;
    o.html = m.html;
    o.unsubscribe_url = m.unsubscribe_url;
    return compose(o, {"", "market@example.com"}, now()).has_value();
}

TEST(Notices, HaveTextAndHtmlWithTheLinkAndTheWayOut) {
    const auto m = notice_mail("a@b.example", about("Car approved"), out);
    EXPECT_EQ(m.to, "a@b.example");
    EXPECT_EQ(m.subject, "Car approved");
    EXPECT_EQ(m.kind, "listing_update");
    EXPECT_EQ(m.unsubscribe_url, out);
    for (const char* piece :
         {"Car approved", "Your car was approved.", "https://x.example/cars/1", "Listing updates"}) {
        EXPECT_THAT(m.text, HasSubstr(piece));
        EXPECT_THAT(m.html, HasSubstr(piece));
    }
    EXPECT_THAT(m.text, HasSubstr(out));
    EXPECT_THAT(m.html, HasSubstr("href=\"https://x.example/unsubscribe?token=a&amp;b\""));
    EXPECT_TRUE(can_be_sent(m));
}

TEST(Notices, EscapeWhatUsersTyped) {
    auto n = about("<b>\"bold\"</b>");
    n.message = "a\nb <script>";
    n.url = "https://x.example/\"><script>";
    const auto m = notice_mail("a@b.example", n, out);
    EXPECT_THAT(m.html, HasSubstr("&lt;b&gt;&quot;bold&quot;&lt;/b&gt;"));
    EXPECT_THAT(m.html, Not(HasSubstr("<script>")));
    EXPECT_THAT(m.text, HasSubstr("a\nb <script>"));
}

TEST(Notices, HaveASubjectOfOneLineThatFits) {
    const auto lines = notice_mail("a@b.example", about("x\r\nBcc: all@example.com"), out);
    EXPECT_EQ(lines.subject, "x  Bcc: all@example.com");
    EXPECT_TRUE(can_be_sent(lines));
    std::string long_title;
    for (int i = 0; i < 255; ++i)
        long_title += "字";
    const auto cut = notice_mail("a@b.example", about(long_title), out);
    EXPECT_TRUE(can_be_sent(cut));
    EXPECT_EQ(cut.subject.size() % 3, 0u) << "cut between characters";
}

TEST(Digests, AreGroupedByTypeInOneMail) {
    const auto m = digest_mail(
        "a@b.example", "daily",
        {about("First reply", "forum_reply"), about("Car approved"), about("Second reply", "forum_reply")},
        out);
    EXPECT_EQ(m.subject, "Your daily digest: 3 notifications");
    EXPECT_EQ(m.kind, "daily_digest");
    EXPECT_EQ(m.unsubscribe_url, out);
    for (const auto& body : {m.text, m.html}) {
        const auto listings = body.find("Listing updates (1)"), forum = body.find("Forum replies (2)");
        const auto first = body.find("First reply"), second = body.find("Second reply");
        ASSERT_NE(listings, body.npos);
        EXPECT_LT(listings, body.find("Car approved"));
        EXPECT_LT(body.find("Car approved"), forum);
        EXPECT_LT(forum, first);
        EXPECT_LT(first, second);
        EXPECT_NE(second, body.npos);
        EXPECT_THAT(body, HasSubstr("No more mails about: Listing updates, Forum replies"));
    }
    EXPECT_TRUE(can_be_sent(m));
    EXPECT_EQ(digest_mail("a@b.example", "weekly", {about("x")}, out).subject,
              "Your weekly digest: 1 notification");
}

TEST(Digests, ShowTheFirstOfManyAndCountTheRest) {
    std::vector<notice> all;
    for (int i = 1; i <= 25; ++i)
        all.push_back(about("Title " + std::to_string(i) + "."));
    all.front().message = std::string(2000, 'x');
    const auto m = digest_mail("a@b.example", "daily", all, out);
    EXPECT_THAT(m.text, HasSubstr("Title 20."));
    EXPECT_THAT(m.text, Not(HasSubstr("Title 21.")));
    EXPECT_THAT(m.text, HasSubstr("and 5 more"));
    EXPECT_THAT(m.html, HasSubstr("<p>and 5 more</p>"));
    EXPECT_THAT(m.text, HasSubstr("xxx…"));
    EXPECT_LT(m.text.size(), 5000u);
}

} // namespace
} // namespace mvp::storage::mailing
