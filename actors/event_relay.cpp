#include "actors/event_relay.hpp"

#include "actors/drainer.hpp"
#include "actors/inboxes.hpp"
#include "storage/log.hpp"
#include "storage/outbox.hpp"

#include <atomic>

namespace mvp::actors {
namespace {

constexpr std::size_t batch = 100;
// What a killed process left is delivered within a second: nobody may trust an old account longer than that.
constexpr std::chrono::milliseconds tick{500};

} // namespace

struct relay::impl : std::enable_shared_from_this<impl> {
    impl(system& actors, storage::database& d, inboxes& i, storage::event_watcher w)
        : db(d), announce_to(i), watcher(std::move(w)),
          drain(actors, "event relay", [this] { return round(shared_from_this()); }, {.tick = tick}) {}

    /// Keeps itself: stop() does not wait for ever.
    static task<result<bool>> round(std::shared_ptr<impl> me) { co_return co_await me->round(); }

    task<result<bool>> round() {
        auto done = co_await storage::deliver_events(db, batch, watcher);
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
        co_return done->more;
    }

    storage::database& db;
    inboxes& announce_to;
    storage::event_watcher watcher;
    std::atomic<std::uint64_t> delivered{0}, made{0}, failures{0}, put_aside{0}, lag_ms{0};
    drainer drain; // the last: its rounds use the others
};

relay::relay(system& actors, storage::database& db, inboxes& announce_to, storage::event_watcher watcher)
    : impl_(std::make_shared<impl>(actors, db, announce_to, std::move(watcher))) {
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
