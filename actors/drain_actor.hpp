// The actor inside a drainer: decides when a round begins. It knows neither loops nor PostgreSQL, so that
// tests drive it by message and simulated time.
#pragma once

#include "actors/drainer.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <future>
#include <random>

namespace mvp::actors {

struct drain_wake {};
struct drain_tick {};
struct drain_retry {};
struct drain_done {
    result<bool> more;
};
struct drain_stop {
    std::shared_ptr<std::promise<void>> stopped;
};

class drain_actor : public caf::event_based_actor {
  public:
    /// Begins a round; it reports its end once, from any thread.
    using begin = std::function<void(std::function<void(result<bool>)> done)>;

    drain_actor(caf::actor_config& config, std::string name, begin work, drainer_options options);
    caf::behavior make_behavior() override;

  private:
    void start_one();
    void ended(const result<bool>& more);
    void pause(const error& why);

    const std::string name_;
    const begin work_;
    const drainer_options options_;
    std::size_t running_ = 0;
    int failures_ = 0;
    bool wanted_ = false; // told so while a round ran, which may have looked before
    bool paused_ = false;
    std::minstd_rand random_{std::random_device{}()};
    std::shared_ptr<std::promise<void>> stopping_;
};

} // namespace mvp::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::drain_wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::drain_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::drain_retry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::drain_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::drain_stop)
