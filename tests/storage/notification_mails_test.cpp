// What is put down when events are delivered, and the mails that become of it, on a real PostgreSQL.
#include "storage/notification_mails.hpp"
#include "storage/notification_preferences.hpp"
#include "storage/notifications.hpp"
#include "tests/support/database.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using namespace std::chrono_literals;
using mvp::test::live_database;
using ::testing::HasSubstr;

timestamp utc(int month, int day, std::chrono::minutes of_day) {
    return std::chrono::sys_days(std::chrono::year(2030) / month / day) + of_day;
}

struct NotificationMails : ::testing::Test {
    live_database live{2};
    mail_links links{"https://x.example", [](const uuid& user, const std::vector<std::string>& types) {
                         return fmt::format("https://x.example/out/{}/{}", user.text(),
                                            fmt::join(types, "+"));
                     }};

    uuid make_user(const std::string& name = "a") {
        return *uuid::parse(
            live.sql(fmt::format("INSERT INTO users (email, password, first_name, last_name) VALUES "
                                 "('{}@example.com', '!', 'A', 'L') RETURNING id",
                                 name)));
    }
    void prefer(uuid user, const std::string& columns, const std::string& values) {
        live.sql(fmt::format("INSERT INTO notification_preferences (user_id, {}) VALUES ('{}', {})", columns,
                             user.text(), values));
    }
    /// Something happens at that moment, and is delivered.
    void happens(uuid user, const std::string& type, const std::string& title, timestamp when,
                 const std::string& url = "/cars/1") {
        live.sql(fmt::format(
            "INSERT INTO outbox (type, recipient, title, message, action_url) VALUES ('{}', '{}', "
            "'{}', 'M', '{}')",
            type, user.text(), title, url));
        auto done = live.run([&] { return deliver_events(live.db, 100); });
        ASSERT_TRUE(done) << done.error().text;
        live.sql(fmt::format("UPDATE mail_items SET created_at = '{0}', due_at = '{0}' WHERE title = '{1}'",
                             format_timestamp(when), title));
    }
    mailing_round write(timestamp now) {
        auto done = live.run([&] { return write_due_mails(live.db, links, now); });
        EXPECT_TRUE(done) << done.error().text;
        return done.value_or(mailing_round{});
    }
    /// Rounds until nothing is due; how many mails.
    std::int64_t write_all(timestamp now) {
        std::int64_t sum = 0;
        for (auto round = write(now); round.found; round = write(now))
            sum += round.written;
        return sum;
    }
    std::string waiting() { return live.sql("SELECT string_agg(title, ',' ORDER BY id) FROM mail_items"); }
    std::string mails(const std::string& column) {
        return live.sql("SELECT string_agg(" + column + ", '|' ORDER BY recipient, subject) FROM mails");
    }
};

TEST_F(NotificationMails, AnInstantMailHoldsTheNotificationAndTheWayOut) {
    const auto user = make_user();
    happens(user, "listing_update", "Car approved", utc(5, 6, 12h));
    EXPECT_EQ(write_all(utc(5, 6, 12h)), 1);
    EXPECT_EQ(mails("recipient"), "a@example.com");
    EXPECT_EQ(mails("subject"), "Car approved");
    EXPECT_EQ(mails("kind || state"), "listing_updatewaiting");
    EXPECT_EQ(mails("unsubscribe_url"), "https://x.example/out/" + user.text() + "/listing_update");
    EXPECT_THAT(mails("body_text"), HasSubstr("https://x.example/cars/1"));
    EXPECT_THAT(mails("body_html"), HasSubstr("https://x.example/cars/1"));
    EXPECT_EQ(waiting(), "");
    EXPECT_FALSE(write(utc(5, 6, 12h)).found);
}

TEST_F(NotificationMails, AreWrittenWhetherOrNotTheAppTells) {
    const auto user = make_user();
    prefer(user, "app_listing_update, email_forum_reply", "false, false");
    const auto when = utc(5, 6, 12h);
    happens(user, "listing_update", "mail alone", when);
    happens(user, "forum_reply", "app alone", when);
    happens(user, "system_announcement", "no mail unless wanted", when);
    EXPECT_EQ(write_all(when), 1);
    EXPECT_EQ(mails("subject"), "mail alone");
    EXPECT_EQ(live.sql("SELECT string_agg(title, ',' ORDER BY seq) FROM notifications"),
              "app alone,no mail unless wanted");
}

TEST_F(NotificationMails, SilentEventsTellNobody) {
    const auto user = make_user();
    happens(user, silent_event, "", utc(5, 6, 12h));
    EXPECT_EQ(live.sql("SELECT count(*) FROM mail_items"), "0");
}

