#include "http/spare_buffers.hpp"

#include <gtest/gtest.h>

namespace mvp::http {
namespace {

TEST(SpareBuffers, TheLastThatCameBackGoesOutFirstAndEmpty) {
    spare_buffers spare;
    EXPECT_TRUE(spare.take().empty());
    std::string cold(3000, 'c'), warm(3000, 'w');
    const auto* const place = warm.data();
    spare.give(std::move(cold));
    spare.give(std::move(warm));
    const auto got = spare.take();
    EXPECT_TRUE(got.empty());
    EXPECT_EQ(got.data(), place);
    EXPECT_NE(spare.take().data(), place) << "one buffer for two";
}

TEST(SpareBuffers, AFreshOneHasRoomForASmallAnswerAndIsWorthKeeping) {
    spare_buffers spare;
    auto fresh = spare.take();
    EXPECT_GE(fresh.capacity(), spare_buffers::least_bytes);
    fresh = "a small answer";
    const auto* const place = fresh.data();
    spare.give(std::move(fresh));
    EXPECT_EQ(spare.take().data(), place);
}

TEST(SpareBuffers, KeepsFewAndNoLargeOnes) {
    spare_buffers spare;
    spare.give(std::string(spare_buffers::most_bytes + 1, 'x'));
    spare.give(std::string());
    EXPECT_LT(spare.take().capacity(), 3000u);
    for (std::size_t i = 0; i < 2 * spare_buffers::most; ++i)
        spare.give(std::string(3000, 'x'));
    std::size_t kept = 0;
    while (spare.take().capacity() >= 3000)
        ++kept;
    EXPECT_EQ(kept, spare_buffers::most);
}

} // namespace
} // namespace mvp::http
