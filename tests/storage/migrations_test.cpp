// Applying the migrations, and what they leave behind against what the tables of fields expect.
#include "storage/model/car.hpp"
#include "storage/model/company_store.hpp"
#include "storage/model/forum.hpp"
#include "storage/model/part.hpp"
#include "storage/model/review.hpp"
#include "storage/model/user.hpp"
#include "tests/support/database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <thread>

namespace mvp::storage {
namespace {

using mvp::test::live_database;
using mvp::test::run_sql;
using mvp::test::scratch_database;

const migration first{"0001_first", "CREATE TABLE first (n int); INSERT INTO first VALUES (1);"};
const migration second{"0002_second", "CREATE TABLE second (n int);"};
const migration broken{"0002_second", "CREATE TABLE second (n int); SELECT nonsense;"};

TEST(Migrations, AreAppliedOnceAndInOrder) {
    scratch_database empty;
    std::vector<migration> all{first};
    EXPECT_EQ(migrate(empty.url(), all).value(), 1);
    EXPECT_EQ(migrate(empty.url(), all).value(), 0);
    all.push_back(second);
    EXPECT_EQ(migrate(empty.url(), all).value(), 1);
    EXPECT_EQ(run_sql(empty.url(), "SELECT count(*) FROM first"), "1");
    EXPECT_EQ(run_sql(empty.url(), "SELECT string_agg(name, ',' ORDER BY name) FROM schema_migrations"),
              "0001_first,0002_second");
}

TEST(Migrations, OneThatFailsLeavesNothingBehind) {
    scratch_database empty;
    auto refused = migrate(empty.url(), std::vector<migration>{first, broken});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text.find("0002_second"), std::string::npos);
    EXPECT_EQ(run_sql(empty.url(), "SELECT to_regclass('first') IS NOT NULL, to_regclass('second') IS NULL"),
              "t");
    EXPECT_EQ(run_sql(empty.url(), "SELECT to_regclass('second') IS NULL"), "t");
    EXPECT_EQ(migrate(empty.url(), std::vector<migration>{first, second}).value(), 1);
}

TEST(Migrations, OneWhoseTextHasChangedIsRefused) {
    scratch_database empty;
    ASSERT_TRUE(migrate(empty.url(), std::vector<migration>{first}));
    migration changed{first.name, "SELECT 1"};
    auto refused = migrate(empty.url(), std::vector<migration>{changed});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::refused);
}

TEST(Migrations, SeveralProcessesAtOnceApplyEachOnce) {
    scratch_database empty;
    std::atomic<int> applied = 0, failed = 0;
    std::vector<std::thread> processes;
    for (int i = 0; i < 4; ++i)
        processes.emplace_back([&] {
            auto done = migrate(empty.url());
            done ? applied += *done : ++failed;
        });
    for (auto& p : processes)
        p.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(applied, static_cast<int>(migrations().size()));
}

TEST(Migrations, WhatRowsSayIsFilledInWhereAColumnSaysItFromNowOn) {
    scratch_database old;
    const auto all = migrations();
    const auto next = std::find_if(all.begin(), all.end(), [](const migration& m) {
        return m.name == std::string_view("0013_forum_reads");
    });
    ASSERT_NE(next, all.end());
    ASSERT_TRUE(migrate(old.url(), {all.begin(), next}));
    run_sql(
        old.url(),
        "INSERT INTO users (email, password, first_name, last_name) SELECT n || '@b.c', 'p', n, 'l' FROM "
        "unnest(ARRAY['approved', 'rejected', 'pending', 'none']) n;"
        "INSERT INTO expert_verifications (user_id, years_of_experience, bio, status, "
        "verification_document) SELECT id, 1, 'b', first_name, 'd' FROM users WHERE first_name <> 'none';"
        "INSERT INTO forum_threads (author_id, title, description) SELECT id, 't', 'd' FROM users LIMIT 1;"
        "INSERT INTO forum_responses (thread_id, author_id, content, helpful_count, unhelpful_count) "
        "SELECT id, author_id, 'c', 2, 1 FROM forum_threads");
    ASSERT_TRUE(migrate(old.url()));
    EXPECT_EQ(run_sql(old.url(), "SELECT string_agg(first_name, ',') FROM users WHERE is_expert"),
              "approved");
    EXPECT_EQ(run_sql(old.url(), "SELECT helpfulness_score FROM forum_responses"), "66.66666666666666");
}