TEST_F(NotificationMails, QuietHoursHoldThemBack) {
    const auto user = make_user();
    prefer(user, "quiet_hours_enabled, quiet_hours_start, quiet_hours_end, timezone",
           "true, '22:00', '07:00', 'Asia/Dhaka'");
    happens(user, "listing_update", "one", utc(5, 6, 17h));
    happens(user, "listing_update", "two", utc(5, 6, 18h));
    EXPECT_EQ(write_all(utc(5, 6, 18h)), 0);
    EXPECT_EQ(waiting(), "one,two");
    EXPECT_FALSE(write(utc(5, 7, 59min)).found);
    EXPECT_EQ(write_all(utc(5, 7, 1h)), 2) << "one each";
    EXPECT_EQ(mails("subject"), "one|two");
}

TEST_F(NotificationMails, ADailyDigestIsOneMailAtEightGroupedByType) {
    const auto user = make_user();
    prefer(user, "email_frequency, timezone", "'daily', 'Europe/Berlin'");
    happens(user, "forum_reply", "reply one", utc(3, 30, 12h)); // the clocks go forward on the 31st
    happens(user, "listing_update", "listing", utc(3, 30, 13h));
    happens(user, "forum_reply", "reply two", utc(3, 31, 5h));
    EXPECT_EQ(write_all(utc(3, 31, 5h)), 0);
    happens(user, "forum_reply", "tomorrow", utc(3, 31, 6h));
    EXPECT_EQ(write_all(utc(3, 31, 6h)), 1);
    EXPECT_EQ(mails("subject"), "Your daily digest: 3 notifications");
    EXPECT_EQ(mails("kind"), "daily_digest");
    EXPECT_THAT(mails("unsubscribe_url"), HasSubstr("/forum_reply+listing_update"));
    EXPECT_THAT(mails("body_text"), ::testing::ContainsRegex("listing(.|\n)*reply one(.|\n)*reply two"));
    EXPECT_EQ(waiting(), "tomorrow");
    EXPECT_EQ(write_all(utc(4, 1, 6h)), 1);
}

TEST_F(NotificationMails, AWeeklyDigestComesOnMonday) {
    const auto user = make_user();
    prefer(user, "email_frequency", "'weekly'");
    happens(user, "listing_update", "on Wednesday", utc(5, 8, 12h));
    happens(user, "listing_update", "on Sunday", utc(5, 12, 12h));
    EXPECT_EQ(write_all(utc(5, 13, 7h + 59min)), 0);
    EXPECT_EQ(write_all(utc(5, 13, 8h)), 1);
    EXPECT_EQ(mails("subject"), "Your weekly digest: 2 notifications");
}

TEST_F(NotificationMails, PreferencesCountAsTheyAreWhenTheMailIsWritten) {
    const auto user = make_user();
    const auto now = mvp::now();
    prefer(user, "email_frequency", "'daily'");
    happens(user, "listing_update", "listing", now);
    happens(user, "forum_reply", "reply", now);
    EXPECT_EQ(write_all(now + 1min), 0);

    notification_preference p;
    p.email_forum_reply = false;
    p.email_frequency = mail_frequency::instant;
    field_set present;
    present.set(position(notification_preference_fields, "email_forum_reply"));
    present.set(position(notification_preference_fields, "email_frequency"));
    ASSERT_TRUE(live.run([&] { return update_notification_preferences(live.db, user, p, present); }));
    EXPECT_EQ(write_all(mvp::now() + 1s), 1);
    EXPECT_EQ(mails("subject"), "listing") << "at once, and without what he does not want any more";
    EXPECT_EQ(waiting(), "");
}

TEST_F(NotificationMails, TurningOffDropsWhatWaits) {
    const auto user = make_user();
    happens(user, "listing_update", "listing", mvp::now());
    auto turn_off = [&](uuid who) {
        std::vector<std::string> types{"listing_update", "forum_reply"};
        return *live.run([&] { return turn_off_mails(live.db, who, types); });
    };
    EXPECT_TRUE(turn_off(user));
    EXPECT_TRUE(turn_off(user)) << "twice is as good";
    EXPECT_FALSE(turn_off(uuid::random()));
    EXPECT_EQ(live.sql("SELECT count(*) FROM notification_preferences WHERE NOT email_listing_update AND NOT "
                       "email_forum_reply AND email_account_alert AND app_listing_update"),
              "1");
    const auto round = write(mvp::now() + 1s);
    EXPECT_EQ(round.written, 0);
    EXPECT_EQ(round.dropped, 1);
    EXPECT_EQ(waiting(), "");
}

