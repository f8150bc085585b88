#include "actors/sender.hpp"
#include "storage/mails.hpp"
#include "storage/notifications.hpp"
#include "storage/text_messages.hpp"
#include "storage/timer.hpp"
#include "tests/actors/live/process.hpp"

#include <fmt/format.h>

namespace mvp::actors {
namespace {

using mvp::test::eventually;
using mvp::test::live_database;
using storage::send_outcome;

struct Outbox : ::testing::Test {
    live_database live{2};

    uuid make_user(const std::string& name) {
        return *uuid::parse(
            live.sql(fmt::format("INSERT INTO users (email, password, first_name, last_name) VALUES "
                                 "('{}@example.com', '!', 'A', 'L') RETURNING id",
                                 name)));
    }
    void raise_event(const std::string& type, const std::string& recipient) {
        live.sql(
            fmt::format("INSERT INTO outbox (type, recipient, title, message) VALUES ('{}', {}, 'T', 'M')",
                        type, recipient));
    }
    storage::deliveries deliver(std::size_t limit = 100) {
        auto done = live.run([&] { return storage::deliver_events(live.db, limit); });
        EXPECT_TRUE(done) << done.error().text;
        return done.value_or(storage::deliveries{});
    }
    std::string quoted(uuid id) { return "'" + id.text() + "'"; }
};

TEST_F(Outbox, NumbersEachUsersNotificationsWithoutGaps) {
    const uuid a = make_user("a"), b = make_user("b");
    for (const uuid& to : {a, b, a, a, b})
        raise_event("listing_update", quoted(to));
    auto done = deliver();
    EXPECT_EQ(done.events, 5);
    EXPECT_EQ(done.made, 5);
    EXPECT_EQ(done.users.size(), 2u);
    EXPECT_FALSE(done.more);
    EXPECT_EQ(live.sql("SELECT string_agg(seq::text, ',' ORDER BY seq) FROM notifications WHERE user_id = " +
                       quoted(a)),
              "1,2,3");
    EXPECT_EQ(live.sql("SELECT notification_seq FROM users WHERE id = " + quoted(b)), "2");
    EXPECT_EQ(deliver().events, 0) << "done once";
}

TEST_F(Outbox, WhatTheRecipientDoesNotWantMakesNoRowAndNoGap) {
    const uuid user = make_user("a");
    live.sql("INSERT INTO notification_preferences (user_id, app_listing_update) VALUES (" + quoted(user) +
             ", false)");
    raise_event("account_alert", quoted(user));
    raise_event("listing_update", quoted(user));
    raise_event("account_alert", quoted(user));
    auto done = deliver();
    EXPECT_EQ(done.events, 3);
    EXPECT_EQ(done.made, 2);
    EXPECT_EQ(live.sql("SELECT string_agg(seq || notification_type, ',' ORDER BY seq) FROM notifications"),
              "1account_alert,2account_alert");
}

TEST_F(Outbox, AnEventForAnErasedUserIsDone) {
    raise_event("listing_update", "gen_random_uuid()");
    EXPECT_EQ(deliver().made, 0);
    EXPECT_EQ(live.sql("SELECT count(*) FROM outbox WHERE done_at IS NULL"), "0");
}

TEST_F(Outbox, AnEventThatIsRefusedHoldsUpNoOther) {
    const uuid user = make_user("a");
    raise_event("listing_update", quoted(user));
    raise_event("nonsense", quoted(user));
    raise_event("listing_update", quoted(user));
    auto done = deliver();
    EXPECT_EQ(done.made, 2);
    EXPECT_EQ(done.put_aside, 1);
    EXPECT_EQ(live.sql("SELECT attempts FROM outbox WHERE done_at IS NULL AND last_error <> '' AND "
                       "next_attempt_at > now() + interval '5 seconds'"),
              "1");
    EXPECT_EQ(deliver().events, 0) << "its pause is not over";
}

TEST_F(Outbox, ManyRelaysAtOnceDeliverEverythingOnce) {
    std::vector<uuid> users;
    for (int i = 0; i < 5; ++i)
        users.push_back(make_user("u" + std::to_string(i)));
    for (const auto& user : users)
        live.sql("INSERT INTO outbox (type, recipient, title, message) SELECT 'listing_update', " +
                 quoted(user) + ", 'T', 'M' FROM generate_series(1, 100)");
    auto drain = [&]() -> task<int> {
        int made = 0;
        for (;;) {
            auto done = co_await storage::deliver_events(live.db, 7);
            if (!done)
                co_return -10000;
            made += static_cast<int>(done->made);
            if (done->events == 0)
                co_return made;
        }
    };
    auto one = net::co_spawn(live.all[0].io, drain(), net::use_future);
    auto two = net::co_spawn(live.all[1].io, drain(), net::use_future);
    auto three = net::co_spawn(live.all[1].io, drain(), net::use_future);
    EXPECT_EQ(one.get() + two.get() + three.get(), 500);
    EXPECT_EQ(
        live.sql(
            "SELECT count(*) FROM users WHERE notification_seq = 100 AND (SELECT count(*) FROM notifications "
            "WHERE user_id = users.id) = 100"),
        "5");
}

TEST_F(Outbox, MarkingAsUnreadGivesTheCountBack) {
    const uuid user = make_user("a");
    raise_event("listing_update", quoted(user));
    deliver();
    const auto id = *uuid::parse(live.sql("SELECT id FROM notifications"));
    auto mark = [&](bool read) {
        return *live.run([&]() { return storage::mark_notifications(live.db, user, std::vector{id}, read); });
    };
    EXPECT_EQ(mark(true).unread, 0);
    const auto first = live.sql("SELECT read_at FROM notifications");
    auto again = mark(true);
    EXPECT_EQ(again.changed, 0);
    EXPECT_EQ(again.found, 1);
    EXPECT_EQ(live.sql("SELECT read_at FROM notifications"), first) << "read_at is set the first time";
    auto back = mark(false);
    EXPECT_EQ(back.changed, 1);
    EXPECT_EQ(back.unread, 1);
    EXPECT_EQ(live.sql("SELECT read_at IS NULL AND read_seq IS NULL FROM notifications"), "t");
}

// --- mails

struct Mails : Outbox {
    std::mutex mutex;
    std::vector<std::string> handed_over; // ids

