// The subscription connection of a process, on loop 0: channels, and the keys whose changes Redis pushes. It
// knows at any moment whether it can have missed something.
//
// Tracking is redirected to this same connection (CLIENT ID, CLIENT TRACKING … REDIRECT <id> BCAST, then
// SUBSCRIBE), so that it lives and dies with it: with another connection as the tracking one, its loss would
// go unnoticed here.
#pragma once

#include "storage/redis/connection.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage::redis {

class subscriber : public std::enable_shared_from_this<subscriber> {
  public:
    using received = std::function<void(std::string_view payload)>;

    subscriber(net::io_context& loop_0, address where)
        : io_(loop_0), where_(std::move(where)), pause_(io_.get_executor()) {}

    void start();
    void stop();
    void subscribe(std::string channel, received f);
    void unsubscribe(std::string channel);
    void track(std::string prefix, received changed);
    void on_change(std::function<void(bool live)> changed);
    /// Up, complete, and a ping that was sent less than half a second ago has been answered. Any thread.
    bool live() const;

  private:
    task<> keep_subscribed();
    task<bool> begin_tracking(connection& to);
    void begin_subscribing(connection& to);
    task<> heartbeat(std::shared_ptr<connection> to);
    void handle(reply&& r);
    void handle_message(const reply& r);
    void complete();
    void went();
    void announce(bool live);

    net::io_context& io_;
    const address where_;
    timer pause_;

    mutable std::mutex mutex_; // guards the four below
    std::map<std::string, std::shared_ptr<const received>, std::less<>> channels_;
    std::string prefix_;
    std::shared_ptr<const received> tracked_;
    std::vector<std::function<void(bool)>> listeners_;

    // loop 0 only
    std::shared_ptr<connection> connection_;
    std::size_t unconfirmed_ = 0; // channels asked for when connecting
    bool complete_ = false, stopping_ = false;
    std::deque<std::int64_t> pings_; // when the unanswered ones were sent

    std::atomic<std::int64_t> live_until_{0}; // nanoseconds of the steady clock
};

} // namespace mvp::storage::redis
