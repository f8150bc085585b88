// The database facade against a real server: queries, batches, writes, transactions, bounds.
#include "tests/support/database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

namespace mvp::storage {
namespace {

using mvp::testing::live_database;

TEST(Database, AQueryReturnsItsRows) {
    live_database live;
    static const statement numbers("SELECT n, 'text ' || n FROM generate_series(1, $1::int) n ORDER BY n");
    auto answer = live.run([&] { return live.db.query(numbers, parameters(3)); });
    ASSERT_TRUE(answer) << answer.error().text;
    ASSERT_EQ(answer->size(), 3u);
    EXPECT_EQ((*answer)[2].integer(0), 3);
    EXPECT_EQ((*answer)[1].text(1), "text 2");
}

TEST(Database, ValuesKeepTheirMeaningOnTheWay) {
    live_database live;
    static const statement echo("SELECT $1::uuid, $2::timestamptz, $3::bool, $4::text, $5::bigint, "
                                "$6::text[], $7::uuid[], $6::text[] = "
                                "ARRAY['a,\"b', E'back\\\\slash', ''], cardinality($7::uuid[])");
    uuid id = uuid::random();
    timestamp at = now();
    std::vector<std::string> texts{"a,\"b", "back\\slash", ""};
    std::vector<uuid> ids{id, uuid::random()};
    auto answer = live.run([&] {
        return live.db.query(echo, parameters(id, at, true, std::nullopt, std::int64_t(-5), texts, ids));
    });
    ASSERT_TRUE(answer) << answer.error().text;
    row r = answer->front();
    EXPECT_EQ(r.id(0), id);
    EXPECT_EQ(r.time(1), at);
    EXPECT_TRUE(r.boolean(2));
    EXPECT_TRUE(r.is_null(3));
    EXPECT_EQ(r.optional_text(3), std::nullopt);
    EXPECT_EQ(r.integer(4), -5);
    EXPECT_TRUE(r.boolean(7));
    EXPECT_EQ(r.integer(8), 2);
}

} // namespace
} // namespace mvp::storage
