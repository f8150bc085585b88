#include "http/select_fields.hpp"

#include <gtest/gtest.h>

namespace mvp::http {
namespace {

constexpr char car[] = R"({"id":"1","seller":{"id":"2","n":[1,{"id":3}]},"title":"a \"}, {\\","year":2020})";

TEST(SelectFields, KeepsTheOrderOfTheKeysAndWhatTheyHold) {
    EXPECT_EQ(select_fields(car, "year, id"), R"({"id":"1","year":2020})");
    EXPECT_EQ(select_fields(car, "seller"), R"({"seller":{"id":"2","n":[1,{"id":3}]}})");
    EXPECT_EQ(select_fields(car, "title"), R"({"title":"a \"}, {\\"})");
}

TEST(SelectFields, IgnoresUnknownNamesAndTakesNothingForEverything) {
    EXPECT_EQ(select_fields(car, "id,nothing"), R"({"id":"1"})");
    EXPECT_EQ(select_fields(car, "nothing"), car);
    EXPECT_EQ(select_fields(car, ""), car);
    EXPECT_EQ(select_fields(car, " , "), car);
    EXPECT_EQ(select_fields("{}", "id"), "{}");
}

TEST(SelectFields, SelectsInEachRowOfAnArrayAndOfAPage) {
    EXPECT_EQ(select_fields(R"([{"a":1,"b":2},{"a":3,"b":4}])", "b"), R"([{"b":2},{"b":4}])");
    EXPECT_EQ(select_fields("[]", "b"), "[]");
    EXPECT_EQ(select_fields("[1,2]", "b"), "[1,2]");
    EXPECT_EQ(
        select_fields(
            R"({"count":1,"next":null,"previous":"http://h/?x=,\"results\":","results":[{"a":1,"b":2}]})",
            "a,count"),
        R"({"count":1,"next":null,"previous":"http://h/?x=,\"results\":","results":[{"a":1}]})");
}

} // namespace
} // namespace mvp::http
