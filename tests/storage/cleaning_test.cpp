// What the cleaner deletes and what it leaves, on a real PostgreSQL.
#include "storage/cleaning.hpp"
#include "tests/support/database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using mvp::test::live_database;

struct Cleaning : ::testing::Test {
    live_database live{2};

    bool clean_once() {
        auto done = live.run([&] { return clean(live.db); });
        EXPECT_TRUE(done) << done.error().text;
        return done && *done;
    }
    std::string left(const std::string& table, const std::string& column) {
        return live.sql("SELECT string_agg(" + column + "::text, ',' ORDER BY " + column + ") FROM " + table);
    }
    std::string add_user(const std::string& name, const std::string& code_expires) {
        auto id = live.sql("INSERT INTO users (email, password, first_name, last_name) VALUES ('" + name +
                           "@example.com', '!', 'A', 'B') RETURNING id");
        live.sql("INSERT INTO phone_codes (user_id, phone_number, code_hash, expires_at) VALUES ('" + id +
                 "', '" + name + "', 'x', now() + interval '" + code_expires + "')");
        return id;
    }
};

TEST_F(Cleaning, LogOutsGoWithTheirTokens) {
    live.sql("INSERT INTO revoked_tokens (id, user_id, expires_at) SELECT "
             "('00000000-0000-0000-0000-00000000000' || "
             "n)::uuid, gen_random_uuid(), now() + (n - 2) * interval '1 minute' + interval '1 second' FROM "
             "generate_series(0, 3) n");
    EXPECT_FALSE(clean_once());
    EXPECT_EQ(left("revoked_tokens", "right(id::text, 1)"), "2,3");
}

TEST_F(Cleaning, EventsStayAWeekAfterTheyWereDoneAndForEverUntilThen) {
    live.sql(
        "INSERT INTO outbox (type, recipient, title, message, created_at, done_at) SELECT 'account_alert', "
        "gen_random_uuid(), coalesce(d::text, 'undone'), 'm', now() - interval '1 year', now() - d * "
        "interval '1 day' + interval "
        "'1 "
        "minute' FROM unnest(ARRAY[0, 7, 8, NULL]) d");
    clean_once();
    EXPECT_EQ(left("outbox", "title"), "0,7,undone");
}

TEST_F(Cleaning, MessagesStayAMonthUnlessTheyWait) {
    const std::string rows =
        " SELECT {} state || d, state, now() - d * interval '1 day' + interval '1 minute' FROM "
        "unnest(ARRAY['waiting', 'sent', 'failed']) state, unnest(ARRAY[30, 31]) d";
    live.sql("INSERT INTO mails (recipient, subject, body_text, body_html, kind, state, created_at)" +
             fmt::format(fmt::runtime(rows), "'a', 's', 't', 'h',"));
    live.sql("INSERT INTO text_messages (recipient, body, state, created_at)" +
             fmt::format(fmt::runtime(rows), "'1',"));
    clean_once();
    EXPECT_EQ(left("mails", "kind"), "failed30,sent30,waiting30,waiting31");
    EXPECT_EQ(left("text_messages", "body"), "failed30,sent30,waiting30,waiting31");
}

TEST_F(Cleaning, WhoLookedAtAThreadIsForgottenWhenTheHourIsOver) {
    live.sql(
        "INSERT INTO users (email, password, first_name, last_name) VALUES ('a@b.c', '!', 'A', 'B');"
        "INSERT INTO forum_threads (author_id, title, description) SELECT id, 't', 'd' FROM users;"
        "INSERT INTO thread_views (thread_id, viewer, hour) SELECT id, n, date_trunc('hour', now()) - n * "
        "interval '1 hour' FROM forum_threads, generate_series(0, 4) n");
    clean_once();
    EXPECT_EQ(left("thread_views", "viewer").substr(0, 3), "0,1");
    EXPECT_EQ(live.sql("SELECT count(*) FROM thread_views WHERE viewer IN ('3', '4')"), "0");
}

TEST_F(Cleaning, ACodeThatIsBeingRenewedIsLeftAlone) {
    add_user("over", "-1 minute");
    add_user("good", "1 minute");
    const auto renewed = add_user("renewed", "-1 minute");
    auto renewing = live.run([&] {
        return live.db.transact([&](transaction& t) -> task<result<bool>> {
            static const statement renew("UPDATE phone_codes SET expires_at = now() + interval '10 minutes' "
                                         "WHERE phone_number = 'renewed'");
            auto done = co_await t.query(renew);
            if (!done)
                co_return fail(std::move(done.error()));
            co_return co_await clean(live.db); // another connection
        });
    });
    ASSERT_TRUE(renewing) << renewing.error().text;
    EXPECT_EQ(left("phone_codes", "phone_number"), "good,renewed");
}

TEST_F(Cleaning, ManyProcessesShareTheWorkBatchByBatch) {
    constexpr int batches = 6, rest = 10;
    live.sql(fmt::format("INSERT INTO revoked_tokens (id, user_id, expires_at) SELECT gen_random_uuid(), "
                         "gen_random_uuid(), now() - interval '1 minute' FROM generate_series(1, {})",
                         batches * cleaning_batch + rest));
    ASSERT_TRUE(clean_once()) << "there is more";
    EXPECT_EQ(live.sql("SELECT count(*) FROM revoked_tokens"),
              std::to_string((batches - 1) * cleaning_batch + rest));
    auto all = [&]() -> task<bool> {
        for (int round = 0; round <= batches; ++round) {
            auto more = co_await clean(live.db);
            if (!more)
                co_return false;
        }
        co_return true;
    };
    auto one = net::co_spawn(live.all[0].io, all(), net::use_future);
    auto two = net::co_spawn(live.all[1].io, all(), net::use_future);
    EXPECT_TRUE(one.get());
    EXPECT_TRUE(two.get());
    EXPECT_EQ(live.sql("SELECT count(*) FROM revoked_tokens"), "0");
}

} // namespace
} // namespace mvp::storage
