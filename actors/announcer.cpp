#include "actors/announcer.hpp"

#include "actors/drainer.hpp"
#include "actors/inboxes.hpp"
#include "storage/announcements.hpp"
#include "storage/loop.hpp"
#include "storage/timer.hpp"

#include <atomic>
#include <boost/asio/redirect_error.hpp>

namespace mvp::actors {

struct announcer::impl : std::enable_shared_from_this<impl> {
    impl(system& actors, storage::database& d, inboxes& i, std::size_t b)
        : db(d), announce_to(i), batch(b),
          drain(actors, "announcer", [this] { return round(shared_from_this()); }) {}

    /// Keeps itself: stop() does not wait for ever.
    static task<result<bool>> round(std::shared_ptr<impl> me) { co_return co_await me->round(); }

    task<result<bool>> round() {
        const auto begun = std::chrono::steady_clock::now();
        auto done = co_await storage::announce_some(db, batch);
        if (!done)
            co_return fail(std::move(done.error()));
        made.fetch_add(done->users.size(), std::memory_order_relaxed);
        if (!done->users.empty())
            announce_to.wake(done->users);
        if (done->more) {
            timer rest(loop::current()->io, std::chrono::steady_clock::now() - begun);
            boost::system::error_code ignored;
            co_await rest.async_wait(net::redirect_error(use_task, ignored));
        }
        co_return done->more;
    }

    storage::database& db;
    inboxes& announce_to;
    const std::size_t batch;
    std::atomic<std::uint64_t> made{0};
    drainer drain; // the last: its rounds use the others
};

announcer::announcer(system& actors, storage::database& db, inboxes& announce_to, std::size_t batch)
    : impl_(std::make_shared<impl>(actors, db, announce_to, batch)) {
    std::weak_ptr<impl> weak = impl_;
    auto wake = [weak] {
        if (auto me = weak.lock())
            me->drain.wake();
    };
    db.listen(
        "announcements", [wake](std::string_view) { wake(); }, wake);
}

announcer::~announcer() {
    stop();
}

void announcer::stop() {
    impl_->drain.stop();
}

std::uint64_t announcer::made() const {
    return impl_->made.load(std::memory_order_relaxed);
}

} // namespace mvp::actors
