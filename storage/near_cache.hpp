// The finished answers that this process keeps: by tag and variant, the least recently used go first. Knows
// nothing of Redis or time-outs of connections; storage/cache.hpp decides when it may be asked.
//
// An answer that was made while its tag was dropped must not be kept: whoever makes one takes a ticket first,
// and store() refuses a ticket that is older than the last drop. Every function: any thread.
#pragma once

#include "storage/cache.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace mvp::storage {

class near_cache {
  public:
    near_cache(std::size_t bytes, std::chrono::nanoseconds time_to_live);
    ~near_cache();
    near_cache(const near_cache&) = delete;
    near_cache& operator=(const near_cache&) = delete;

    /// Allocates nothing and locks one of many mutexes for a few instructions.
    cached_body_ptr find(std::string_view tag, std::string_view variant);

    /// Take it before the answer is looked up anywhere.
    using ticket = std::uint64_t;
    ticket open(std::string_view tag);
    /// False when the tag was dropped since the ticket was taken, or the body is larger than the whole bound.
    bool store(std::string_view tag, std::string_view variant, cached_body_ptr body, ticket taken);

    /// Every variant of the tag; tickets of the tag get stale.
    void drop(std::string_view tag);
    /// Everything; every ticket gets stale.
    void clear();

    struct figures {
        std::uint64_t hits = 0, entries = 0, bytes = 0;
    };
    figures count() const;

  private:
    struct shard;
    shard& shard_of(std::size_t tag_hash) const;
    void shrink();

    static constexpr std::size_t shards = 16;
    const std::size_t limit_;
    const std::int64_t time_to_live_;
    std::unique_ptr<shard[]> shards_;
    std::atomic<std::size_t> bytes_{0}, next_to_shrink_{0};
};

} // namespace mvp::storage
