#include "actors/mailer.hpp"

#include "actors/drainer.hpp"

#include <atomic>
#include <mutex>

namespace mvp::actors {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds between_counts{5};

} // namespace

struct mailer::impl : std::enable_shared_from_this<impl> {
    impl(system& actors, storage::database& d, storage::mail_links l)
        : db(d), links(std::move(l)), drain(actors, "mailer", [this] { return round(shared_from_this()); }) {}

    /// Keeps itself: stop() does not wait for ever.
    static task<result<bool>> round(std::shared_ptr<impl> me) { co_return co_await me->round(); }

    task<result<bool>> round() {
        auto done = co_await storage::write_due_mails(db, links, now());
        if (!done)
            co_return fail(std::move(done.error()));
        written.fetch_add(static_cast<std::uint64_t>(done->written), std::memory_order_relaxed);
        dropped.fetch_add(static_cast<std::uint64_t>(done->dropped), std::memory_order_relaxed);
        if (!done->found && clock::now() > next_count) {
            next_count = clock::now() + between_counts;
            if (auto counted = co_await storage::count_backlog(db)) {
                std::lock_guard lock(mutex);
                waiting = *counted;
            }
        }
        co_return done->found;
    }

    storage::database& db;
    const storage::mail_links links;
    std::atomic<std::uint64_t> written{0}, dropped{0};
    std::mutex mutex; // waiting
    storage::backlog waiting;
    clock::time_point next_count{}; // one round at a time
    drainer drain;                  // the last: its rounds use the others
};

mailer::mailer(system& actors, storage::database& db, storage::mail_links links)
    : impl_(std::make_shared<impl>(actors, db, std::move(links))) {
    std::weak_ptr<impl> weak = impl_;
    auto wake = [weak] {
        if (auto me = weak.lock())
            me->drain.wake();
    };
    db.listen(
        "mail_items", [wake](std::string_view) { wake(); }, wake);
}

mailer::~mailer() {
    stop();
}

void mailer::stop() {
    impl_->drain.stop();
}

mailer_counts mailer::counts() const {
    mailer_counts c;
    c.written = impl_->written.load(std::memory_order_relaxed);
    c.dropped = impl_->dropped.load(std::memory_order_relaxed);
    std::lock_guard lock(impl_->mutex);
    c.waiting = impl_->waiting;
    return c;
}

} // namespace mvp::actors
