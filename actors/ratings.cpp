#include "actors/ratings.hpp"

#include "actors/background.hpp"
#include "actors/seller_rating.hpp"

namespace mvp::actors {
namespace {

/// On the connections of whatever loop the actor runs on.
class postgres_reviews final : public review_storage {
  public:
    postgres_reviews(storage::database& db, storage::cache& cache, const storage::review_kind& kind)
        : db_(db), cache_(cache), kind_(kind) {}

    void apply(uuid subject, std::vector<storage::reviews::change> changes,
               std::function<void(result<storage::reviews::outcomes>)> done) override {
        in_background(storage::reviews::apply(db_, cache_, kind_, subject, std::move(changes)),
                      std::move(done));
    }

  private:
    storage::database& db_;
    storage::cache& cache_;
    const storage::review_kind& kind_;
};

/// The actors of one kind.
struct population {
    population(system& actors, storage::database& db, storage::cache& cache, const storage::review_kind& kind,
               const ratings_options& o)
        : storage(db, cache, kind), around(std::make_shared<rating_surroundings>(storage)),
          all(
              actors.caf(),
              [shared = around](caf::actor_system& s, resident me) {
                  return caf::actor_cast<caf::actor>(s.spawn<seller_rating>(std::move(me), shared));
              },
              directory_options{.idle = o.idle, .limit = o.limit}) {}

    void add_to(ratings_counts& sum) const {
        sum.live += all.counts().live;
        sum.changes += around->changes.load(std::memory_order_relaxed);
        sum.transactions += around->transactions.load(std::memory_order_relaxed);
    }

    postgres_reviews storage;
    std::shared_ptr<rating_surroundings> around;
    directory all;
};

} // namespace

struct ratings::impl {
    impl(system& actors, storage::database& db, storage::cache& cache, ratings_options o)
        : options(o), sellers(actors, db, cache, storage::seller_reviews, o),
          parts(actors, db, cache, storage::part_reviews, o) {}

    population& of(const storage::review_kind& kind) {
        return &kind == &storage::part_reviews ? parts : sellers;
    }

    const ratings_options options;
    population sellers, parts;
};

ratings::ratings(system& actors, storage::database& db, storage::cache& cache, ratings_options options)
    : impl_(std::make_shared<impl>(actors, db, cache, options)) {
    std::weak_ptr<impl> weak = impl_;
    actors.every(impl_->sellers.all.sweep_period(), [weak] {
        if (auto me = weak.lock()) {
            me->sellers.all.sweep();
            me->parts.all.sweep();
        }
    });
}

ratings::~ratings() {
    stop();
}

void ratings::stop() {
    impl_->sellers.all.end_all();
    impl_->parts.all.end_all();
}

task<result<storage::reviews::outcome>> ratings::change(const storage::review_kind& kind, uuid subject,
                                                        storage::reviews::change what) {
    change_review asked{std::move(what)};
    return impl_->of(kind).all.ask<storage::reviews::outcome>(subject, impl_->options.deadline,
                                                              std::move(asked));
}

ratings_counts ratings::counts() const {
    ratings_counts sum;
    impl_->sellers.add_to(sum);
    impl_->parts.add_to(sum);
    return sum;
}

} // namespace mvp::actors
