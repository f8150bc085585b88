#include "actors/scheduler.hpp"

#include "actors/unit.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <future>
#include <optional>
#include <thread>

namespace mvp::actors {
namespace {

/// Runs `what` on each loop in turn and waits for it.
template <class F> void on_each(loops& all, F what) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::promise<void> done;
        net::post(all[i].io, [&] {
            what(i);
            done.set_value();
        });
        done.get_future().wait();
    }
}

/// CAF makes its modules itself and hands them only its configuration: the loops travel in that.
struct system_config : caf::actor_system_config {
    explicit system_config(loops& l) : all(l) {}
    loops& all;
};

class coordinator final : public caf::scheduler::abstract_coordinator {
  public:
    using super = caf::scheduler::abstract_coordinator;
    explicit coordinator(caf::actor_system& s) : super(s) {}

    static caf::actor_system::module* make(caf::actor_system& s, caf::detail::type_list<>) {
        return new coordinator(s);
    }

    std::vector<std::unique_ptr<unit>> units;

  protected:
    void init(caf::actor_system_config& given) override {
        super::init(given);
        all_ = &dynamic_cast<system_config&>(given).all;
        num_workers_ = all_->size();
        max_throughput_ = 300; // messages an actor may take in one run, before the others have their turn
    }

    void start() override {
        for (std::size_t i = 0; i < all_->size(); ++i) {
            units.push_back(std::make_unique<unit>((*all_)[i], system_, max_throughput()));
            net::post((*all_)[i].io, [u = units.back().get()] { u->enter(); });
        }
        clock_thread_ = std::thread([this] { clock_.run_dispatch_loop(); });
        super::start();
    }

    void stop() override {
        stop_actors();
        clock_.cancel_dispatch_loop();
        clock_thread_.join();
        on_each(*all_, [this](std::size_t i) { units[i]->leave(); });
        on_each(*all_, [](std::size_t) {}); // what was queued for the units before has passed
    }

    void enqueue(caf::resumable* ready) override {
        if (auto* here = unit::current(); here && &here->system() == &system_)
            return here->exec_later(ready);
        units[next_worker_++ % units.size()]->enqueue(ready);
    }

    // CAF's printer blocks: it gets a thread of its own.
    bool detaches_utility_actors() const override { return true; }
    caf::actor_clock& clock() noexcept override { return clock_; }

  private:
    loops* all_ = nullptr;
    caf::detail::thread_safe_actor_clock clock_;
    std::thread clock_thread_;
};

struct repeated {
    timer at;
    std::chrono::milliseconds period;
    std::function<void()> what;

    void arm(const std::shared_ptr<repeated>& self) {
        at.expires_after(period);
        at.async_wait([self](boost::system::error_code cancelled) {
            if (cancelled || !self->what)
                return;
            self->what();
            if (self->what)
                self->arm(self);
        });
    }
};

} // namespace

struct system::impl {
    impl(loops& all) : settings(all) {
        settings.load<coordinator>();
        actors.emplace(settings);
    }
    coordinator& scheduler() { return static_cast<coordinator&>(actors->scheduler()); }

    system_config settings;
    std::optional<caf::actor_system> actors;
    std::vector<std::shared_ptr<repeated>> timers; // loop 0 only
};

system::system(loops& all, system_options options) : all_(all), impl_(std::make_unique<impl>(all)) {
    for (auto& each : impl_->scheduler().units) {
        auto handle = impl_->actors->spawn<gateway, caf::hidden>(*each, options.asks_per_loop);
        auto& asks = *static_cast<gateway*>(caf::actor_cast<caf::abstract_actor*>(handle));
        each->adopt(std::move(handle), asks);
    }
}

system::~system() {
    stop();
}

void system::stop() {
    if (!impl_->actors)
        return;
    on_each(all_, [this](std::size_t i) {
        if (i == 0) {
            for (auto& each : impl_->timers) {
                each->what = nullptr;
                each->at.cancel();
            }
            impl_->timers.clear();
        }
        impl_->scheduler().units[i]->asks().close();
    });
    impl_->actors->await_all_actors_done();
    for (auto& each : impl_->scheduler().units)
        each->release_gateway();
    impl_->actors.reset();
}

void system::every(std::chrono::milliseconds period, std::function<void()> what) {
    net::post(all_[0].io, [this, period, what = std::move(what)]() mutable {
        auto made =
            std::make_shared<repeated>(repeated{timer(all_[0].io.get_executor()), period, std::move(what)});
        impl_->timers.push_back(made);
        made->arm(made);
    });
}

caf::actor_system& system::caf() {
    return *impl_->actors;
}

system_counts system::counts() const {
    system_counts sum;
    for (auto& each : impl_->scheduler().units)
        each->add_to(sum);
    return sum;
}

} // namespace mvp::actors
