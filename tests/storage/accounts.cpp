#include "storage/accounts.hpp"
#include "storage/redis/client.hpp"
#include "tests/support/database.hpp"
#include "tests/support/private_redis.hpp"

#include <gtest/gtest.h>

using namespace mvp;
using namespace mvp::test;
using namespace std::chrono_literals;
using storage::account_ptr;

namespace {

/// One process' Redis, cache and accounts, on the loops of a live database.
struct account_room {
    account_room(live_database& d, std::string url, std::size_t capacity = 1000)
        : live(d), redis(d.all, std::move(url)), kept(redis, {}), known(d.db, kept, capacity) {
        redis.start();
    }
    ~account_room() { redis.stop(); }
    bool trusts() {
        return eventually([&] { return kept.trusted() && redis.connected(); });
    }
    account_ptr find(const uuid& id) {
        auto r = run_on(live.all[0], known.find(id));
        if (!r)
            throw std::runtime_error(r.error().text);
        return *r;
    }
    void invalidate(const uuid& id) {
        run_on(live.all[0], [this, id]() -> task<bool> { return told(id); });
    }
    task<bool> told(uuid id) {
        std::vector<std::string> tags{"account:" + id.text()};
        co_await kept.invalidate(std::move(tags));
        co_return true;
    }
    live_database& live;
    storage::redis::client redis;
    storage::cache kept;
    storage::accounts known;
};

uuid add_user(live_database& live, const std::string& email) {
    return *uuid::parse(live.sql("INSERT INTO users (email, password, first_name, last_name) VALUES ('" +
                                 email + "', 'x', 'A', 'B') RETURNING id"));
}

} // namespace

TEST(Accounts, AnAccountCarriesWhatItsRowSays) {
    live_database live;
    private_redis server;
    account_room room(live, server.url());
    ASSERT_TRUE(room.trusts());
    const auto id = add_user(live, "a@example.com");
    const auto family = uuid::random(), over = uuid::random();
    live.sql(
        "UPDATE users SET is_staff = true, is_seller = true, user_type = 'company', "
        "verification_status = 'verified', is_suspended = true, suspension_until = '2030-01-02 03:04:05Z', "
        "token_generation = 7, tokens_valid_after = '2020-01-01Z', date_joined = '2019-01-01Z'");
    live.sql("INSERT INTO revoked_tokens (id, user_id, expires_at) VALUES ('" + family.text() + "', '" +
             id.text() + "', now() + interval '1 day'), ('" + over.text() + "', '" + id.text() +
             "', now() - interval '1 day')");
    const auto a = room.find(id);
    ASSERT_TRUE(a);
    EXPECT_EQ(a->id, id);
    EXPECT_TRUE(a->is_active && a->is_staff && a->is_seller && a->is_company && a->is_verified &&
                a->is_suspended);
    EXPECT_FALSE(a->is_superuser);
    EXPECT_EQ(a->suspended_until, parse_timestamp("2030-01-02T03:04:05Z"));
    EXPECT_EQ(a->token_generation, 7);
    EXPECT_EQ(a->tokens_valid_after, parse_timestamp("2020-01-01T00:00:00Z"));
    EXPECT_EQ(a->date_joined, *parse_timestamp("2019-01-01T00:00:00Z"));
    EXPECT_EQ(a->revoked_families, std::vector<uuid>{family});
}

TEST(Accounts, AWarmAccountCostsNoQuery) {
    live_database live;
    private_redis server;
    account_room room(live, server.url());
    ASSERT_TRUE(room.trusts());
    const auto id = add_user(live, "a@example.com");
    EXPECT_FALSE(room.known.find_near(id));
    ASSERT_TRUE(room.find(id));
    const auto statements = live.db.statements();
    EXPECT_TRUE(room.find(id));
    EXPECT_TRUE(room.known.find_near(id));
    EXPECT_EQ(live.db.statements(), statements);
}

