#include "actors/unit.hpp"

#include "actors/ask.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/exit_reason.hpp>
#include <caf/logger.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace mvp::actors {
namespace {

constexpr std::chrono::milliseconds sweep_period{50};

// One writer (the loop), many readers: no locked instruction needed.
void raise(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

} // namespace

// --- gateway

gateway::gateway(caf::actor_config& config, unit& home, std::size_t limit)
    : caf::actor_companion(config), home_(home), limit_(limit), timer_(home.home().io.get_executor()) {}

caf::message_id gateway::begin(std::unique_ptr<waiter> who, std::chrono::milliseconds deadline) {
    if (closed_ || waiting_.size() >= limit_) {
        raise(refused);
        who->failed(unavailable());
        return caf::message_id{0};
    }
    who->due = steady_clock::now() + deadline;
    const std::uint64_t id = ++last_id_;
    waiting_.emplace(id, std::move(who));
    raise(begun);
    in_flight.store(waiting_.size(), std::memory_order_relaxed);
    sweep_later();
    return caf::message_id{caf::message_id::default_async_value | id};
}

void gateway::give_up(caf::message_id id, error why) {
    if (auto who = take(id.request_id().integer_value()))
        who->failed(std::move(why));
}

void gateway::close() {
    closed_ = true;
    timer_.cancel();
    auto all = std::move(waiting_);
    waiting_.clear();
    in_flight.store(0, std::memory_order_relaxed);
    for (auto& [id, who] : all)
        who->failed(unavailable());
}

void gateway::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
    if (unit::current() == &home_)
        return resolve(element->mid, element->move_content_to_message());
    bool first;
    {
        std::lock_guard lock(mutex_);
        first = arrived_.empty();
        arrived_.push_back(std::move(element));
    }
    if (!first)
        return;
    net::post(home_.home().io, [this, alive = caf::strong_actor_ptr{ctrl()}] {
        std::vector<caf::mailbox_element_ptr> batch;
        {
            std::lock_guard lock(mutex_);
            batch.swap(arrived_);
        }
        for (auto& each : batch)
            resolve(each->mid, each->move_content_to_message());
    });
}

void gateway::enqueue(caf::strong_actor_ptr sender, caf::message_id id, caf::message content,
                      caf::execution_unit* host) {
    if (unit::current() == &home_)
        return resolve(id, std::move(content));
    enqueue(caf::make_mailbox_element(std::move(sender), id, {}, std::move(content)), host);
}

void gateway::resolve(caf::message_id id, caf::message&& answer) {
    if (auto who = take(id.request_id().integer_value()))
        who->answered(std::move(answer));
}

std::unique_ptr<waiter> gateway::take(std::uint64_t id) {
    auto found = waiting_.find(id);
    if (found == waiting_.end())
        return nullptr; // its deadline has passed
    auto who = std::move(found->second);
    waiting_.erase(found);
    in_flight.store(waiting_.size(), std::memory_order_relaxed);
    return who;
}

// One timer for all: those who wait are few (bounded) and their deadlines mixed, so each sweep looks at
// everyone.
void gateway::sweep_later() {
    if (sweeping_)
        return;
    sweeping_ = true;
    timer_.expires_after(sweep_period);
    timer_.async_wait([this, alive = caf::strong_actor_ptr{ctrl()}](boost::system::error_code cancelled) {
        sweeping_ = false;
        if (!cancelled && !closed_)
            sweep();
    });
}

void gateway::sweep() {
    const auto at = steady_clock::now();
    std::vector<std::unique_ptr<waiter>> overdue;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        if (it->second->due > at) {
            ++it;
            continue;
        }
        overdue.push_back(std::move(it->second));
        it = waiting_.erase(it);
    }
    in_flight.store(waiting_.size(), std::memory_order_relaxed);
    raise(late, overdue.size());
    for (auto& who : overdue)
        who->failed(unavailable());
    if (!waiting_.empty())
        sweep_later();
}

// --- unit

