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
constexpr unsigned place_bits = 16; // of the 60 of a request's id: where its waiter is; above them a count
constexpr std::uint64_t count_mask = (std::uint64_t{1} << (60 - place_bits)) - 1;

// One writer (the loop), many readers: no locked instruction needed.
void raise(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

} // namespace

// --- gateway

gateway::gateway(caf::actor_config& config, unit& home, std::size_t limit)
    : caf::actor_companion(config), home_(home), limit_(std::min(limit, std::size_t{1} << place_bits)),
      timer_(home.home().io.get_executor()) {}

caf::message_id gateway::begin(std::unique_ptr<waiter> who, std::chrono::milliseconds deadline) {
    if (closed_ || (free_.empty() && places_.size() >= limit_)) {
        raise(refused);
        who->failed(unavailable());
        decided(std::move(who));
        return caf::message_id{0};
    }
    who->due = steady_clock::now() + deadline;
    if (free_.empty()) {
        free_.push_back(places_.size());
        places_.emplace_back();
    }
    const std::size_t at = free_.back();
    free_.pop_back();
    count_ = (count_ + 1) & count_mask;
    const std::uint64_t id = std::max<std::uint64_t>(count_, 1) << place_bits | at;
    places_[at] = {std::move(who), id};
    raise(begun);
    in_flight.store(waiting(), std::memory_order_relaxed);
    sweep_later();
    return caf::message_id{caf::message_id::default_async_value | id};
}

void gateway::give_up(caf::message_id id, error why) {
    if (auto who = take(id.request_id().integer_value())) {
        who->failed(std::move(why));
        decided(std::move(who));
    }
}

void gateway::decided(std::unique_ptr<waiter> who) {
    decided_.push_back(std::move(who));
    home_.turn_later();
}

bool gateway::resume_decided() {
    if (decided_.empty())
        return false;
    resuming_.swap(decided_);
    for (auto& who : resuming_)
        who->resume();
    resuming_.clear();
    return true;
}

void gateway::close() {
    closed_ = true;
    timer_.cancel();
    for (auto& each : places_)
        give_up(caf::message_id{each.id}, unavailable());
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
    if (auto who = take(id.request_id().integer_value())) {
        who->answered(std::move(answer));
        decided(std::move(who));
    }
}

std::unique_ptr<waiter> gateway::take(std::uint64_t id) {
    const std::size_t at = id & ((std::size_t{1} << place_bits) - 1);
    if (at >= places_.size() || places_[at].id != id || !places_[at].who)
        return nullptr; // its deadline has passed
    free_.push_back(at);
    in_flight.store(waiting(), std::memory_order_relaxed);
    return std::move(places_[at].who);
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
    const auto now = steady_clock::now();
    for (auto& each : places_) {
        if (!each.who || each.who->due > now)
            continue;
        raise(late);
        give_up(caf::message_id{each.id}, unavailable());
    }
    if (waiting() > 0)
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
    turn_later();
}

void unit::turn_later() {
    if (std::exchange(turn_due_, true))
        return;
    net::defer(home_.io, [this] { turn(); });
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

/// The actors that were ready when it began, and after them who asked and was answered: what these make ready
/// waits for the next turn, so that sockets get theirs in between.
void unit::turn() {
    for (std::size_t left = ready_.size(); left > 0; --left) {
        auto* next = ready_.front();
        ready_.pop_front();
        run(next);
    }
    asks_->resume_decided();
    turn_due_ = false;
    if (!ready_.empty() || asks_->has_decided())
        turn_later();
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
    turn_due_ = true;
    for (take_arrived(); !ready_.empty(); take_arrived()) {
        auto* next = ready_.front();
        ready_.pop_front();
        run(next);
    }
    while (asks_->resume_decided()) // whoever asks again is refused at once
        ;
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