TEST(Accounts, AnUnknownUserIsNullAndNotRemembered) {
    live_database live;
    private_redis server;
    account_room room(live, server.url());
    ASSERT_TRUE(room.trusts());
    const auto id = uuid::random();
    EXPECT_FALSE(room.find(id));
    live.sql("INSERT INTO users (id, email, password, first_name, last_name) VALUES ('" + id.text() +
             "', 'late@example.com', 'x', 'A', 'B')");
    EXPECT_TRUE(room.find(id));
}

TEST(Accounts, ASuspensionIsFeltOnEveryProcess) {
    live_database live;
    private_redis server;
    account_room one(live, server.url()), two(live, server.url());
    ASSERT_TRUE(one.trusts() && two.trusts());
    const auto id = add_user(live, "a@example.com");
    EXPECT_FALSE(one.find(id)->is_suspended);
    EXPECT_FALSE(two.find(id)->is_suspended);
    live.sql("UPDATE users SET is_suspended = true");
    one.invalidate(id);
    EXPECT_FALSE(one.known.find_near(id));
    EXPECT_TRUE(one.find(id)->is_suspended);
    EXPECT_TRUE(eventually([&] { return two.find(id)->is_suspended; }, 100ms));
}

TEST(Accounts, WithoutRedisEveryAnswerIsReadAndRight) {
    live_database live;
    private_redis server;
    account_room room(live, server.url());
    ASSERT_TRUE(room.trusts());
    const auto id = add_user(live, "a@example.com");
    ASSERT_TRUE(room.find(id)->is_active);
    server.kill();
    ASSERT_TRUE(eventually([&] { return !room.kept.trusted(); }));
    live.sql("UPDATE users SET is_active = false");
    EXPECT_FALSE(room.known.find_near(id));
    EXPECT_FALSE(room.find(id)->is_active);
    live.sql("UPDATE users SET is_active = true");
    EXPECT_TRUE(room.find(id)->is_active);
    EXPECT_FALSE(room.known.find_near(id));
    server.start();
    ASSERT_TRUE(room.trusts());
    EXPECT_TRUE(room.find(id));
    EXPECT_TRUE(eventually([&] {
        room.find(id);
        return room.known.find_near(id) != nullptr;
    }));
}

TEST(Accounts, ASlowReadFromBeforeAnInvalidationIsNotKept) {
    live_database live;
    private_redis server;
    account_room room(live, server.url());
    ASSERT_TRUE(room.trusts());
    const auto id = add_user(live, "a@example.com");
    // Holding the table makes the read wait, whatever it will see then.
    const auto blocker = open_sql(live.url());
    const auto blocks = [&](const std::string& sql) {
        checked(blocker.get(), PQexec(blocker.get(), sql.c_str()), sql);
    };
    blocks("BEGIN");
    blocks("LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
    auto late = net::co_spawn(live.all[0].io.get_executor(), room.known.find(id), net::use_future);
    ASSERT_TRUE(eventually([&] {
        return live.sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass") !=
               "0";
    }));
    room.invalidate(id);
    blocks("COMMIT");
    EXPECT_TRUE(*late.get());
    EXPECT_FALSE(room.known.find_near(id));
}

TEST(Accounts, TheNumberOfKeptAccountsIsBounded) {
    live_database live;
    private_redis server;
    account_room room(live, server.url(), 64);
    ASSERT_TRUE(room.trusts());
    live.sql("INSERT INTO users (email, password, first_name, last_name) "
             "SELECT n || '@example.com', 'x', 'A', 'B' FROM generate_series(1, 400) n");
    const auto ids = live.sql("SELECT string_agg(id::text, '') FROM users");
    std::vector<uuid> all;
    for (std::size_t i = 0; i < ids.size(); i += 36) {
        all.push_back(*uuid::parse(ids.substr(i, 36)));
        ASSERT_TRUE(room.find(all.back()));
    }
    std::size_t kept = 0;
    for (const auto& id : all)
        kept += room.known.find_near(id) != nullptr;
    EXPECT_GT(kept, 10u);
    EXPECT_LE(kept, 100u);
    EXPECT_TRUE(room.known.find_near(all.back()));
}
