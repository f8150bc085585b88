#include "actors/sender.hpp"

#include "actors/drainer.hpp"

#include <array>
#include <atomic>

namespace mvp::actors {

using storage::send_outcome;

struct sender::impl : std::enable_shared_from_this<impl> {
    impl(system& actors, const std::string& table, deliver d)
        : one(std::move(d)), drain(actors, "sender of " + table, [this] { return round(shared_from_this()); },
                                   {.tick = std::chrono::seconds(2), .parallel = 2}) {}

    /// Keeps itself: stop() does not wait for ever.
    static task<result<bool>> round(std::shared_ptr<impl> me) {
        auto done = co_await me->one();
        if (!done)
            co_return fail(std::move(done.error()));
        if (*done != send_outcome::none_due)
            me->outcomes[static_cast<std::size_t>(*done)].fetch_add(1, std::memory_order_relaxed);
        co_return *done != send_outcome::none_due;
    }

    std::uint64_t count(send_outcome which) const {
        return outcomes[static_cast<std::size_t>(which)].load(std::memory_order_relaxed);
    }

    deliver one;
    std::array<std::atomic<std::uint64_t>, 4> outcomes{};
    drainer drain; // the last: its rounds use the others
};

sender::sender(system& actors, storage::database& db, std::string table, deliver one)
    : impl_(std::make_shared<impl>(actors, table, std::move(one))) {
    std::weak_ptr<impl> weak = impl_;
    auto wake = [weak] {
        if (auto me = weak.lock())
            me->drain.wake();
    };
    db.listen(
        std::move(table), [wake](std::string_view) { wake(); }, wake);
}

sender::~sender() {
    stop();
}

void sender::wake() {
    impl_->drain.wake();
}
void sender::stop() {
    impl_->drain.stop();
}

sender_counts sender::counts() const {
    using enum send_outcome;
    return {.sent = impl_->count(sent), .postponed = impl_->count(postponed), .failed = impl_->count(failed)};
}

} // namespace mvp::actors
