#include "storage/near_cache.hpp"

#include <gtest/gtest.h>

#include <thread>

using namespace mvp::storage;
using namespace std::chrono_literals;

namespace {

cached_body_ptr body(std::string bytes) {
    return std::make_shared<cached_body>(cached_body{std::move(bytes), "\"e\""});
}

bool keep(near_cache& c, std::string_view tag, std::string_view variant, std::string bytes) {
    return c.store(tag, variant, body(std::move(bytes)), c.open(tag));
}

std::string found(near_cache& c, std::string_view tag, std::string_view variant) {
    const auto b = c.find(tag, variant);
    return b ? b->bytes : "-";
}

} // namespace

TEST(NearCache, WhatWasStoredIsFoundUnderItsTagAndVariantOnly) {
    near_cache c(1 << 20, 1h);
    EXPECT_TRUE(keep(c, "cars:1", "a", "A"));
    EXPECT_TRUE(keep(c, "cars:1", "b", "B"));
    EXPECT_TRUE(keep(c, "cars:2", "a", "C"));
    EXPECT_EQ(found(c, "cars:1", "a"), "A");
    EXPECT_EQ(found(c, "cars:1", "b"), "B");
    EXPECT_EQ(found(c, "cars:2", "a"), "C");
    EXPECT_EQ(found(c, "cars:2", "b"), "-");
    EXPECT_EQ(found(c, "cars:1a", ""), "-");
    EXPECT_EQ(c.count().entries, 3u);
    EXPECT_EQ(c.count().hits, 3u);
}

TEST(NearCache, DroppingATagTakesAllItsVariantsAndNoOthers) {
    near_cache c(1 << 20, 1h);
    keep(c, "cars:1", "a", "A");
    keep(c, "cars:1", "b", "B");
    keep(c, "cars:2", "a", "C");
    c.drop("cars:1");
    EXPECT_EQ(found(c, "cars:1", "a"), "-");
    EXPECT_EQ(found(c, "cars:1", "b"), "-");
    EXPECT_EQ(found(c, "cars:2", "a"), "C");
}

TEST(NearCache, AStoreWithATicketFromBeforeTheDropIsRefused) {
    near_cache c(1 << 20, 1h);
    const auto ticket = c.open("cars:1");
    c.drop("cars:1");
    EXPECT_FALSE(c.store("cars:1", "a", body("old"), ticket));
    EXPECT_EQ(found(c, "cars:1", "a"), "-");
    EXPECT_TRUE(keep(c, "cars:1", "a", "new"));
}

TEST(NearCache, ClearingEmptiesItAndMakesEveryTicketStale) {
    near_cache c(1 << 20, 1h);
    keep(c, "cars:1", "a", "A");
    const auto ticket = c.open("cars:9");
    c.clear();
    EXPECT_FALSE(c.store("cars:9", "a", body("old"), ticket));
    EXPECT_EQ(c.count().entries, 0u);
    EXPECT_EQ(c.count().bytes, 0u);
}

TEST(NearCache, StoringAgainReplaces) {
    near_cache c(1 << 20, 1h);
    keep(c, "cars:1", "a", "A");
    const auto bytes = c.count().bytes;
    keep(c, "cars:1", "a", "B");
    EXPECT_EQ(found(c, "cars:1", "a"), "B");
    EXPECT_EQ(c.count().entries, 1u);
    EXPECT_EQ(c.count().bytes, bytes);
}

TEST(NearCache, TheBoundHoldsAndWhatIsUsedStays) {
    near_cache c(200'000, 1h);
    keep(c, "cars:public", "hot", std::string(1000, 'h'));
    for (int i = 0; i < 1000; ++i) {
        keep(c, "cars:public", std::to_string(i), std::string(1000, 'x'));
        ASSERT_LE(c.count().bytes, 200'000u);
        ASSERT_NE(c.find("cars:public", "hot"), nullptr) << i;
    }
    EXPECT_GT(c.count().entries, 50u);
    EXPECT_NE(c.find("cars:public", "999"), nullptr);
    EXPECT_EQ(c.find("cars:public", "0"), nullptr);
}

TEST(NearCache, TheBoundHoldsAcrossTagsAndAGiantIsNotKept) {
    near_cache c(100'000, 1h);
    for (int i = 0; i < 1000; ++i)
        keep(c, "cars:" + std::to_string(i), "a", std::string(1000, 'x'));
    EXPECT_LE(c.count().bytes, 100'000u);
    EXPECT_GT(c.count().entries, 20u);
    const auto before = c.count().entries;
    EXPECT_FALSE(keep(c, "cars:giant", "a", std::string(200'000, 'x')));
    EXPECT_EQ(c.count().entries, before);
}

TEST(NearCache, AnEntryEndsWithItsTime) {
    near_cache c(1 << 20, 0ns);
    EXPECT_TRUE(keep(c, "cars:1", "a", "A"));
    EXPECT_EQ(c.find("cars:1", "a"), nullptr);
    EXPECT_EQ(c.count().entries, 0u);
    EXPECT_EQ(c.count().bytes, 0u);
}

TEST(NearCache, ThreadsThatStoreFindAndDropLeaveItConsistent) {
    near_cache c(50'000, 1h);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&c, t] {
            for (int i = 0; i < 20'000; ++i) {
                const auto tag = "cars:" + std::to_string((i * 7 + t) % 97);
                if (i % 5 == 0)
                    c.drop(tag);
                else if (i % 2)
                    keep(c, tag, std::to_string(i % 3), std::string(500, 'x'));
                else if (const auto b = c.find(tag, "1"); b && b->bytes.size() != 500)
                    ADD_FAILURE() << tag;
            }
        });
    for (auto& t : threads)
        t.join();
    EXPECT_LE(c.count().bytes, 50'000u);
    for (int i = 0; i < 97; ++i)
        c.drop("cars:" + std::to_string(i));
    EXPECT_EQ(c.count().entries, 0u);
    EXPECT_EQ(c.count().bytes, 0u);
}
