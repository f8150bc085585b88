// A process that is killed between its commit and its invalidation: what others keep of the old state falls
// when somebody's relay delivers the event that was committed with the change.
#include "storage/accounts.hpp"
#include "storage/cache.hpp"
#include "storage/cars.hpp"
#include "storage/invalidation.hpp"
#include "storage/model/user.hpp"
#include "storage/part_categories.hpp"
#include "storage/parts.hpp"
#include "storage/users.hpp"
#include "tests/actors/live/process.hpp"

#include <chrono>
#include <fmt/format.h>

namespace mvp::actors {
namespace {

namespace cars = storage::cars;
namespace categories = storage::part_categories;
namespace parts = storage::parts;
namespace users = storage::users;
using clock = std::chrono::steady_clock;
using mvp::test::eventually;

/// A process with the caches that a server has.
struct caching_process : process {
    explicit caching_process(const std::string& database)
        : process(database), kept(redis, {}), known(db, kept) {}
    ~caching_process() {
        if (watched)
            watched->stop();
        redis.stop(); // before what it calls goes
    }
    void start_and_relay() {
        watched.emplace(actors, db, boxes, [this](std::vector<storage::event_subject> about) {
            return storage::invalidate(db, kept, std::move(about));
        });
        start_caching();
    }
    void start_caching() {
        start(false);
        if (!eventually([&] { return kept.trusted(); }))
            throw std::runtime_error("the cache is not trusted");
    }
    storage::account_ptr account(uuid id) {
        auto found = run([&] { return known.find(id); });
        return found ? *found : nullptr;
    }
    /// What is cached under the tag; `now` is kept when nothing is.
    std::string body(const std::string& tag, const std::string& now) {
        auto got = run([&] {
            storage::cache::maker make = [now]() -> task<result<std::string>> { co_return now; };
            return kept.get(tag, "v", make);
        });
        return got ? (*got)->bytes : got.error().text;
    }
    storage::cache kept;
    storage::accounts known;
    std::optional<relay> watched;
};

/// Commits, and dies before anybody hears of it: its cache never reaches Redis, and it relays nothing.
struct killed_process {
    explicit killed_process(const std::string& database)
        : db(all, process::with_url(database)), redis(all, redis_url()), unheard(redis, {}) {
        all.start();
        db.start();
        if (!eventually([&] { return db.available(); }))
            throw std::runtime_error("no connection to the test's database");
    }
    ~killed_process() {
        db.stop();
        all.stop_and_join();
    }
    /// Runs a change that must happen.
    template <class F> void commit(F change) {
        auto done = mvp::test::run_on(all[0], std::move(change));
        ASSERT_TRUE(done) << done.error().text;
    }
    loops all{1};
    storage::database db;
    storage::redis::client redis; // not started
    storage::cache unheard;
};

struct KilledWriter : ::testing::Test {
    KilledWriter() {
        relaying.start_and_relay();
        reading.start_caching();
        user = id_of(
            sql("INSERT INTO users (email, password, first_name, last_name, is_seller, verification_status) "
                "VALUES ('a@example.com', 'old', 'A', 'B', true, 'verified') RETURNING id"));
        staff = id_of(sql("INSERT INTO users (email, password, first_name, last_name, is_staff) VALUES "
                          "('s@example.com', '!', 'S', 'B', true) RETURNING id"));
    }
    std::string sql(const std::string& text) { return mvp::test::run_sql(database.url(), text); }
    static uuid id_of(const std::string& text) { return *uuid::parse(text); }
    uuid add_car(const std::string& status) {
        return id_of(sql(fmt::format("INSERT INTO cars (seller_id, make, model, year, mileage, transmission, "
                                     "fuel_type, condition, price, title, "
                                     "description, city, state_province, country, status) VALUES ('{}', "
                                     "'Toyota', 'Camry', 2020, 1, 'manual', "
                                     "'petrol', 'good', 1, 't', 'd', 'c', 's', 'x', '{}') RETURNING id",
                                     user.text(), status)));
    }
    storage::viewer by_staff() const { return {staff, true}; }
    storage::viewer by_owner() const { return {user, false}; }

