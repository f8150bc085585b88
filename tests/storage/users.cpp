#include "storage/users.hpp"
#include "storage/notification_preferences.hpp"
#include "storage/redis/client.hpp"
#include "storage/seed.hpp"
#include "tests/support/database.hpp"
#include "tests/support/private_redis.hpp"

#include <gtest/gtest.h>

using namespace mvp;
using namespace mvp::test;
namespace users = mvp::storage::users;
using storage::rows;
using storage::verification_status;

namespace {

class Users : public ::testing::Test {
  protected:
    Users() : redis(live.all, server.url()), cache(redis, {}) { redis.start(); }
    ~Users() override { redis.stop(); }

    template <class T> T run(task<result<T>> work) {
        auto r = run_on(live.all[0], std::move(work));
        if (!r)
            throw std::runtime_error(r.error().text +
                                     (r.error().fields.empty() ? "" : r.error().fields[0].texts[0]));
        return std::move(*r);
    }
    static users::new_user somebody(std::string email) {
        users::new_user who;
        who.id = uuid::random();
        who.email = std::move(email);
        who.password_hash = "hash";
        who.first_name = "Ada";
        who.last_name = "Lovelace";
        return who;
    }
    uuid add(std::string email) {
        auto who = somebody(std::move(email));
        const auto id = who.id;
        storage::mail m{who.email, "subject", "text", "html", "verification"};
        run(users::add(live.db, std::move(who), std::move(m)));
        return id;
    }
    std::string value(const std::string& column, const uuid& id) {
        return live.sql("SELECT " + column + " FROM users WHERE id = '" + id.text() + "'");
    }
    std::string events(const std::string& type) {
        return live.sql("SELECT count(*) FROM outbox WHERE type = '" + type + "'");
    }

    const uuid staff = uuid::random();
    live_database live;
    private_redis server;
    storage::redis::client redis;
    storage::cache cache;
};

TEST_F(Users, ANewUserComesWithTheMailThatAsksToVerifyHisAddress) {
    add("ada@example.com");
    EXPECT_EQ(live.sql("SELECT recipient || ' ' || kind FROM mails"), "ada@example.com verification");
}

TEST_F(Users, AnAddressThatIsTakenInAnotherCaseIsTaken) {
    add("ada@example.com");
    auto who = somebody("ADA@Example.com");
    storage::mail m{"x", "s", "t", "h", "verification"};
    auto again = run_on(live.all[0], users::add(live.db, std::move(who), std::move(m)));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().fields.at(0).path, "email");
    EXPECT_EQ(live.sql("SELECT count(*) FROM mails"), "1");
    EXPECT_TRUE(run(users::find_taken(live.db, "aDa@example.com", "")).email);
}

TEST_F(Users, ALogInHoldsOnlyWhileTheAccountIsAsItWasWhenThePasswordWasChecked) {
    const auto id = add("ada@example.com");
    auto login = run(users::find_login(live.db, std::string("ADA@example.com")));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->id, id);
    auto first = run(users::logged_in(live.db, *login, "better hash"));
    EXPECT_EQ(first.size(), 1u);
    EXPECT_EQ(value("password", id), "better hash");
    auto second =
        run(users::logged_in(live.db, *login, "another hash")); // checked before the first replaced it
    EXPECT_EQ(second.size(), 1u);
    EXPECT_EQ(value("password", id), "better hash");
    run(users::suspend(live.db, cache, id, "spam", std::nullopt));
    EXPECT_TRUE(run(users::logged_in(live.db, *login, "")).empty());
}

TEST_F(Users, APasswordChangeEndsTokensAndIsToldOnce) {
    const auto id = add("ada@example.com");
    auto login = *run(users::find_login(live.db, id));
    EXPECT_TRUE(run(users::change_password(live.db, cache, login, "new")));
    EXPECT_FALSE(
        run(users::change_password(live.db, cache, login, "newer"))); // the old hash is no longer there
    EXPECT_EQ(value("password", id), "new");
    EXPECT_EQ(value("token_generation", id), "1");
    EXPECT_EQ(events("account_alert"), "1");
}

TEST_F(Users, AResetLinkWorksOnce) {
    const auto id = add("ada@example.com");
    EXPECT_TRUE(run(users::reset_password(live.db, cache, id, 0, "new")));
    EXPECT_FALSE(run(users::reset_password(live.db, cache, id, 0, "newer")));
    EXPECT_EQ(value("password", id), "new");
}

