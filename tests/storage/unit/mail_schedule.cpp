#include "storage/mail_schedule.hpp"
#include "storage/zones.hpp"

#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using namespace std::chrono_literals;

timestamp at(int month, std::chrono::minutes of_day) {
    return std::chrono::sys_days(std::chrono::year(2026) / month / 15) + of_day;
}

TEST(Zones, HaveTheirIanaNames) {
    for (const char* good : {"UTC", "Europe/Berlin", "Asia/Dhaka", "Asia/Calcutta", "America/Indiana/Knox",
                             "Etc/GMT+5", "EST5EDT"})
        EXPECT_NE(find_zone(good), nullptr) << good;
    for (const char* bad : {"",
                            "localtime",
                            "Localtime",
                            "posixrules",
                            "Factory",
                            "posix/Europe/Berlin",
                            "right/Europe/Berlin",
                            "posix",
                            "Europe",
                            "Europe/",
                            "/Europe/Berlin",
                            "europe/berlin",
                            "Europe/../Europe/Berlin",
                            "tzdata.zi",
                            "zone.tab",
                            "zone1970.tab",
                            "iso3166.tab",
                            "leapseconds",
                            "leap-seconds.list",
                            "+VERSION",
                            "../localtime",
                            "./localtime",
                            "/etc/localtime",
                            "Mars/Base"})
        EXPECT_EQ(find_zone(bad), nullptr) << bad;
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

// --- when quiet hours end

/// Of 2026, in UTC.
timestamp utc(int month, int day, std::chrono::minutes of_day) {
    return std::chrono::sys_days(std::chrono::year(2026) / month / day) + of_day;
}

TEST(QuietHours, EndAtTheNextEndOnTheClock) {
    const quiet_hours h{true, 22h, 7h, "Europe/Berlin"};
    EXPECT_EQ(quiet_until(h, utc(7, 1, 12h)), utc(7, 1, 12h)) << "it is not quiet";
    EXPECT_EQ(quiet_until(h, utc(7, 1, 20h)), utc(7, 2, 5h)) << "22:00, before midnight";
    EXPECT_EQ(quiet_until(h, utc(7, 2, 4h + 59min)), utc(7, 2, 5h)) << "06:59, after midnight";
    EXPECT_EQ(quiet_until({true, 1h, 2h, ""}, utc(7, 1, 1h)), utc(7, 1, 2h));
}

// In Berlin clocks go from 2:00 to 3:00 on 29 March 2026 (01:00 UTC), and from 3:00 to 2:00 on 25 October
// (01:00 UTC).
TEST(QuietHours, AreShorterInTheNightThatClocksGoForward) {
    const quiet_hours h{true, 22h, 7h, "Europe/Berlin"};
    EXPECT_EQ(quiet_until(h, utc(3, 27, 22h)), utc(3, 28, 6h));
    EXPECT_EQ(quiet_until(h, utc(3, 28, 22h)), utc(3, 29, 5h));
}

TEST(QuietHours, AreLongerInTheNightThatClocksGoBack) {
    const quiet_hours h{true, 22h, 7h, "Europe/Berlin"};
    EXPECT_EQ(quiet_until(h, utc(10, 24, 22h)), utc(10, 25, 6h));
}

TEST(QuietHours, WhoseEndTheClocksLeapOverEndWithTheLeap) {
    const quiet_hours h{true, 22h, 2h + 30min, "Europe/Berlin"};
    EXPECT_EQ(quiet_until(h, utc(3, 28, 23h)), utc(3, 29, 1h)); // 3:00 there
    EXPECT_FALSE(quiet(h, utc(3, 29, 1h)));
}

TEST(QuietHours, WhoseEndComesTwiceEndTwice) {
    const quiet_hours h{true, 22h, 2h + 30min, "Europe/Berlin"};
    EXPECT_EQ(quiet_until(h, utc(10, 24, 23h)), utc(10, 25, 0h + 30min)) << "the first 2:30";
    EXPECT_TRUE(quiet(h, utc(10, 25, 1h + 10min))) << "2:10 again";
    EXPECT_EQ(quiet_until(h, utc(10, 25, 1h + 10min)), utc(10, 25, 1h + 30min)) << "the second 2:30";
}

// --- when mails leave

struct Schedule : ::testing::Test {
    mail_schedule wanted;
    /// Looked at when it happens.
    timestamp due(timestamp made) const { return mail_due(wanted, made, made); }
};

TEST_F(Schedule, InstantMailsLeaveAtOnceOrAfterTheQuietHours) {
    EXPECT_EQ(due(utc(5, 6, 23h)), utc(5, 6, 23h));
    wanted.quiet = {true, 22h, 7h, "Asia/Dhaka"};
    EXPECT_EQ(due(utc(5, 6, 15h)), utc(5, 6, 15h)) << "21:00 there";
    EXPECT_EQ(due(utc(5, 6, 16h)), utc(5, 7, 1h)) << "22:00 there";
    EXPECT_EQ(mail_due(wanted, utc(5, 6, 15h), utc(5, 6, 17h)), utc(5, 7, 1h))
        << "it is quiet when somebody can look at it";
}

TEST_F(Schedule, DailyDigestsLeaveAtEightOnTheUsersClock) {
    wanted.frequency = mail_frequency::daily;
    EXPECT_EQ(due(utc(5, 6, 7h + 59min)), utc(5, 6, 8h)) << "without a zone: UTC";
    EXPECT_EQ(due(utc(5, 6, 8h)), utc(5, 7, 8h)) << "what happens at eight is in the next";
    wanted.quiet.timezone = "Asia/Dhaka";
    EXPECT_EQ(due(utc(5, 6, 1h + 59min)), utc(5, 6, 2h));
    EXPECT_EQ(due(utc(5, 6, 2h)), utc(5, 7, 2h));
    wanted.quiet.timezone = "America/Los_Angeles";
    EXPECT_EQ(due(utc(5, 6, 3h)), utc(5, 6, 15h)) << "it is still the 5th there";
    wanted.quiet.timezone = "Mars/Base";
    EXPECT_EQ(due(utc(5, 6, 7h)), utc(5, 6, 8h));
}

TEST_F(Schedule, DigestsFollowTheClocksWhenTheyAreMoved) {
    wanted.frequency = mail_frequency::daily;
    wanted.quiet.timezone = "Europe/Berlin";
    EXPECT_EQ(due(utc(3, 27, 12h)), utc(3, 28, 7h));
    EXPECT_EQ(due(utc(3, 28, 12h)), utc(3, 29, 6h)) << "23 hours later";
    EXPECT_EQ(due(utc(10, 24, 12h)), utc(10, 25, 7h)) << "25 hours later";
}

TEST_F(Schedule, WeeklyDigestsLeaveOnMondays) {
    wanted.frequency = mail_frequency::weekly;
    EXPECT_EQ(due(utc(5, 6, 12h)), utc(5, 11, 8h)) << "a Wednesday";
    EXPECT_EQ(due(utc(5, 11, 7h)), utc(5, 11, 8h)) << "a Monday, before eight";
    EXPECT_EQ(due(utc(5, 11, 8h)), utc(5, 18, 8h));
    wanted.quiet.timezone = "Pacific/Auckland";
    EXPECT_EQ(due(utc(5, 10, 19h)), utc(5, 10, 20h)) << "Monday there, Sunday in UTC";
    wanted.quiet.timezone = "Europe/Berlin";
    EXPECT_EQ(due(utc(3, 28, 12h)), utc(3, 30, 6h)) << "over the change of clocks";
}

TEST_F(Schedule, ADigestInQuietHoursWaitsForTheirEnd) {
    wanted = {mail_frequency::daily, {true, 22h, 9h + 30min, "Europe/Berlin"}};
    EXPECT_EQ(due(utc(7, 1, 12h)), utc(7, 2, 7h + 30min));
}

TEST_F(Schedule, ADigestThatNobodyCouldSendLeavesAsSoonAsSomebodyCan) {
    wanted.frequency = mail_frequency::daily;
    EXPECT_EQ(mail_due(wanted, utc(5, 6, 7h), utc(5, 8, 11h)), utc(5, 8, 11h));
}

TEST_F(Schedule, ADayThatAZoneLeftOutLosesNothing) {
    wanted.frequency = mail_frequency::daily;
    wanted.quiet.timezone = "Pacific/Apia"; // had no 30 December 2011
    const timestamp made =
        std::chrono::sys_days(std::chrono::year(2011) / 12 / 29) + 20h; // 10:00 on the 29th there
    const auto day_end =
        std::chrono::sys_days(std::chrono::year(2011) / 12 / 30) + 10h; // the leap to the 31st
    EXPECT_EQ(due(made), day_end) << "the leap is when eight of the 30th would have been";
}

} // namespace
} // namespace mvp::storage
