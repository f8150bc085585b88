#include "actors/seller_rating.hpp"

#include "actors/supervise.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <iterator>

namespace mvp::actors {

using storage::reviews::outcome;
using storage::reviews::outcomes;

seller_rating::seller_rating(caf::actor_config& config, resident me,
                             std::shared_ptr<rating_surroundings> surroundings)
    : caf::event_based_actor(config), me_(std::move(me)), around_(std::move(surroundings)) {
    log_exceptions(this, "seller_rating");
}

caf::behavior seller_rating::make_behavior() {
    return {
        [this](change_review& asked) {
            me_.handled();
            return on_change(asked);
        },
        [this](reviews_applied& done) { on_applied(done.each); },
        [this](retire_request asked) {
            if (waiting_.empty() && running_.empty() && me_.retire(asked))
                quit();
        },
    };
}

void seller_rating::on_exit() {
    // What runs may still be committed: who asked cannot be told, and asks again.
    for (auto& each : running_)
        each.answer.deliver(result<outcome>(tl::unexpect, unavailable()));
    for (auto& each : waiting_)
        each.answer.deliver(result<outcome>(tl::unexpect, unavailable()));
    running_.clear();
    waiting_.clear();
}

caf::result<result<outcome>> seller_rating::on_change(change_review& asked) {
    if (waiting_.size() >= waiting_limit)
        return result<outcome>(tl::unexpect, unavailable());
    waiting_.push_back({std::move(asked.what), make_response_promise<result<outcome>>()});
    auto answer = waiting_.back().answer;
    next();
    return answer;
}

void seller_rating::next() {
    if (!running_.empty() || waiting_.empty())
        return;
    std::size_t count = std::min(waiting_.size(), together);
    if (one_by_one_ > 0) {
        count = 1;
        --one_by_one_;
    }
    std::vector<storage::reviews::change> changes;
    for (; changes.size() < count; waiting_.pop_front()) {
        changes.push_back(waiting_.front().what);
        running_.push_back(std::move(waiting_.front()));
    }
    around_->changes.fetch_add(count, std::memory_order_relaxed);
    around_->transactions.fetch_add(1, std::memory_order_relaxed);
    around_->storage.apply(me_.key(), std::move(changes),
                           [self = caf::actor_cast<caf::actor>(this)](result<outcomes> each) {
                               caf::anon_send(self, reviews_applied{std::move(each)});
                           });
}

void seller_rating::on_applied(result<outcomes>& each) {
    auto done = std::exchange(running_, {});
    if (!each && done.size() > 1 && each.error().code != errc::unavailable) {
        one_by_one_ = done.size();
        waiting_.insert(waiting_.begin(), std::make_move_iterator(done.begin()),
                        std::make_move_iterator(done.end()));
        return next();
    }
    for (std::size_t i = 0; i < done.size(); ++i) {
        if (each)
            done[i].answer.deliver(std::move((*each)[i]));
        else
            done[i].answer.deliver(result<outcome>(tl::unexpect, each.error()));
    }
    next();
}

} // namespace mvp::actors
