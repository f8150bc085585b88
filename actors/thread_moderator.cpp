#include "actors/thread_moderator.hpp"

#include "actors/supervise.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <set>

namespace mvp::actors {
namespace {

using storage::forum::new_response;
using storage::forum::new_vote;

/// What may come only once in a batch.
uuid key_of(const new_response& r) {
    return r.author;
}
std::pair<uuid, uuid> key_of(const new_vote& v) {
    return {v.text, v.user};
}

} // namespace

thread_moderator::thread_moderator(caf::actor_config& config, resident me,
                                   std::shared_ptr<moderator_surroundings> surroundings)
    : caf::event_based_actor(config), me_(std::move(me)), around_(std::move(surroundings)) {
    log_exceptions(this, "thread_moderator");
}

caf::behavior thread_moderator::make_behavior() {
    return {
        [this](new_response& what) -> caf::result<result<moderated>> {
            me_.handled();
            if (auto flood = still_flooding(what.author))
                return result<moderated>(tl::unexpect, std::move(*flood));
            return wait_with(what);
        },
        [this](new_vote& what) {
            me_.handled();
            return wait_with(what);
        },
        [this](change_status& what) {
            me_.handled();
            return wait_with(what);
        },
        [this](batch_done& done) { on_done(done); },
        [this](retire_request asked) {
            if (waiting_.empty() && running_.empty() && me_.retire(asked))
                quit();
        },
    };
}

void thread_moderator::on_exit() {
    for (auto& each : std::exchange(running_, {}))
        each.deliver(result<moderated>(tl::unexpect, unavailable()));
    for (auto& each : std::exchange(waiting_, {}))
        each.answer.deliver(result<moderated>(tl::unexpect, unavailable()));
}

template <class Message> caf::result<result<moderated>> thread_moderator::wait_with(Message& what) {
    if (waiting_.size() >= waiting_limit)
        return result<moderated>(tl::unexpect, unavailable());
    waiting_.push_back({std::move(what), make_response_promise<result<moderated>>()});
    auto answer = waiting_.back().answer;
    next();
    return answer;
}

std::optional<error> thread_moderator::still_flooding(const uuid& author) {
    if (flooding_.empty())
        return std::nullopt;
    const auto now = around_->now();
    std::erase_if(flooding_, [&](const auto& each) { return each.second <= now; });
    const auto found = flooding_.find(author);
    if (found == flooding_.end())
        return std::nullopt;
    error e(errc::throttled, "");
    e.retry_after = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(found->second - now).count());
    return e;
}

// --- one transaction at a time

void thread_moderator::next() {
    if (running_.empty() && !waiting_.empty())
        std::visit([this](const auto& first) { begin(first); }, waiting_.front().what);
}

void thread_moderator::begin(const new_response&) {
    auto batch = take_batch<new_response>();
    authors_.clear();
    for (const auto& each : batch)
        authors_.push_back(each.author);
    around_->storage.respond(me_.key(), std::move(batch), reporter());
}

void thread_moderator::begin(const new_vote&) {
    around_->storage.vote(take_batch<new_vote>(), reporter());
}

void thread_moderator::begin(const change_status& first) {
    const auto what = first.what;
    running_.push_back(std::move(waiting_.front().answer));
    waiting_.erase(waiting_.begin());
    around_->storage.change(me_.key(), what, reporter());
}

template <class Message> std::vector<Message> thread_moderator::take_batch() {
    std::vector<Message> batch;
    std::set<decltype(key_of(std::declval<Message>()))> keys;
    for (auto& each : waiting_) {
        auto* message = std::get_if<Message>(&each.what);
        if (!message || batch.size() == batch_limit || !keys.insert(key_of(*message)).second)
            break;
        batch.push_back(std::move(*message));
        running_.push_back(std::move(each.answer));
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
    return batch;
}

moderator_storage::written thread_moderator::reporter() {
    around_->batches.fetch_add(1, std::memory_order_relaxed);
    around_->written.fetch_add(running_.size(), std::memory_order_relaxed);
    return [self = caf::actor_cast<caf::actor>(this)](result<storage::forum::outcomes> all) {
        caf::anon_send(self, batch_done{std::move(all)});
    };
}

void thread_moderator::on_done(batch_done& done) {
    auto askers = std::exchange(running_, {});
    const auto authors = std::exchange(authors_, {});
    for (std::size_t i = 0; i < askers.size(); ++i) {
        auto outcome =
            done.all ? std::move((*done.all)[i]) : result<moderated>(tl::unexpect, done.all.error());
        if (i < authors.size() && !outcome && outcome.error().code == errc::throttled)
            flooding_[authors[i]] = around_->now() + std::chrono::seconds(outcome.error().retry_after);
        askers[i].deliver(std::move(outcome));
    }
    next();
}

} // namespace mvp::actors
