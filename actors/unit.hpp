// A loop's part of the actor system: the queue of actors that are ready to run there, and the asks that wait
// there. For the actors room only: it shows CAF.
#pragma once

#include "actors/scheduler.hpp"
#include "storage/async.hpp"
#include "storage/timer.hpp"

#include <atomic>
#include <caf/actor_companion.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/resumable.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace mvp::actors {

using steady_clock = std::chrono::steady_clock;

/// Somebody who waits for an answer, on one loop: he is told the outcome once, and goes on later in resume(),
/// when no actor is on the stack.
class waiter {
  public:
    virtual ~waiter() = default;
    virtual void answered(caf::message&& answer) = 0;
    virtual void failed(error why) = 0;
    /// Once, as the last call.
    virtual void resume() = 0;

    steady_clock::time_point due{};
};

/// Sends requests for code that is no actor and matches the answers by message id. One a loop. An actor in
/// CAF's eyes, but it never runs: what is sent to it goes straight to the waiter.
class gateway final : public caf::actor_companion {
  public:
    gateway(caf::actor_config& config, unit& home, std::size_t limit);

    /// Remembers the waiter and returns the id of his request; null id when the bound is reached (he was
    /// failed). On the loop.
    caf::message_id begin(std::unique_ptr<waiter> who, std::chrono::milliseconds deadline);
    /// Takes a waiter back whose request could not be sent. On the loop.
    void give_up(caf::message_id id, error why);
    /// Fails everyone who waits, and who comes later. On the loop.
    void close();
    /// Lets those go on whose outcome is known; false if there were none. On the loop.
    bool resume_decided();
    bool has_decided() const { return !decided_.empty(); }

    // CAF's side, any thread: an actor answers.
    void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* host) override;
    void enqueue(caf::strong_actor_ptr sender, caf::message_id id, caf::message content,
                 caf::execution_unit* host) override;

    // Written on the loop, read anywhere.
    std::atomic<std::uint64_t> begun{0}, in_flight{0}, refused{0}, late{0};

  private:
    std::size_t waiting() const { return places_.size() - free_.size(); }
    void resolve(caf::message_id id, caf::message&& answer);
    std::unique_ptr<waiter> take(std::uint64_t id);
    void decided(std::unique_ptr<waiter> who);
    void sweep_later();
    void sweep();

    unit& home_;
    const std::size_t limit_;
    bool closed_ = false, sweeping_ = false;
    std::uint64_t count_ = 0;
    struct place {
        std::unique_ptr<waiter> who; // null: free
        std::uint64_t id = 0;        // of his request, or of the last one here
    };
    std::vector<place> places_;
    std::vector<std::size_t> free_;
    std::vector<std::unique_ptr<waiter>> decided_, resuming_; // the second only keeps its memory
    timer timer_;

    std::mutex mutex_;
    std::vector<caf::mailbox_element_ptr> arrived_; // from other threads
};

class unit final : public caf::execution_unit {
  public:
    unit(loop& home, caf::actor_system& system, std::size_t throughput);
    ~unit() override;

    /// The unit that runs on this thread; null elsewhere.
    static unit* current() noexcept { return current_; }

    /// Queues an actor that became ready on this loop. On the loop.
    void exec_later(caf::resumable* ready) override;
    /// The same from any thread.
    void enqueue(caf::resumable* ready);
    /// The next turn of actors comes soon, as a handler of its own. On the loop.
    void turn_later();

    /// The loop's thread takes the unit as its own; leave() drops all that CAF keeps on that thread. On the
    /// loop.
    void enter() { current_ = this; }
    void leave();

    loop& home() { return home_; }
    gateway& asks() { return *asks_; }
    void adopt(caf::actor handle, gateway& asks);
    /// The gateway is an actor too: it has to end before the system can. After close().
    void release_gateway();
    caf::strong_actor_ptr asks_handle() const;

    void add_to(system_counts& sum) const;

  private:
    void take_arrived();
    void turn();
    void run(caf::resumable* ready);
    bool timed() { return (runs_.load(std::memory_order_relaxed) & 63) == 0; }
    void note(steady_clock::duration took);

    static thread_local unit* current_;
    loop& home_;
    const std::size_t throughput_;
    std::deque<caf::resumable*> ready_; // the loop's thread only
    bool turn_due_ = false;
    std::mutex mutex_;
    std::vector<caf::resumable*> arrived_; // from other threads

    caf::actor asks_handle_; // held strongly: answers come until the very end
    gateway* asks_ = nullptr;

    std::atomic<std::uint64_t> runs_{0}, timed_nanoseconds_{0};
    std::array<std::atomic<std::uint64_t>, run_buckets.size() + 1> timed_runs_{};
};

} // namespace mvp::actors