TEST_F(NotificationMails, GoToActiveUsersAndTellOthersOnlyWhyTheyAreNot) {
    const auto user = make_user();
    const auto when = utc(5, 6, 12h);
    happens(user, "listing_update", "listing", when);
    happens(user, "account_alert", "Account deactivated", when);
    live.sql("UPDATE users SET is_active = false");
    EXPECT_EQ(write_all(when), 1);
    EXPECT_EQ(mails("subject"), "Account deactivated");
    EXPECT_EQ(waiting(), "");
}

TEST_F(NotificationMails, AProcessThatDiesWritesNothingAndLosesNothing) {
    const auto user = make_user();
    const auto when = utc(5, 6, 12h);
    happens(user, "listing_update", "listing", when);
    const auto sane = links.unsubscribe;
    links.unsubscribe = [&](const uuid& who, const std::vector<std::string>& types) {
        live.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                 "AND state = 'idle in transaction'"); // what PostgreSQL sees of a killed process
        return sane(who, types);
    };
    EXPECT_FALSE(live.run([&] { return write_due_mails(live.db, links, when); }));
    EXPECT_EQ(live.sql("SELECT count(*) FROM mails"), "0");
    EXPECT_EQ(waiting(), "listing");
    links.unsubscribe = sane;
    EXPECT_EQ(write_all(when), 1);
    EXPECT_EQ(mails("subject"), "listing");
}

TEST_F(NotificationMails, ManyProcessesAtOnceWriteOneDigestEach) {
    constexpr int users = 20, items = 30;
    const auto when = utc(5, 6, 12h);
    for (int i = 0; i < users; ++i) {
        const auto user = make_user("u" + std::to_string(i));
        prefer(user, "email_frequency", "'daily'");
        live.sql(
            fmt::format("INSERT INTO mail_items (user_id, type, title, message, created_at, due_at) SELECT "
                        "'{0}', 'listing_update', 'T', 'M', '{1}', '{1}' FROM generate_series(1, {2})",
                        user.text(), format_timestamp(when - 24h), items));
    }
    auto drain = [&]() -> task<int> {
        int empty = 0, written = 0;
        while (empty < 3) { // another's lock may be all that there is for a moment
            auto done = co_await write_due_mails(live.db, links, when);
            if (!done)
                co_return -1000;
            empty = done->found ? 0 : empty + 1;
            written += static_cast<int>(done->written);
        }
        co_return written;
    };
    std::vector<std::future<int>> all;
    for (std::size_t i = 0; i < 6; ++i)
        all.push_back(net::co_spawn(live.all[i % 2].io, drain(), net::use_future));
    int sum = 0;
    for (auto& one : all)
        sum += one.get();
    sum += static_cast<int>(write_all(when));
    EXPECT_EQ(sum, users);
    EXPECT_EQ(live.sql("SELECT count(DISTINCT recipient) FROM mails WHERE subject = 'Your daily digest: 30 "
                       "notifications'"),
              std::to_string(users));
    EXPECT_EQ(waiting(), "");
}

TEST_F(NotificationMails, ADigestOfVeryManyIsSeveral) {
    const auto user = make_user();
    prefer(user, "email_frequency", "'daily'");
    const auto when = utc(5, 6, 12h);
    live.sql(fmt::format(
        "INSERT INTO mail_items (user_id, type, title, message, created_at, due_at) SELECT '{0}', "
        "'listing_update', 'T', 'M', '{1}', '{1}' FROM generate_series(1, {2})",
        user.text(), format_timestamp(when - 24h), most_items + 1));
    EXPECT_EQ(write_all(when), 2);
    EXPECT_EQ(live.run([&] { return count_backlog(live.db); })->mails, 2);
}

TEST_F(NotificationMails, TheBacklogSaysHowManyEventsWaitAndHowLong) {
    live.sql("UPDATE outbox SET done_at = now() WHERE done_at IS NULL");
    EXPECT_EQ(live.run([&] { return count_backlog(live.db); })->oldest_event_seconds, 0);
    for (const auto* age : {"90 seconds", "1 second"})
        live.sql(fmt::format("INSERT INTO outbox (type, recipient, title, message, created_at) VALUES "
                             "('listing_update', gen_random_uuid(), 'T', 'M', now() - interval '{}')",
                             age));
    const auto found = live.run([&] { return count_backlog(live.db); });
    EXPECT_EQ(found->events, 2);
    EXPECT_GE(found->oldest_event_seconds, 89);
    live.sql("UPDATE outbox SET done_at = now() WHERE done_at IS NULL");
}

} // namespace
} // namespace mvp::storage
