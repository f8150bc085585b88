#include "storage/model/timestamp.hpp"
#include "storage/model/uuid.hpp"

#include <gtest/gtest.h>

namespace mvp {
namespace {

TEST(Timestamp, ReadsWhatPostgresSendsAndWhatClientsSend) {
    const auto wanted = parse_timestamp("2026-11-22T22:36:27.844788Z");
    ASSERT_TRUE(wanted);
    EXPECT_EQ(parse_timestamp("2026-11-22 22:36:27.844788+00"), wanted);
    EXPECT_EQ(parse_timestamp("2026-11-23T04:36:27.844788+06:00"), wanted);
    EXPECT_EQ(parse_timestamp("2026-11-22T17:06:27.844788-05:30"), wanted);
    EXPECT_EQ(parse_timestamp("2026-11-22T22:36:27.844788"), wanted);
    EXPECT_EQ(format_timestamp(*wanted), "2026-11-22T22:36:27.844788Z");
    EXPECT_EQ(parse_timestamp("2026-11-22T22:36"), parse_timestamp("2026-11-22T22:36:00Z"));
    EXPECT_EQ(parse_timestamp("2026-11-22 22:36+06:00"), parse_timestamp("2026-11-22T16:36:00Z"));
}

TEST(Timestamp, LeavesOutAFractionOfZeroAndPadsTheOthers) {
    EXPECT_EQ(format_timestamp(*parse_timestamp("2026-01-02T03:04:05.000000Z")), "2026-01-02T03:04:05Z");
    EXPECT_EQ(format_timestamp(*parse_timestamp("2026-01-02T03:04:05.5Z")), "2026-01-02T03:04:05.500000Z");
}

TEST(Timestamp, RefusesWhatIsNoPointInTime) {
    for (const char* text :
         {"", "2026-11-22", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z",
          "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z",
          "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00+", "2026-01-01T00:00:00+25:00",
          "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00Zx", "2026-01-01t00:00:00Z", "2026-01-01T00",
          "2026-01-01T00:00:", "2026-01-01T00:00.5", "9999-12-31T23:59:59-23:59",
          "0001-01-01T00:00:00+00:01"})
        EXPECT_FALSE(parse_timestamp(text)) << text;
}

TEST(Uuid, IsReadInAnySpellingAndWrittenInOne) {
    const auto id = uuid::parse("0123ABCD-4567-89ab-CDEF-0123456789ab");
    ASSERT_TRUE(id);
    EXPECT_EQ(id->text(), "0123abcd-4567-89ab-cdef-0123456789ab");
    EXPECT_EQ(uuid::parse("0123abcd456789abcdef0123456789ab"), id);
    for (const char* text :
         {"", "0123abcd", "0123abcd-4567-89ab-cdef0-123456789ab", "g123abcd456789abcdef0123456789ab",
          "0123abcd-4567-89ab-cdef-0123456789abc", "{0123abcd-4567-89ab-cdef-0123456789}"})
        EXPECT_FALSE(uuid::parse(text)) << text;
}

TEST(Uuid, RandomOnesAreOfVersionFourAndDiffer) {
    const auto a = uuid::random(), b = uuid::random();
    EXPECT_NE(a, b);
    EXPECT_EQ(a.text()[14], '4');
    EXPECT_NE(std::string("89ab").find(a.text()[19]), std::string::npos);
}

} // namespace
} // namespace mvp
