#include "http/feed_messages.hpp"

#include <gmock/gmock.h>

namespace mvp::http {
namespace {

TEST(FeedMessage, ReadsTheThreeThatThereAre) {
    EXPECT_EQ(read_feed_message(R"({"type":"ping"})").value().is, feed_message::type::ping);
    EXPECT_EQ(read_feed_message(R"({"type":"mark_all_as_read"})").value().is,
              feed_message::type::mark_all_as_read);
    const auto some = read_feed_message(
        R"({"ids":["6F9619FF-8B86-D011-B42D-00C04FC964FF","no id"],"type":"mark_as_read","more":1})");
    ASSERT_TRUE(some);
    EXPECT_EQ(some->is, feed_message::type::mark_as_read);
    ASSERT_EQ(some->ids.size(), 1u); // what is no id is nobody's
    EXPECT_EQ(some->ids[0].text(), "6f9619ff-8b86-d011-b42d-00c04fc964ff");
}

TEST(FeedMessage, RefusesEverythingElse) {
    for (const char* bad :
         {"", "x", "[]", "\"ping\"", "null", "{}", R"({"type":1})", R"({"type":"Ping"})",
          R"({"type":"mark_as_read"})", R"({"type":"mark_as_read","ids":"x"})",
          R"({"type":"mark_as_read","ids":[1]})", "{\"type\":\"ping\"} x", "{\"type\":\"\xff\"}"})
        EXPECT_FALSE(read_feed_message(bad)) << bad;
}

} // namespace
} // namespace mvp::http