TEST(Migrations, ADatabaseThatIsNotThereIsUnavailable) {
    auto refused = migrate(mvp::test::with_database(mvp::test::database_url(), "no_such_database"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
}

TEST(Migrations, AreCurrentOnlyWhenAllAreThereUnchanged) {
    live_database live;
    auto current = [&] { return live.run([&] { return migrations_current(live.db); }).value(); };
    EXPECT_TRUE(current());
    live.sql("UPDATE schema_migrations SET checksum = 'x' WHERE name = '0001_users'");
    EXPECT_FALSE(current());
    live.sql("DELETE FROM schema_migrations");
    EXPECT_FALSE(current());
    live.sql("DROP TABLE schema_migrations");
    EXPECT_FALSE(current());
}

/// Every stored field has a column that can hold it: same nullability, room for its longest text.
void compare(const live_database& live, std::string_view table, field_table fields) {
    for (const auto& f : fields) {
        if (f.has(flag::computed_))
            continue;
        auto column =
            live.sql(fmt::format("SELECT is_nullable || ' ' || coalesce(character_maximum_length, 0) FROM "
                                 "information_schema.columns WHERE table_name = '{}' AND column_name = '{}'",
                                 table, f.name));
        ASSERT_NE(column, "") << table << "." << f.name << " has no column";
        EXPECT_EQ(column.starts_with("YES"), f.has(flag::nullable)) << table << "." << f.name;
        int length = std::stoi(column.substr(column.find(' ')));
        if (length > 0 && f.bounds.length > 0) {
            EXPECT_GE(length, f.bounds.length) << table << "." << f.name;
        }
    }
}

TEST(Migrations, MatchTheTablesOfFields) {
    live_database live;
    compare(live, "users", user_fields);
    compare(live, "cars", car_fields);
    compare(live, "car_images", listing_image_fields);
    compare(live, "car_specifications", car_specification_fields);
    compare(live, "part_categories", part_category_fields);
    compare(live, "parts", part_fields);
    compare(live, "part_images", listing_image_fields);
    compare(live, "part_compatibilities", part_compatibility_fields);
    compare(live, "company_stores", company_store_fields);
    compare(live, "reviews", seller_review_fields);
    compare(live, "part_reviews", part_review_fields);
    compare(live, "seller_ratings", seller_rating_fields);
    compare(live, "forum_categories", forum_category_fields);
    compare(live, "forum_threads", forum_thread_fields);
    compare(live, "forum_responses", forum_response_fields);
    compare(live, "expert_verifications", expert_verification_fields);
}

TEST(Migrations, ErasingAUserErasesWhatIsHis) {
    live_database live;
    live.sql("INSERT INTO users (id, email, password, first_name, last_name) VALUES "
             "('00000000-0000-0000-0000-000000000001', 'a@b.c', 'p', 'f', 'l');"
             "INSERT INTO cars (seller_id, make, model, year, mileage, transmission, fuel_type, condition, "
             "price, title, "
             "description, city, state_province, country) SELECT id, 'm', 'm', 2000, 1, 'manual', 'petrol', "
             "'good', 1, "
             "'t', 'd', 'c', 's', 'x' FROM users;"
             "INSERT INTO car_images (car_id, image) SELECT id, 'x.jpg' FROM cars;"
             "INSERT INTO car_specifications (car_id) SELECT id FROM cars;"
             "INSERT INTO notifications (user_id, seq, notification_type, title, message) SELECT id, 1, "
             "'account_alert', 't', 'm' FROM users;"
             "INSERT INTO notification_preferences (user_id) SELECT id FROM users;"
             "INSERT INTO mail_items (user_id, type, title, message) SELECT id, 'account_alert', 't', 'm' "
             "FROM users;"
             "DELETE FROM users");
    for (auto table : {"cars", "car_images", "car_specifications", "notifications",
                       "notification_preferences", "mail_items"})
        EXPECT_EQ(live.sql(fmt::format("SELECT count(*) FROM {}", table)), "0") << table;
}

TEST(Migrations, EmailsAreUniqueWithoutCaseAndACarHasOnePrimaryImage) {
    live_database live;
    live.sql("INSERT INTO users (email, password, first_name, last_name) VALUES ('A@b.c', 'p', 'f', 'l')");
    EXPECT_THROW(
        live.sql(
            "INSERT INTO users (email, password, first_name, last_name) VALUES ('a@B.c', 'p', 'f', 'l')"),
        std::runtime_error);
    live.sql("INSERT INTO cars (seller_id, make, model, year, mileage, transmission, fuel_type, condition, "
             "price, title, "
             "description, city, state_province, country) SELECT id, 'm', 'm', 2000, 1, 'manual', 'petrol', "
             "'good', 1, "
             "'t', 'd', 'c', 's', 'x' FROM users;"
             "INSERT INTO car_images (car_id, image, is_primary) SELECT id, 'x.jpg', true FROM cars");
    EXPECT_THROW(
        live.sql("INSERT INTO car_images (car_id, image, is_primary) SELECT id, 'y.jpg', true FROM cars"),
        std::runtime_error);
    live.sql("INSERT INTO car_images (car_id, image) SELECT id, 'z.jpg' FROM cars");
}

} // namespace
} // namespace mvp::storage