    std::string add_mail(const std::string& to = "a@example.com") {
        return live.sql("INSERT INTO mails (recipient, subject, body_text, body_html, kind) VALUES ('" + to +
                        "', 'S', 't', '<p>t</p>', 'verification') RETURNING id");
    }
    storage::mail_sender taking() {
        return [this](storage::mailing::outgoing mail) -> task<result<>> {
            std::lock_guard lock(mutex);
            handed_over.push_back(mail.id);
            co_return result<>();
        };
    }
    static storage::mail_sender answering(errc code) {
        return [code](storage::mailing::outgoing) -> task<result<>> { co_return fail(code, "450 not now"); };
    }
    send_outcome deliver_one(storage::mail_sender send) {
        auto done = live.run([&] { return storage::deliver_mail(live.db, send); });
        EXPECT_TRUE(done) << done.error().text;
        return *done;
    }
};

TEST_F(Mails, AreHandedOverOnce) {
    const auto id = add_mail();
    EXPECT_EQ(deliver_one(taking()), send_outcome::sent);
    EXPECT_EQ(deliver_one(taking()), send_outcome::none_due);
    EXPECT_EQ(handed_over, std::vector{id});
    EXPECT_EQ(live.sql("SELECT state FROM mails WHERE sent_at IS NOT NULL AND attempts = 1"), "sent");
}

TEST_F(Mails, ThoseThatSomebodyAskedForGoFirst) {
    const auto digest = add_mail(), reset = add_mail();
    live.sql("UPDATE mails SET unsubscribe_url = 'https://x.example/out' WHERE id = '" + digest + "'");
    live.sql("UPDATE mails SET next_attempt_at = now() - interval '1 hour' WHERE id = '" + digest + "'");
    EXPECT_EQ(deliver_one(taking()), send_outcome::sent);
    EXPECT_EQ(deliver_one(taking()), send_outcome::sent);
    EXPECT_EQ(handed_over, (std::vector{reset, digest}));
}

TEST_F(Mails, AreTriedAgainAfterGrowingPauses) {
    add_mail();
    for (int seconds : {5, 15, 45}) {
        EXPECT_EQ(deliver_one(answering(errc::unavailable)), send_outcome::postponed);
        EXPECT_EQ(live.sql("SELECT round(extract(epoch FROM next_attempt_at - now())) FROM mails"),
                  std::to_string(seconds));
        EXPECT_EQ(deliver_one(taking()), send_outcome::none_due);
        live.sql("UPDATE mails SET next_attempt_at = now()");
    }
    EXPECT_EQ(live.sql("SELECT last_error FROM mails"), "450 not now");
    EXPECT_EQ(deliver_one(taking()), send_outcome::sent);
}

TEST_F(Mails, AreGivenUpWhenRefusedForGoodOrTriedForADay) {
    add_mail();
    EXPECT_EQ(deliver_one(answering(errc::refused)), send_outcome::failed);
    EXPECT_EQ(live.sql("SELECT state FROM mails"), "failed");
    live.sql("UPDATE mails SET state = 'waiting', next_attempt_at = now(), attempts = 29");
    EXPECT_EQ(deliver_one(answering(errc::unavailable)), send_outcome::failed);
}

TEST_F(Mails, AMailThatIsBeingSentIsNobodyElses) {
    add_mail();
    std::promise<void> begun;
    storage::mail_sender sending = [&](storage::mailing::outgoing) -> task<result<>> {
        begun.set_value();
        timer wait(live.all[0].io.get_executor(), std::chrono::milliseconds(300));
        co_await wait.async_wait(use_task);
        co_return result<>();
    };
    auto first = net::co_spawn(live.all[0].io, storage::deliver_mail(live.db, sending), net::use_future);
    begun.get_future().wait();
    auto second = net::co_spawn(live.all[1].io, storage::deliver_mail(live.db, taking()), net::use_future);
    EXPECT_EQ(second.get(), send_outcome::none_due);
    EXPECT_EQ(first.get(), send_outcome::sent);
}

TEST_F(Mails, AMailWhoseProcessDiedBeforeHandingItOverIsSentByTheNext) {
    const auto id = add_mail();
    storage::mail_sender dying = [&](storage::mailing::outgoing) -> task<result<>> {
        live.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
            "state = 'idle in transaction'"); // what PostgreSQL sees of a killed process
        co_return fail(errc::unavailable, "killed");
    };
    auto lost = live.run([&] { return storage::deliver_mail(live.db, dying); });
    EXPECT_FALSE(lost);
    EXPECT_EQ(deliver_one(taking()), send_outcome::sent);
    EXPECT_EQ(handed_over, std::vector{id});
}

// --- text messages

struct TextMessages : Outbox {
    void add_message() {
        live.sql(
            "INSERT INTO text_messages (recipient, body) VALUES ('+8801712345678', 'Your code: 123456')");
    }
    send_outcome deliver_one(storage::text_message_sender send) {
        auto done = live.run([&] { return storage::deliver_text_message(live.db, send); });
        EXPECT_TRUE(done) << done.error().text;
        return *done;
    }
    static storage::text_message_sender answering(errc code) {
        return [code](storage::mailing::text_message) -> task<result<>> {
            co_return fail(code, "answered 503");
        };
    }
    std::string state() {
        return live.sql("SELECT state || attempts || coalesce(last_error, '') FROM text_messages");
    }
};

TEST_F(TextMessages, AreHandedOverOnce) {
    add_message();
    std::string to, text;
    storage::text_message_sender taking = [&](storage::mailing::text_message m) -> task<result<>> {
        to = m.to;
        text = m.text;
        co_return result<>();
    };
    EXPECT_EQ(deliver_one(taking), send_outcome::sent);
    EXPECT_EQ(to, "+8801712345678");
    EXPECT_EQ(text, "Your code: 123456");
    EXPECT_EQ(state(), "sent1");
    EXPECT_EQ(live.sql("SELECT sent_at IS NOT NULL FROM text_messages"), "t");
    EXPECT_EQ(deliver_one(answering(errc::internal)), send_outcome::none_due);
}

TEST_F(TextMessages, AreGivenUpWhenRefusedForGood) {
    add_message();
    EXPECT_EQ(deliver_one(answering(errc::refused)), send_outcome::failed);
    EXPECT_EQ(state(), "failed1answered 503");
    EXPECT_EQ(deliver_one(answering(errc::refused)), send_outcome::none_due);
}

TEST_F(TextMessages, AreGivenUpUnsentWhenTheirCodeHasExpired) {
    add_message();
    live.sql("UPDATE text_messages SET created_at = now() - interval '11 minutes'");
    EXPECT_EQ(deliver_one(answering(errc::internal)), send_outcome::failed);
    EXPECT_EQ(state(), "failed1the code in it has expired");
}

TEST_F(TextMessages, AreTriedForAsLongAsTheirCodeIsOfUse) {
    add_message();
    int seconds = 0;
    for (int n = 1; n <= 5; ++n) {
        EXPECT_EQ(deliver_one(answering(errc::unavailable)), send_outcome::postponed);
        EXPECT_EQ(deliver_one(answering(errc::unavailable)), send_outcome::none_due)
            << "its pause is not over";
        seconds += std::stoi(
            live.sql("SELECT round(extract(epoch FROM next_attempt_at - now())) FROM text_messages"));
        live.sql("UPDATE text_messages SET next_attempt_at = now()");
    }
    EXPECT_NEAR(seconds, 600, 30);
    EXPECT_EQ(deliver_one(answering(errc::unavailable)), send_outcome::failed);
    EXPECT_EQ(state(), "failed6answered 503");
}

TEST(Sender, SendsWhatIsCommittedAnywhereAndStops) {
    std::mutex mutex;
    std::vector<std::string> to;
    storage::mail_sender keep = [&](storage::mailing::outgoing mail) -> task<result<>> {
        std::lock_guard lock(mutex);
        to.push_back(mail.to);
        co_return result<>();
    };
    mvp::test::test_database database;
    process p(database.url());
    sender mails(p.actors, p.db, "mails", [&] { return storage::deliver_mail(p.db, keep); });
    p.start(false);
    for (int i = 0; i < 20; ++i)
        mvp::test::run_sql(
            database.url(),
            fmt::format("INSERT INTO mails (recipient, subject, body_text, body_html, kind) VALUES "
                        "('{}@example.com', 'S', 't', '<p>t</p>', 'verification')",
                        i));
    EXPECT_TRUE(eventually([&] { return mails.counts().sent == 20; }));
    mails.stop();
    std::sort(to.begin(), to.end());
    EXPECT_EQ(std::unique(to.begin(), to.end()), to.end());
}

} // namespace
} // namespace mvp::actors
