// The demo data looks like life: what is asked of it in a demo or a load test differs from row to row.
#include "storage/seed.hpp"
#include "tests/support/database.hpp"

#include <gtest/gtest.h>

using namespace mvp;
using namespace mvp::test;

namespace {

struct Seed : ::testing::Test {
    static void SetUpTestSuite() {
        live = std::make_unique<live_database>();
        fill(*live);
    }
    static void fill(live_database& empty) {
        storage::seed_options how;
        how.password_hash = "none";
        const auto done = empty.run([&] { return storage::seed(empty.db, how); });
        ASSERT_TRUE(done) << done.error().text;
    }
    static void TearDownTestSuite() { live.reset(); }

    static int number(const std::string& sql) { return std::stoi(live->sql(sql)); }
    static int found(const std::string& words) {
        return number(
            "SELECT count(*) FROM cars WHERE status = 'active' AND search_text LIKE ALL (SELECT '%' || w || "
            "'%' FROM unnest(string_to_array('" +
            words + "', ' ')) w)");
    }
    /// The least of `what` that a row of `of` has, over all groups by `by`.
    static int fewest(const std::string& what, const std::string& by, const std::string& of) {
        return number("SELECT min(n) FROM (SELECT count(DISTINCT " + what + ") AS n FROM " + of +
                      " GROUP BY " + by + ") g");
    }

    inline static std::unique_ptr<live_database> live;
};

TEST_F(Seed, AMakeHasManyModelsAndStandsEverywhere) {
    EXPECT_GE(fewest("model", "make", "cars"), 5);
    EXPECT_GE(fewest("city", "make", "cars"), 8);
    EXPECT_GE(fewest("color", "make", "cars"), 6);
    EXPECT_GE(fewest("seller_id", "make", "cars"), 30);
    EXPECT_GE(fewest("color", "model", "cars"), 5);
    EXPECT_GE(fewest("city", "model", "cars"), 5);
    EXPECT_GE(fewest("make", "city", "cars"), 8);
    EXPECT_GE(fewest("year", "model", "cars WHERE model IN ('Corolla', 'Civic', 'Focus', 'A4')"), 8);
    EXPECT_EQ(live->sql("SELECT min(year) || ' ' || max(year) FROM cars"), "2003 2024");
}

TEST_F(Seed, EachWordOfASearchNarrowsIt) {
    const auto toyotas = found("toyota"), corollas = found("toyota corolla"),
               in_dhaka = found("toyota corolla dhaka");
    EXPECT_GT(in_dhaka, 0);
    EXPECT_GT(corollas, in_dhaka);
    EXPECT_GT(toyotas, 2 * corollas);
    EXPECT_GT(found("dhaka"), found("sylhet"));
}

TEST_F(Seed, AnEngineSuitsItsModel) {
    EXPECT_EQ(
        number("SELECT count(*) FROM cars WHERE fuel_type = 'electric' AND (transmission <> 'automatic' OR "
               "engine_capacity IS NOT NULL)"),
        0);
    EXPECT_EQ(number("SELECT count(*) FROM cars WHERE fuel_type <> 'electric' AND engine_capacity IS NULL"),
              0);
    EXPECT_EQ(
        number(
            "SELECT count(*) FROM cars WHERE (model ~ 'Hybrid|Prius') <> (fuel_type = 'hybrid') AND model ~ "
            "'Hybrid|Prius'"),
        0);
    EXPECT_EQ(number("SELECT count(*) FROM cars WHERE fuel_type = 'hybrid' AND transmission = 'manual'"), 0);
    EXPECT_EQ(number("SELECT count(DISTINCT fuel_type) FROM cars"), 5);
    EXPECT_EQ(number("SELECT count(DISTINCT body_type) FROM cars WHERE model = 'Corolla'"), 1);
}

TEST_F(Seed, MileageGrowsWithAgeAndThePriceFalls) {
    EXPECT_GT(number("SELECT 100 * corr(mileage, 2025 - year) FROM cars"), 50);
    EXPECT_LT(number("SELECT max(100 * r) FROM (SELECT corr(price, 2025 - year) AS r FROM cars GROUP BY "
                     "make, model) m"),
              -50);
    EXPECT_GE(number("SELECT min(price) FROM cars"), 500);
}

TEST_F(Seed, ThreadsAndCommentsDoNotRepeatThemselves) {
    EXPECT_GE(number("SELECT count(DISTINCT title) FROM forum_threads"), 150);
    EXPECT_EQ(
        number("SELECT count(*) FROM (SELECT title, lag(title) OVER (ORDER BY created_at) AS before FROM "
               "forum_threads) t WHERE title = before"),
        0);
    EXPECT_EQ(
        number("SELECT count(*) FROM (SELECT content, thread_id FROM forum_responses GROUP BY 1, 2 HAVING "
               "count(*) > 1) r"),
        0)
        << "nobody says in a thread what somebody else said";
    EXPECT_GE(number("SELECT 100 * count(DISTINCT text) / count(*) FROM comments"), 60);
    EXPECT_EQ(
        number("SELECT count(*) FROM forum_threads WHERE position(car_model IN title || description) = 0"),
        0);
}

TEST_F(Seed, AReplyToACommentIsTheSellersOrTheAskers) {
    EXPECT_EQ(
        number(
            "SELECT count(*) FROM comment_replies r JOIN comments c ON c.id = r.comment_id WHERE r.author_id "
            "NOT IN (c.author_id, c.seller_id)"),
        0);
    EXPECT_GE(number("SELECT count(DISTINCT text) FROM comment_replies"), 25);
}

TEST_F(Seed, MakesTheSameRowsAnywhere) {
    live_database other;
    fill(other);
    for (const auto* table :
         {"users", "cars", "car_images", "car_specifications", "parts", "part_reviews", "reviews",
          "forum_threads", "forum_responses", "comments", "comment_replies", "comment_likes"}) {
        const auto rows =
            std::string("SELECT count(*) || ' ' || sum(hashtextextended((to_jsonb(t) - 'created_at' - "
                        "'updated_at')::text, 0)) FROM ") +
            table + " t";
        EXPECT_EQ(live->sql(rows), other.sql(rows)) << table;
    }
}

} // namespace