thread_local unit* unit::current_ = nullptr;

unit::unit(loop& home, caf::actor_system& system, std::size_t throughput)
    : caf::execution_unit(&system), home_(home), throughput_(throughput) {}

unit::~unit() {
    for (auto* each : ready_)
        caf::scheduler::abstract_coordinator::cleanup_and_release(each);
    for (auto* each : arrived_)
        caf::scheduler::abstract_coordinator::cleanup_and_release(each);
}

void unit::exec_later(caf::resumable* ready) {
    ready_.push_back(ready);
    if (draining_)
        return;
    draining_ = true;
    net::defer(home_.io, [this] { drain(); });
}

void unit::enqueue(caf::resumable* ready) {
    if (current_ == this)
        return exec_later(ready);
    bool first;
    {
        std::lock_guard lock(mutex_);
        first = arrived_.empty();
        arrived_.push_back(ready);
    }
    if (!first)
        return;
    net::post(home_.io, [this] { take_arrived(); });
}

void unit::take_arrived() {
    std::vector<caf::resumable*> batch;
    {
        std::lock_guard lock(mutex_);
        batch.swap(arrived_);
    }
    for (auto* each : batch)
        exec_later(each);
}

void unit::drain() {
    draining_ = false;
    // Only those that were ready when the turn began: sockets get theirs in between.
    for (std::size_t left = ready_.size(); left > 0; --left) {
        auto* next = ready_.front();
        ready_.pop_front();
        run(next);
    }
}

void unit::run(caf::resumable* ready) {
    raise(runs_);
    const bool time_it = timed();
    const auto began = time_it ? steady_clock::now() : steady_clock::time_point{};
    switch (ready->resume(this, throughput_)) {
    case caf::resumable::resume_later:
        exec_later(ready);
        break;
    case caf::resumable::awaiting_message:
    case caf::resumable::done:
        caf::intrusive_ptr_release(ready);
        break;
    case caf::resumable::shutdown_execution_unit: // CAF's own workers only
        break;
    }
    if (time_it)
        note(steady_clock::now() - began);
}

void unit::note(steady_clock::duration took) {
    const double seconds = std::chrono::duration<double>(took).count();
    std::size_t bucket = 0;
    while (bucket < run_buckets.size() && seconds > run_buckets[bucket])
        ++bucket;
    raise(timed_runs_[bucket]);
    raise(timed_nanoseconds_,
          static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
}

void unit::leave() {
    // CAF's own actors end only now: they run here, since a handler left for later would find no unit any
    // more.
    draining_ = true;
    for (take_arrived(); !ready_.empty(); take_arrived()) {
        auto* next = ready_.front();
        ready_.pop_front();
        run(next);
    }
    current_ = nullptr;
    // The thread keeps a reference to CAF's logger otherwise, and ~actor_system waits for it for ever.
    caf::logger::set_current_actor_system(nullptr);
}

void unit::adopt(caf::actor handle, gateway& asks) {
    asks_handle_ = std::move(handle);
    asks_ = &asks;
}

void unit::release_gateway() {
    asks_->cleanup(caf::exit_reason::normal, nullptr);
}

caf::strong_actor_ptr unit::asks_handle() const {
    return caf::actor_cast<caf::strong_actor_ptr>(asks_handle_);
}

void unit::add_to(system_counts& sum) const {
    sum.runs += runs_.load(std::memory_order_relaxed);
    sum.asks += asks_->begun.load(std::memory_order_relaxed);
    sum.asks_in_flight += asks_->in_flight.load(std::memory_order_relaxed);
    sum.asks_refused += asks_->refused.load(std::memory_order_relaxed);
    sum.asks_late += asks_->late.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < timed_runs_.size(); ++i)
        sum.timed_runs[i] += timed_runs_[i].load(std::memory_order_relaxed);
    sum.timed_seconds += static_cast<double>(timed_nanoseconds_.load(std::memory_order_relaxed)) * 1e-9;
}

} // namespace mvp::actors
