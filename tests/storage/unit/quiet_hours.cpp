#include "storage/notifications.hpp"

#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using namespace std::chrono_literals;

timestamp at(int month, std::chrono::minutes of_day) {
    return std::chrono::sys_days(std::chrono::year(2026) / month / 15) + of_day;
}

TEST(QuietHours, AreFromTheStartUpToTheEnd) {
    const quiet_hours h{true, 13h, 14h + 30min, ""};
    EXPECT_FALSE(quiet(h, at(5, 12h + 59min)));
    EXPECT_TRUE(quiet(h, at(5, 13h)));
    EXPECT_TRUE(quiet(h, at(5, 14h + 29min)));
    EXPECT_FALSE(quiet(h, at(5, 14h + 30min)));
}

TEST(QuietHours, MayGoPastMidnight) {
    const quiet_hours h{true, 22h, 7h, ""};
    EXPECT_TRUE(quiet(h, at(5, 23h)));
    EXPECT_TRUE(quiet(h, at(5, 0h)));
    EXPECT_TRUE(quiet(h, at(5, 6h + 59min)));
    EXPECT_FALSE(quiet(h, at(5, 7h)));
    EXPECT_FALSE(quiet(h, at(5, 21h + 59min)));
}

TEST(QuietHours, AreNeverWhenOffOrWithoutLength) {
    EXPECT_FALSE(quiet({false, 0h, 23h, ""}, at(5, 12h)));
    EXPECT_FALSE(quiet({true, 12h, 12h, ""}, at(5, 12h)));
}

TEST(QuietHours, AreOnTheUsersClockInSummerAndWinter) {
    const quiet_hours h{true, 22h, 23h, "Europe/Berlin"};
    EXPECT_TRUE(quiet(h, at(7, 20h + 30min)));  // 22:30 there
    EXPECT_FALSE(quiet(h, at(1, 20h + 30min))); // 21:30 there
    EXPECT_TRUE(quiet(h, at(1, 21h + 30min)));
    EXPECT_TRUE(quiet({true, 5h, 6h, "Asia/Kathmandu"}, at(1, 23h + 30min))); // 05:15 the next day
}

TEST(QuietHours, OfAnUnknownZoneAreUTC) {
    EXPECT_TRUE(quiet({true, 12h, 13h, "Mars/Base"}, at(5, 12h)));
}

TEST(NotificationJson, EscapesAndKeepsTheOrderOfKeys) {
    notification n;
    n.type = "account_alert";
    n.title = "\"quoted\"\n";
    n.message = "é";
    n.is_read = true;
    n.created_at = at(5, 0h);
    n.read_at = at(5, 1h) + 5us;
    n.seq = 7;
    std::string out;
    append_json(out, n);
    EXPECT_EQ(out, R"({"id":"00000000-0000-0000-0000-000000000000","notification_type":"account_alert",)"
                   R"("title":"\"quoted\"\n","message":"é","is_read":true,"action_url":null,)"
                   R"("created_at":"2026-05-15T00:00:00Z","read_at":"2026-05-15T01:00:00.000005Z","seq":7})");
}

} // namespace
} // namespace mvp::storage
