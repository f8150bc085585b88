#include "http/spare_buffers.hpp"

#include <gtest/gtest.h>

namespace mvp::http {
namespace {

TEST(SpareBuffers, TheLastThatCameBackGoesOutFirstAndEmpty) {
    spare_buffers spare;
    EXPECT_TRUE(spare.take().empty());
    std::string cold(1000, 'c'), warm(1000, 'w');
    const auto* const place = warm.data();
    spare.give(std::move(cold));
    spare.give(std::move(warm));
    const auto got = spare.take();
    EXPECT_TRUE(got.empty());
    EXPECT_EQ(got.data(), place);
    EXPECT_NE(spare.take().data(), place) << "one buffer for two";
}

TEST(SpareBuffers, KeepsFewAndNoLargeOnes) {
    spare_buffers spare;
    spare.give(std::string(spare_buffers::most_bytes + 1, 'x'));
    spare.give(std::string());
    EXPECT_LT(spare.take().capacity(), spare_buffers::least_bytes);
    for (std::size_t i = 0; i < 2 * spare_buffers::most; ++i)
        spare.give(std::string(1000, 'x'));
    std::size_t kept = 0;
    while (spare.take().capacity() >= spare_buffers::least_bytes)
        ++kept;
    EXPECT_EQ(kept, spare_buffers::most);
}

} // namespace
} // namespace mvp::http