TEST_F(Users, OfTwoSuspensionsOneSucceeds) {
    const auto id = add("ada@example.com");
    EXPECT_EQ(run(users::suspend(live.db, cache, id, "spam", std::nullopt)).size(), 1u);
    EXPECT_EQ(run(users::suspend(live.db, cache, id, "spam", std::nullopt)).size(), 0u);
    EXPECT_EQ(events("account_alert"), "1");
    EXPECT_EQ(run(users::unsuspend(live.db, cache, id)).size(), 1u);
    EXPECT_EQ(run(users::unsuspend(live.db, cache, id)).size(), 0u);
    EXPECT_EQ(value("suspension_reason", id), "");
    EXPECT_EQ(value("token_generation", id), "1");
}

TEST_F(Users, NobodySuspendsASuperuser) {
    auto root = somebody("root@example.com");
    const auto id = root.id;
    EXPECT_TRUE(run(users::add_superuser(live.db, std::move(root))));
    EXPECT_TRUE(run(users::suspend(live.db, cache, id, "x", std::nullopt)).empty());
    EXPECT_FALSE(run(users::add_superuser(live.db, somebody("ROOT@example.com"))));
}

TEST_F(Users, ASuspensionEndsWhenItsTimeIsOver) {
    const auto id = add("ada@example.com");
    run(users::suspend(live.db, cache, id, "spam", now() + std::chrono::hours(1)));
    run_on(live.all[0], [&]() -> task<bool> {
        co_await users::lift_expired_suspension(live.db, cache, id);
        co_return true;
    });
    EXPECT_EQ(value("is_suspended", id), "t");
    live.sql("UPDATE users SET suspension_until = now() - interval '1 second'");
    EXPECT_FALSE(run(users::find_login(live.db, id))->suspended);
    run_on(live.all[0], [&]() -> task<bool> {
        co_await users::lift_expired_suspension(live.db, cache, id);
        co_return true;
    });
    EXPECT_EQ(value("is_suspended", id), "f");
}

TEST_F(Users, LosingVerificationEndsSelling) {
    const auto id = add("ada@example.com");
    EXPECT_TRUE(run(users::set_selling(live.db, cache, id, true)).empty()); // not verified yet
    EXPECT_EQ(
        run(users::set_verification(live.db, cache, id, staff, verification_status::verified, "")).size(),
        1u);
    EXPECT_EQ(
        run(users::set_verification(live.db, cache, id, staff, verification_status::verified, "")).size(),
        0u);
    EXPECT_EQ(run(users::set_selling(live.db, cache, id, true)).size(), 1u);
    EXPECT_EQ(
        run(users::set_verification(live.db, cache, id, staff, verification_status::rejected, "blurred"))
            .size(),
        1u);
    EXPECT_EQ(value("is_seller", id), "f");
    EXPECT_EQ(events("verification_status"), "2");
    EXPECT_NE(live.sql("SELECT message FROM outbox ORDER BY id DESC LIMIT 1").find("blurred"),
              std::string::npos);
}

TEST_F(Users, AVerifiedUserHandsInNoDocument) {
    const auto id = add("ada@example.com");
    auto first = run(users::submit_verification(live.db, cache, id, "private/a.pdf"));
    EXPECT_EQ(first.replaced, "");
    auto second = run(users::submit_verification(live.db, cache, id, "private/b.pdf"));
    EXPECT_EQ(second.replaced, "private/a.pdf");
    EXPECT_EQ(value("verification_count", id), "2");
    EXPECT_EQ(run(users::verification_document(live.db, id)), "private/b.pdf");
    run(users::set_verification(live.db, cache, id, staff, verification_status::verified, ""));
    EXPECT_TRUE(run(users::submit_verification(live.db, cache, id, "private/c.pdf")).profile.empty());
}

