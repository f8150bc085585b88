// Redis for coroutines, on the caller's loop: one connection a loop for commands, one a process for
// subscriptions; both come back by themselves (after 100 ms at first, a second at most). Commands of one loop
// turn leave in one write. Redis away, too many commands waiting, or no answer within a second (which ends
// the connection): errc::unavailable. After that it is unknown whether Redis has executed the command.
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
    /// `url`: redis://[[user]:password@]host:port/db or unix:///path?db=N; another one throws
    /// std::invalid_argument.
    client(loops& all, std::string url);
    ~client();
    void start();
    void stop();

    /// True if the constructor takes such a URL.
    static bool valid(std::string_view url);

    /// One command, e.g. {"HGET", key, field}. A Redis error reply is a value (reply::kind::error).
    task<result<reply>> command(std::vector<std::string> arguments);
    /// Several in one write; replies in order.
    task<result<std::vector<reply>>> pipeline(std::vector<std::vector<std::string>> commands);
    /// A script by EVALSHA, loaded on demand.
    task<result<reply>> script(std::string_view source, std::vector<std::string> keys,
                               std::vector<std::string> arguments);

    /// On a loop: that loop is connected. On another thread: every loop is.
    bool connected() const;

    /// Called on loop 0 for each message of `channel` (one function a channel). Any thread, also before
    /// start(); a subscription made while connected is in force one round trip later.
    void subscribe(std::string channel, std::function<void(std::string_view payload)> received);
    void unsubscribe(std::string channel);
    /// Called on loop 0 with each key under `prefix` that any client changes, deletes or lets expire
    /// (server-assisted invalidation, broadcasting); an empty key means all. One prefix a client, before
    /// start().
    void track(std::string prefix, std::function<void(std::string_view key)> changed);
    /// True while the subscription connection is up, complete, and has answered a ping sent within the last
    /// half second: only then has nothing been missed for longer than that. Any thread, cheap.
    bool subscriptions_live() const;
    /// Called on loop 0 when the subscription connection went away (false) or is complete again, tracking
    /// included (true). Before start().
    void on_subscriptions(std::function<void(bool live)> changed);

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::storage::redis
