#include "storage/local_limits.hpp"

#include <gtest/gtest.h>

using namespace mvp::storage;
using namespace std::chrono_literals;

TEST(LocalLimits, AllowsTheCountAndNamesTheWaitUntilTheOldestLeavesTheWindow) {
    local_limits l(1000);
    const local_limits::clock::time_point start{1h};
    EXPECT_EQ(l.take("k", 2, 60s, start), 0s);
    EXPECT_EQ(l.take("k", 2, 60s, start + 10s), 0s);
    EXPECT_EQ(l.take("k", 2, 60s, start + 20s), 40s);
    EXPECT_EQ(l.take("other", 2, 60s, start + 20s), 0s);
    EXPECT_EQ(l.take("k", 2, 60s, start + 60s), 0s);
    EXPECT_EQ(l.take("k", 2, 60s, start + 61s), 9s);
}

TEST(LocalLimits, ACountOfNothingAllowsNothing) {
    local_limits l(1000);
    EXPECT_EQ(l.take("k", 0, 60s, {}), 60s);
    EXPECT_EQ(l.keys(), 0u);
}

TEST(LocalLimits, RemembersABoundedNumberOfKeysAndForgetsTheUnusedFirst) {
    local_limits l(1000);
    const local_limits::clock::time_point start{1h};
    for (int i = 0; i < 10'000; ++i) {
        l.take("busy", 5, 1h, start);
        l.take("key" + std::to_string(i), 5, 1h, start);
        ASSERT_LE(l.keys(), 1002u);
    }
    EXPECT_GT(l.take("busy", 5, 1h, start), 0s);
}