TEST_F(Users, APhoneCodeWorksOnceAndFiveTriesEndIt) {
    const auto id = add("ada@example.com");
    EXPECT_FALSE(run(users::send_phone_code(live.db, id, "right", "code"))); // no phone
    live.sql("UPDATE users SET phone_number = '+8801711111111'");
    EXPECT_TRUE(run(users::send_phone_code(live.db, id, "right", "code")));
    EXPECT_EQ(live.sql("SELECT recipient || ' ' || body FROM text_messages"), "+8801711111111 code");
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(run(users::verify_phone(live.db, cache, id, "wrong")));
    EXPECT_TRUE(run(users::verify_phone(live.db, cache, id, "right")));
    EXPECT_FALSE(run(users::verify_phone(live.db, cache, id, "right")));
    EXPECT_FALSE(run(users::send_phone_code(live.db, id, "right", "code"))); // verified already
    live.sql("UPDATE users SET phone_verified = false");
    EXPECT_TRUE(run(users::send_phone_code(live.db, id, "right", "code")));
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(run(users::verify_phone(live.db, cache, id, "wrong")));
    EXPECT_FALSE(run(users::verify_phone(live.db, cache, id, "right")));
}

TEST_F(Users, AnotherPhoneNumberIsNotVerified) {
    const auto id = add("ada@example.com");
    live.sql("UPDATE users SET phone_number = '+8801711111111', phone_verified = true");
    storage::user values;
    storage::field_set present;
    values.phone_number = "+8801711111111";
    present.set(storage::position(storage::user_fields, "phone_number"));
    run(users::update(live.db, cache, id, staff, values, present));
    EXPECT_EQ(value("phone_verified", id), "t");
    values.phone_number = "+8801722222222";
    run(users::update(live.db, cache, id, staff, values, present));
    EXPECT_EQ(value("phone_verified", id), "f");
}

TEST_F(Users, AnUpdateWritesOnlyWhatWasSent) {
    const auto id = add("ada@example.com");
    storage::user values;
    storage::field_set present;
    values.bio = "hi";
    values.first_name = "not sent";
    present.set(storage::position(storage::user_fields, "bio"));
    EXPECT_EQ(run(users::update(live.db, cache, id, staff, values, present)).shown.size(), 1u);
    EXPECT_EQ(value("first_name || ' ' || bio", id), "Ada hi");
    EXPECT_TRUE(run(users::update(live.db, cache, uuid::random(), staff, values, present)).shown.empty());
}

TEST_F(Users, SwitchingSomebodyOffEndsHisTokensOnce) {
    const auto id = add("ada@example.com");
    storage::user values;
    storage::field_set present;
    values.is_active = false;
    present.set(storage::position(storage::user_fields, "is_active"));
    run(users::update(live.db, cache, id, staff, values, present));
    run(users::update(live.db, cache, id, staff, values, present));
    EXPECT_EQ(value("token_generation", id), "1");
    EXPECT_EQ(events("account_alert"), "1");
    EXPECT_TRUE(run(users::deactivate(live.db, cache, id)).empty());
}

TEST_F(Users, TwoBlankCompanyNumbersDoNotCollideAndTwoEqualOnesDo) {
    const auto a = add("a@example.com"), b = add("b@example.com");
    storage::user values;
    storage::field_set present;
    present.set(storage::position(storage::user_fields, "company_registration_number"));
    values.company_registration_number = "";
    run(users::update(live.db, cache, a, staff, values, present));
    run(users::update(live.db, cache, b, staff, values, present));
    values.company_registration_number = "REG-1";
    run(users::update(live.db, cache, a, staff, values, present));
    auto taken = run_on(live.all[0], users::update(live.db, cache, b, staff, values, present));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().fields.at(0).texts.at(0), users::company_registration_number_taken);
}

TEST_F(Users, AChangeOfWhatOthersSeeReachesTheCachedCars) {
    const auto id = add("ada@example.com");
    const auto car = live.sql(
        "INSERT INTO cars (seller_id, make, model, year, mileage, transmission, fuel_type, condition, price,"
        " title, description, city, state_province, country) VALUES ('" +
        id.text() +
        "', 'a', 'b', 2000, 1, 'manual', 'petrol', 'good', 1, 't', 'd', 'c', 's', 'c') RETURNING id");
    struct dropped_tags {
        std::mutex mutex;
        std::vector<std::string> all;
    };
    const auto dropped = std::make_shared<dropped_tags>(); // Redis tells of them again, maybe after the test
    cache.on_invalidate([dropped](std::string_view tag) {
        std::lock_guard lock(dropped->mutex);
        dropped->all.emplace_back(tag);
    });
    run(users::set_verification(live.db, cache, id, staff, verification_status::verified, ""));
    std::lock_guard lock(dropped->mutex);
    for (const auto& tag :
         {"cars:" + car, std::string("cars:public"), "account:" + id.text(), "users:" + id.text()})
        EXPECT_NE(std::find(dropped->all.begin(), dropped->all.end(), tag), dropped->all.end()) << tag;
}

