// One seller's rating on this process: every creation, change, approval and deletion of a review of him
// passes through it, in order. (A part's rating is kept by the same actor under the part's id.)
//
// Contract
// - One transaction runs at a time. What comes meanwhile waits (bounded) and is committed together by the
// next one, so
//   that many changes at once cost one recompute. Everybody is answered with what became of his own change,
//   after the commit; the figures are the new ones by then.
// - If a transaction of several fails, its changes are tried one by one: nobody suffers for another's. While
// PostgreSQL is
//   away all are told at once.
// - It orders work and saves some; what makes the figures right is storage::reviews::apply(), also where two
// processes have
//   an actor each.
#pragma once

#include "actors/directory.hpp"
#include "storage/reviews.hpp"

#include <atomic>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>

namespace mvp::actors {

/// Where the reviews of one kind are. `done` is called once, on any thread, with an outcome a change.
class review_storage {
  public:
    virtual ~review_storage() = default;
    virtual void apply(uuid subject, std::vector<storage::reviews::change> changes,
                       std::function<void(result<storage::reviews::outcomes>)> done) = 0;
};

/// What all actors of a kind share; outlives them.
struct rating_surroundings {
    review_storage& storage;
    std::atomic<std::uint64_t> changes{0}, transactions{0};
};

/// Answered with result<storage::reviews::outcome>.
struct change_review {
    storage::reviews::change what;
};
struct reviews_applied {
    result<storage::reviews::outcomes> each;
};

class seller_rating : public caf::event_based_actor {
  public:
    static constexpr std::size_t waiting_limit = 1000; ///< beyond it: errc::unavailable
    static constexpr std::size_t together = 64;        ///< changes in one transaction at most

    seller_rating(caf::actor_config& config, resident me, std::shared_ptr<rating_surroundings> surroundings);

    caf::behavior make_behavior() override;
    void on_exit() override;

  private:
    using promise = caf::typed_response_promise<result<storage::reviews::outcome>>;
    struct waiting_change {
        storage::reviews::change what;
        promise answer;
    };

    caf::result<result<storage::reviews::outcome>> on_change(change_review& asked);
    void next();
    void on_applied(result<storage::reviews::outcomes>& each);

    resident me_;
    std::shared_ptr<rating_surroundings> around_;
    std::deque<waiting_change> waiting_;
    std::vector<waiting_change> running_;
    std::size_t one_by_one_ = 0; // how many of those that wait come from a transaction that failed
};

} // namespace mvp::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::change_review)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::reviews_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::result<mvp::storage::reviews::outcome>)
