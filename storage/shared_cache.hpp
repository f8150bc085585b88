// The finished answers that all processes share in Redis: the commands and scripts behind storage/cache.hpp,
// which names the keys and decides when what Redis says may be believed.
#pragma once

#include "storage/async.hpp"
#include "storage/cache.hpp"
#include "storage/model/error.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage {

namespace redis {
struct reply;
}

/// `bytes` with the validator made for them.
cached_body_ptr finished_body(std::string bytes);

/// Keeps nothing in this process but the way to Redis. On a loop.
class shared_cache {
  public:
    static constexpr std::string_view generation_prefix = "gen:";
    static constexpr std::string_view namespace_key = "gen:namespace";

    shared_cache(redis::client& redis, std::chrono::seconds time_to_live);

    /// Whether invalidations reach this process at this moment, as far as it knows. Any thread.
    bool pushes_live() const;

    /// The namespace that is agreed on; `raise` makes a new one, so that nothing kept before is found again.
    /// A namespace is a random name, not a number: a Redis that lost its last writes cannot bring an old one
    /// back.
    task<result<std::string>> agree_on_namespace(bool raise);

    /// Whether Redis takes a small write now. One that is full, or a replica since a failover, refuses it and
    /// still answers pings.
    task<bool> takes_writes();

    /// Null when it is not there or Redis is away.
    task<cached_body_ptr> find(const std::string& name_space, const std::string& tag,
                               const std::string& variant);

    /// The generation, empty if there is none; nullopt: Redis did not say, so nothing can be kept there.
    task<std::optional<std::string>> generation(const std::string& tag);

    /// What was read before the value was made: Redis keeps the value only if both are still so.
    struct circumstances {
        std::string name_space, generation;
    };
    task<> fill(std::string tag, std::string variant, circumstances before, cached_body_ptr body);

    /// Raises the generations and drops the bodies in one step; false: Redis could not be told.
    task<bool> raise(const std::vector<std::string>& tags);

  private:
    /// Into the log, once, when Redis begins to refuse writes and when it takes them again.
    void note_write(const redis::reply& answer);

    redis::client& redis_;
    const std::chrono::seconds time_to_live_;
    std::atomic<bool> refused_{false};
};

} // namespace mvp::storage
