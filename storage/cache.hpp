// Finished answers, near (in this process) over Redis over whoever makes them. Never stale: an entry lives
// under a tag ("cars:<id>"), a writer raises the tag's generation after its commit and before its answer, and
// Redis pushes that to every process (CLIENT TRACKING on "gen:"). While Redis or the push connection is away,
// or Redis refuses writes (every process tries a small one four times a second), nothing is cached.
//
// Keys in Redis: gen:<tag> (a counter, tracked), body:<namespace>:<tag> (a hash: variant -> etag and bytes),
// probe:cache (what is tried).
// A fill stores only if the generation is still the one read before the row was: a slow reader cannot bring
// old bytes back. The namespace (gen:namespace, a random name) changes whenever a process gets its push
// connection (back), could not tell Redis of an invalidation or had a write refused: that makes every process
// drop everything, and everything in Redis unreachable. So invalidations that Redis has missed need no list
// of their own.
#pragma once

#include "storage/async.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage {

namespace redis {
class client;
}

struct cached_body {
    std::string bytes;
    std::string etag; ///< strong validator with its quotes
};
using cached_body_ptr = std::shared_ptr<const cached_body>;

struct cache_options {
    bool near = true;                       ///< keep a copy in this process
    bool shared = true;                     ///< keep a copy in Redis
    std::size_t near_bytes = 64u << 20;     ///< bound of the near copies; the least recently used go first
    std::chrono::seconds time_to_live{300}; ///< bounds what a lost invalidation could leave behind
};

struct cache_counts {
    std::uint64_t near_hits = 0, shared_hits = 0, misses = 0, invalidations = 0, near_entries = 0,
                  near_bytes = 0;
};

class cache {
  public:
    /// Make it before redis.start().
    cache(redis::client& redis, cache_options options);
    ~cache();

    /// The near copy, or null. Any loop; does not wait.
    cached_body_ptr find(std::string_view tag, std::string_view variant);

    using maker = std::function<task<result<std::string>>()>;
    /// Near, else Redis, else `make`, whose result is kept. Concurrent misses of one entry wait for the
    /// first, on any loop. `make`'s error is handed on and not kept. On a loop only.
    task<result<cached_body_ptr>> get(std::string tag, std::string variant, maker make);

    /// After the commit, before the answer; on a loop. At once on this process; when Redis cannot be told,
    /// this process caches nothing until it could make everybody drop everything.
    task<> invalidate(std::vector<std::string> tags);

    /// For caches of typed values (accounts): `dropped(tag)` on any thread when a tag was invalidated
    /// anywhere; an empty tag means all; register before redis.start(). `trusted()` says whether cached
    /// values may be used at this moment.
    void on_invalidate(std::function<void(std::string_view tag)> dropped);
    bool trusted() const;

    cache_counts counts() const;

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::storage