    /// The reader knows the old account; the change is committed; he must know the new one within a second.
    template <class F>
    void account_falls(F change, const std::function<bool(const storage::account&)>& is_new) {
        const auto before = reading.account(user);
        ASSERT_TRUE(before);
        ASSERT_FALSE(is_new(*before));
        ASSERT_TRUE(reading.known.find_near(user)) << "it is kept, or this proves nothing";
        killed.commit(change);
        within_a_second([&] { return is_new(*reading.account(user)); });
    }
    template <class F> void bodies_fall(F change, const std::vector<std::string>& tags) {
        for (const auto& tag : tags) {
            const auto old = reading.body(tag, "old");
            ASSERT_EQ(reading.body(tag, "unused"), old) << "it is kept, or this proves nothing";
        }
        killed.commit(change);
        const auto fresh = "new " + uuid::random().text();
        for (const auto& tag : tags)
            within_a_second([&] { return reading.body(tag, fresh) == fresh; });
    }
    static void within_a_second(const std::function<bool()>& holds) {
        const auto begin = clock::now();
        EXPECT_TRUE(eventually(holds));
        EXPECT_LT(clock::now() - begin, std::chrono::seconds(1));
    }

    mvp::test::test_database database;
    caching_process relaying{database.url()}, reading{database.url()};
    killed_process killed{database.url()};
    uuid user{}, staff{};
};

TEST_F(KilledWriter, ASuspendedUserIsKnownAsSuchEverywhere) {
    account_falls([&] { return users::suspend(killed.db, killed.unheard, user, "fraud", std::nullopt); },
                  [](const auto& a) { return a.is_suspended; });
    account_falls([&] { return users::unsuspend(killed.db, killed.unheard, user); },
                  [](const auto& a) { return !a.is_suspended; });
}

TEST_F(KilledWriter, ADeactivatedUserIsKnownAsSuchEverywhere) {
    account_falls([&] { return users::deactivate(killed.db, killed.unheard, user); },
                  [](const auto& a) { return !a.is_active; });
}

TEST_F(KilledWriter, AVerdictOnAUserIsKnownEverywhere) {
    account_falls(
        [&] {
            return users::set_verification(killed.db, killed.unheard, user, uuid::random(),
                                           storage::verification_status::rejected, "");
        },
        [](const auto& a) { return !a.is_verified && !a.is_seller; });
}

TEST_F(KilledWriter, TokensEndEverywhereWithThePasswordAndWithTheLogOut) {
    account_falls(
        [&] {
            users::login who;
            who.id = user;
            who.password_hash = "old";
            return users::change_password(killed.db, killed.unheard, who, "new");
        },
        [](const auto& a) { return a.token_generation == 1; });
    account_falls(
        [&] {
            return users::log_out(killed.db, killed.unheard, user, uuid::random(),
                                  now() + std::chrono::hours(1));
        },
        [](const auto& a) { return a.revoked_families.size() == 1; });
    EXPECT_EQ(sql("SELECT string_agg(title, '|') FROM notifications"), "Password changed")
        << "nobody is told that he logged out";
}

TEST_F(KilledWriter, WhatAUserSwitchesHimselfIsKnownEverywhere) {
    account_falls([&] { return users::set_selling(killed.db, killed.unheard, user, false); },
                  [](const auto& a) { return !a.is_seller; });
}

TEST_F(KilledWriter, TheCarsOfASuspendedUserLeaveTheLists) {
    const auto car = add_car("active");
    bodies_fall([&] { return users::suspend(killed.db, killed.unheard, user, "fraud", std::nullopt); },
                {"users:" + user.text(), cars::all().tag_of(car), "cars:public"});
}

TEST_F(KilledWriter, EveryStepOfACarIsSeenEverywhereWhoeverTakesIt) {
    const auto car = add_car("pending");
    const std::vector<std::string> tags{cars::all().tag_of(car), "cars:public"};
    const auto step = [&](storage::listing_change what, storage::viewer by) {
        bodies_fall([&] { return cars::all().transition(killed.db, killed.unheard, car, by, what, ""); },
                    tags);
    };
    step(storage::listing_change::approve, by_staff());
    step(storage::listing_change::archive, by_owner());
    sql("UPDATE cars SET status = 'active'");
    step(storage::listing_change::archive, by_staff());
    sql("UPDATE cars SET status = 'active'");
    step(storage::listing_change::sell, by_owner());
    sql("UPDATE cars SET status = 'active'");
    bodies_fall([&] { return cars::all().remove(killed.db, killed.unheard, car); }, tags);
    EXPECT_EQ(sql("SELECT string_agg(title, '|' ORDER BY seq) FROM notifications"),
              "Listing approved|Listing archived")
        << "he is not told of what he did himself";
}

TEST_F(KilledWriter, AnEditOfAPublicCarIsSeenEverywhere) {
    const auto car = add_car("active");
    storage::car cheaper;
    cheaper.title = "Cheaper";
    storage::field_set changed;
    changed.set(storage::position(storage::car_fields, "title"));
    bodies_fall(
        [&] { return cars::all().update(killed.db, killed.unheard, car, by_owner(), &cheaper, changed); },
        {cars::all().tag_of(car)});
    bodies_fall(
        [&] {
            return cars::all().add_images(killed.db, killed.unheard, car, std::vector<std::string>{"a.webp"});
        },
        {cars::all().tag_of(car)});
}

TEST_F(KilledWriter, ChangesOfAPartAndOfItsCategoryAreSeenEverywhere) {
    const auto category =
        id_of(sql("INSERT INTO part_categories (name, description) VALUES ('Brakes', '') RETURNING id"));
    const auto part =
        id_of(sql(fmt::format("INSERT INTO parts (seller_id, category, name, description, condition, price, "
                              "quantity_in_stock, status) "
                              "VALUES ('{}', '{}', 'Pads', 'd', 'new', 1, 5, 'active') RETURNING id",
                              user.text(), category.text())));
    const auto tag = parts::all().tag_of(part);
    storage::part sold_out;
    storage::field_set stock;
    stock.set(storage::position(storage::part_fields, "quantity_in_stock"));
    storage::part_category renamed;
    renamed.name = "Stopping";
    storage::field_set name;
    name.set(storage::position(storage::part_category_fields, "name"));
    bodies_fall([&] { return categories::update(killed.db, killed.unheard, category, staff, renamed, name); },
                {tag, categories::tag});
    bodies_fall([&] { return categories::remove(killed.db, killed.unheard, category, staff); },
                {tag, categories::tag});
    bodies_fall(
        [&] { return parts::all().update(killed.db, killed.unheard, part, by_owner(), &sold_out, stock); },
        {tag, parts::all().public_tag()});
    EXPECT_EQ(sql("SELECT status FROM parts"), "out_of_stock");
}

TEST_F(KilledWriter, EventsWaitForAWatcherThatFails) {
    killed.commit([&] { return users::log_out(killed.db, killed.unheard, staff, uuid::random(), now()); });
    ASSERT_TRUE(eventually([&] { return sql("SELECT count(*) FROM outbox WHERE done_at IS NULL") == "0"; }));
    relaying.watched->stop();
    killed.commit([&] { return users::deactivate(killed.db, killed.unheard, user); });
    std::size_t seen = 0;
    storage::event_watcher failing = [&](std::vector<storage::event_subject> about) -> task<result<>> {
        seen += about.size();
        co_return fail(errc::unavailable, "no Redis");
    };
    auto done =
        mvp::test::run_on(killed.all[0], [&] { return storage::deliver_events(killed.db, 10, failing); });
    EXPECT_FALSE(done);
    EXPECT_EQ(seen, 1u);
    EXPECT_EQ(sql("SELECT count(*) FROM outbox WHERE done_at IS NULL"), "1");
}

} // namespace
} // namespace mvp::actors
