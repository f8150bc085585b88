#include "actors/event_relay.hpp"

#include "actors/drainer.hpp"
#include "actors/inboxes.hpp"
#include "storage/log.hpp"
#include "storage/notifications.hpp"
#include "storage/outbox.hpp"

#include <atomic>

namespace mvp::actors {
namespace {

constexpr std::size_t batch = 100;
constexpr std::chrono::hours keep_done{7 * 24};
constexpr std::chrono::minutes forget_period{10};

} // namespace

struct relay::impl : std::enable_shared_from_this<impl> {
    impl(system& actors, storage::database& d, inboxes& i)
        : db(d), announce_to(i), drain(actors, "event relay", [this] { return round(shared_from_this()); }) {}

    /// Keeps itself: stop() does not wait for ever.
    static task<result<bool>> round(std::shared_ptr<impl> me) { co_return co_await me->round(); }

    task<result<bool>> round() {
        auto done = co_await storage::deliver_events(db, batch);
        if (!done) {
            failures.fetch_add(1, std::memory_order_relaxed);
            co_return fail(std::move(done.error()));
        }
        delivered.fetch_add(static_cast<std::uint64_t>(done->events), std::memory_order_relaxed);
        made.fetch_add(static_cast<std::uint64_t>(done->made), std::memory_order_relaxed);
        put_aside.fetch_add(static_cast<std::uint64_t>(done->put_aside), std::memory_order_relaxed);
        lag_ms.store(static_cast<std::uint64_t>(done->oldest_seconds * 1000), std::memory_order_relaxed);
        if (!done->users.empty())
            announce_to.wake(done->users);
        else if (!done->more)
            co_await forget();
        co_return done->more;
    }

    /// Now and then, when there is nothing else to do.
    task<> forget() {
        const auto at = now();
        if (at < next_forget.load(std::memory_order_relaxed))
            co_return;
        auto gone = co_await storage::forget_events(db, at - keep_done);
        const bool again = gone && *gone > 0;
        next_forget.store(again ? at : at + forget_period, std::memory_order_relaxed);
    }

    storage::database& db;
    inboxes& announce_to;
    std::atomic<std::uint64_t> delivered{0}, made{0}, failures{0}, put_aside{0}, lag_ms{0};
    std::atomic<timestamp> next_forget{now() + forget_period};
    drainer drain; // the last: its rounds use the others
};

relay::relay(system& actors, storage::database& db, inboxes& announce_to)
    : impl_(std::make_shared<impl>(actors, db, announce_to)) {
    std::weak_ptr<impl> weak = impl_;
    auto wake = [weak] {
        if (auto me = weak.lock())
            me->drain.wake();
    };
    db.listen(
        storage::outbox_channel, [wake](std::string_view) { wake(); }, wake);
}

relay::~relay() {
    stop();
}

void relay::wake() {
    impl_->drain.wake();
}
void relay::stop() {
    impl_->drain.stop();
}

relay_counts relay::counts() const {
    relay_counts c;
    c.delivered = impl_->delivered.load(std::memory_order_relaxed);
    c.made = impl_->made.load(std::memory_order_relaxed);
    c.failures = impl_->failures.load(std::memory_order_relaxed);
    c.put_aside = impl_->put_aside.load(std::memory_order_relaxed);
    c.lag_seconds = static_cast<double>(impl_->lag_ms.load(std::memory_order_relaxed)) / 1000;
    return c;
}

} // namespace mvp::actors
