#include "actors/drainer.hpp"

#include "actors/background.hpp"
#include "actors/drain_actor.hpp"
#include "actors/scheduler.hpp"
#include "actors/supervise.hpp"
#include "storage/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

namespace mvp::actors {

// --- the actor

drain_actor::drain_actor(caf::actor_config& config, std::string name, begin work, drainer_options options)
    : caf::event_based_actor(config), name_(std::move(name)), work_(std::move(work)), options_(options) {
    log_exceptions(this, "drain_actor");
}

caf::behavior drain_actor::make_behavior() {
    delayed_send(this, options_.tick, drain_tick{});
    return {
        [this](drain_wake) {
            if (running_ == 0)
                start_one();
            else
                wanted_ = true;
        },
        [this](drain_tick) {
            if (running_ == 0)
                start_one();
            if (!stopping_)
                delayed_send(this, options_.tick, drain_tick{});
        },
        [this](drain_retry) {
            paused_ = false;
            if (running_ == 0)
                start_one();
        },
        [this](const drain_done& done) { ended(done.more); },
        [this](drain_stop& stop) {
            stopping_ = std::move(stop.stopped);
            if (running_ > 0)
                return;
            stopping_->set_value();
            quit();
        },
    };
}

void drain_actor::start_one() {
    if (paused_ || stopping_)
        return;
    ++running_;
    wanted_ = false;
    work_([self = caf::actor_cast<caf::actor>(this)](result<bool> more) {
        caf::anon_send(self, drain_done{std::move(more)});
    });
}

void drain_actor::ended(const result<bool>& more) {
    --running_;
    if (stopping_) {
        if (running_ == 0) {
            stopping_->set_value();
            quit();
        }
        return;
    }
    if (!more)
        return pause(more.error());
    failures_ = 0;
    if (*more)
        while (running_ < options_.parallel && !paused_)
            start_one();
    else if (wanted_)
        start_one();
}

void drain_actor::pause(const error& why) {
    if (paused_)
        return;
    if (failures_ == 0)
        log::warn("{}: a round failed and will be repeated: {}", name_, why.text);
    paused_ = true;
    const auto longest =
        std::min(options_.shortest_pause * (1 << std::min(failures_, 16)), options_.longest_pause);
    ++failures_;
    // Not always the whole of it: processes that lost the database together come back one after another.
    std::uniform_int_distribution<std::chrono::milliseconds::rep> length(longest.count() * 4 / 5,
                                                                         longest.count());
    delayed_send(this, std::chrono::milliseconds(length(random_)), drain_retry{});
}

// --- around it

struct drainer::impl {
    std::mutex mutex; // wake() comes from any thread, also while stop() runs
    caf::actor handle;

    caf::actor taken() {
        std::lock_guard lock(mutex);
        return std::exchange(handle, nullptr);
    }
    caf::actor copied() {
        std::lock_guard lock(mutex);
        return handle;
    }
};

drainer::drainer(system& actors, std::string name, round work, drainer_options options)
    : impl_(std::make_shared<impl>()) {
    auto begin = [work = std::move(work)](std::function<void(result<bool>)> done) {
        in_background(work(), std::move(done));
    };
    impl_->handle = caf::actor_cast<caf::actor>(
        actors.caf().spawn<drain_actor>(std::move(name), drain_actor::begin(std::move(begin)), options));
}

drainer::~drainer() {
    stop();
}

void drainer::wake() {
    if (auto to = impl_->copied())
        caf::anon_send(to, drain_wake{});
}

void drainer::stop() {
    auto to = impl_->taken();
    if (!to)
        return;
    auto stopped = std::make_shared<std::promise<void>>();
    auto done = stopped->get_future();
    caf::anon_send(to, drain_stop{std::move(stopped)});
    if (done.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
        caf::anon_send_exit(to, caf::exit_reason::user_shutdown);
}

} // namespace mvp::actors
