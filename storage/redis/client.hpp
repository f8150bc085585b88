// Redis for coroutines: hiredis' asynchronous contexts on the caller's loop. One connection a loop for commands, one a
// process for subscriptions. Commands of one loop turn leave in one write. Redis away: errc::unavailable at once.
#pragma once

#include "storage/async.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mvp {
class loops;
}

namespace mvp::storage::redis {

/// What Redis answered, copied out of hiredis.
struct reply {
    enum class kind { nil, text, integer, array, error } type = kind::nil;
    std::string text{};
    std::int64_t integer = 0;
    std::vector<reply> items{};
};

class client {
  public:
    /// `url`: redis://[:password@]host:port/db or unix:///path?db=N.
    client(loops& all, std::string url);
    ~client();
    void start();
    void stop();

    /// One command, e.g. {"HGET", key, field}. A Redis error reply is a value (reply::kind::error).
    task<result<reply>> command(std::vector<std::string> arguments);
    /// Several in one write; replies in order.
    task<result<std::vector<reply>>> pipeline(std::vector<std::vector<std::string>> commands);
    /// A script by EVALSHA, loaded on demand.
    task<result<reply>> script(std::string_view source, std::vector<std::string> keys,
                               std::vector<std::string> arguments);

    /// Connected on this loop (call from a loop) or anywhere (`all loops`, any thread).
    bool connected() const;

    /// Called on loop 0 for each message of `channel`. Any thread, also before start().
    void subscribe(std::string channel, std::function<void(std::string_view payload)> received);
    void unsubscribe(std::string channel);
    /// True while the subscription connection is up and answered a ping within the last half second: only then has
    /// nothing been missed. Any thread.
    bool subscriptions_live() const;
    /// Called on loop 0 when the subscription connection went away (false) or is complete again (true).
    void on_subscriptions(std::function<void(bool live)> changed);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace mvp::storage::redis