TEST_F(Users, StrangersSeeVerifiedUsersWhoAreNotHidden) {
    const auto a = add("a@example.com"), b = add("b@example.com");
    const storage::viewer stranger{b, false}, staff{b, true};
    EXPECT_TRUE(run(users::profile(live.db, a, stranger)).empty());
    EXPECT_EQ(run(users::profile(live.db, a, staff)).size(), 1u);
    live.sql("UPDATE users SET verification_status = 'verified'");
    EXPECT_EQ(run(users::profile(live.db, a, stranger)).size(), 1u);
    live.sql("UPDATE users SET is_suspended = true WHERE id = '" + a.text() + "'");
    EXPECT_TRUE(run(users::profile(live.db, a, stranger)).empty());
    users::list_filters none;
    EXPECT_EQ(run(users::list(live.db, stranger, none, {})).summaries.size(), 1u);
    EXPECT_EQ(run(users::list(live.db, staff, none, {})).summaries.size(), 2u);
    const users::list_window second{1, 1};
    const auto page = run(users::list(live.db, staff, none, second));
    EXPECT_EQ(page.count, 2);
    EXPECT_EQ(page.summaries.size(), 1u);
}

TEST_F(Users, PreferencesAreMadeOnceHoweverManyAsk) {
    const auto id = add("a@example.com");
    std::vector<std::future<result<rows>>> asked;
    for (int i = 0; i < 8; ++i)
        asked.push_back(net::co_spawn(live.all[0].io.get_executor(),
                                      storage::notification_preferences(live.db, id), net::use_future));
    std::set<std::string> ids;
    for (auto& a : asked) {
        auto r = a.get();
        ASSERT_TRUE(r) << r.error().text;
        ids.insert(std::string(r->front().text(0)));
    }
    EXPECT_EQ(ids.size(), 1u);
}

TEST_F(Users, QuietHoursNeedBothTimesWhereverTheyComeFrom) {
    const auto id = add("a@example.com");
    storage::notification_preference p;
    storage::field_set present;
    const storage::field_table table = storage::notification_preference_fields;
    p.quiet_hours_enabled = true;
    present.set(storage::position(table, "quiet_hours_enabled"));
    auto refused = run_on(live.all[0], storage::update_notification_preferences(live.db, id, p, present));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fields.at(0).path, "quiet_hours_start");
    p.quiet_hours_start = storage::time_of_day{std::chrono::hours(22)};
    p.quiet_hours_end = storage::time_of_day{std::chrono::hours(7)};
    storage::field_set times;
    times.set(storage::position(table, "quiet_hours_start")).set(storage::position(table, "quiet_hours_end"));
    run(storage::update_notification_preferences(live.db, id, p, times));
    run(storage::update_notification_preferences(live.db, id, p, present)); // the times are stored by now
    EXPECT_TRUE(storage::is_time_zone("Asia/Dhaka"));
    EXPECT_FALSE(storage::is_time_zone("Mars/Base"));
}

TEST_F(Users, SeedingIsDeterministicAndMayBeRepeated) {
    storage::seed_options how;
    how.password_hash = "hash";
    const auto seeded = [&] {
        auto done = run_on(live.all[0], storage::seed(live.db, how));
        ASSERT_TRUE(done) << done.error().text;
    };
    const auto fingerprint = [&] {
        return live.sql("SELECT md5(string_agg(c::text, '' ORDER BY c.id)) || count(*) FROM cars c") +
               live.sql("SELECT count(*) || ' ' || sum(notification_seq) FROM users") +
               live.sql("SELECT count(*) FROM notifications") + live.sql("SELECT count(*) FROM car_images");
    };
    seeded();
    const auto once = fingerprint();
    EXPECT_EQ(live.sql("SELECT count(*) FROM users"), "200");
    EXPECT_EQ(live.sql("SELECT count(*) FROM cars"), "2000");
    seeded();
    EXPECT_EQ(fingerprint(), once);
    for (const auto email : storage::demo_logins)
        EXPECT_TRUE(run(users::find_login(live.db, std::string(email)))) << email;
}

} // namespace
