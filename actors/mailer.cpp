#include "actors/mailer.hpp"

#include "actors/drainer.hpp"

#include <atomic>

namespace mvp::actors {

struct mailer::impl : std::enable_shared_from_this<impl> {
    impl(system& actors, storage::database& d, storage::mail_sender s)
        : db(d), send(std::move(s)), drain(actors, "mailer", [this] { return round(shared_from_this()); },
                                           {.tick = std::chrono::seconds(2), .parallel = 2}) {}

    /// Keeps itself: stop() does not wait for ever.
    static task<result<bool>> round(std::shared_ptr<impl> me) { co_return co_await me->round(); }

    task<result<bool>> round() {
        auto done = co_await storage::deliver_mail(db, send);
        if (!done)
            co_return fail(std::move(done.error()));
        if (*done != storage::mail_outcome::none_due)
            outcomes[static_cast<std::size_t>(*done)].fetch_add(1, std::memory_order_relaxed);
        co_return *done != storage::mail_outcome::none_due;
    }

    std::uint64_t count(storage::mail_outcome which) const {
        return outcomes[static_cast<std::size_t>(which)].load(std::memory_order_relaxed);
    }

    storage::database& db;
    storage::mail_sender send;
    std::array<std::atomic<std::uint64_t>, 4> outcomes{};
    drainer drain; // the last: its rounds use the others
};

mailer::mailer(system& actors, storage::database& db, storage::mail_sender send)
    : impl_(std::make_shared<impl>(actors, db, std::move(send))) {
    std::weak_ptr<impl> weak = impl_;
    auto wake = [weak] {
        if (auto me = weak.lock())
            me->drain.wake();
    };
    db.listen(
        "mails", [wake](std::string_view) { wake(); }, wake);
}

mailer::~mailer() {
    stop();
}

void mailer::wake() {
    impl_->drain.wake();
}
void mailer::stop() {
    impl_->drain.stop();
}

mailer_counts mailer::counts() const {
    using enum storage::mail_outcome;
    return {.sent = impl_->count(sent), .postponed = impl_->count(postponed), .failed = impl_->count(failed)};
}

} // namespace mvp::actors
