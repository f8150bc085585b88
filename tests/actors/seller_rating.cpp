#include "actors/seller_rating.hpp"

#include "tests/actors/simulated.hpp"

#include <caf/send.hpp>
#include <deque>

namespace mvp::actors {
namespace {

using namespace std::chrono_literals;
using storage::reviews::change;
using storage::reviews::outcome;
using storage::reviews::outcomes;

/// PostgreSQL that answers when the test says so.
struct stored final : review_storage {
    struct transaction {
        uuid subject;
        std::vector<change> changes;
        std::function<void(result<outcomes>)> done;
    };
    std::deque<transaction> waiting;
    std::vector<std::size_t> sizes; // of all transactions so far

    void apply(uuid subject, std::vector<change> changes,
               std::function<void(result<outcomes>)> done) override {
        sizes.push_back(changes.size());
        waiting.push_back({subject, std::move(changes), std::move(done)});
    }
};

using answer = std::shared_ptr<std::optional<result<outcome>>>;

struct SellerRating : simulated {
    stored rows;
    std::shared_ptr<rating_surroundings> around = std::make_shared<rating_surroundings>(rows);
    caf::actor rating; // the last one made
    directory ratings{system, [this](caf::actor_system& s, resident me) {
                          rating = caf::actor_cast<caf::actor>(s.spawn<seller_rating>(std::move(me), around));
                          return rating;
                      }};
    const uuid seller = uuid::random();

    void TearDown() override {
        rating = nullptr;
        ratings.end_all();
        run();
    }
    /// Asks for a change of the review with this id.
    answer ask(uuid id = uuid::random()) {
        if (!rating) {
            ratings.send(seller, change_review{storage::reviews::removal(uuid::random(), {})});
            run();
            commit();
        }
        auto got = std::make_shared<std::optional<result<outcome>>>();
        change_review what{storage::reviews::removal(id, {})};
        system.spawn([to = rating, got, what](caf::event_based_actor* me) {
            me->request(to, caf::infinite, what)
                .then([got](result<outcome>& r) { *got = std::move(r); },
                      [got](const caf::error& e) { *got = result<outcome>(tl::unexpect, no_answer(e)); });
        });
        run();
        return got;
    }
    void end(result<outcomes> how) {
        auto one = std::move(rows.waiting.front());
        rows.waiting.pop_front();
        one.done(std::move(how));
        run();
    }
    /// All changes of the running transaction succeed; those of `refused` do not.
    void commit(std::optional<uuid> refused = {}) {
        outcomes each;
        for (const auto& c : rows.waiting.front().changes) {
            if (c.id == refused)
                each.push_back(fail(errc::refused, "no"));
            else
                each.push_back(outcome{{}, true});
        }
        end(std::move(each));
    }
    static std::string told(const answer& a) {
        if (!*a)
            return "waits";
        return **a ? "done" : (**a).error().text;
    }
};

TEST_F(SellerRating, RunsOneTransactionAtATimeAndTakesWhatCameMeanwhileTogether) {
    const auto first = ask();
    std::vector<answer> others;
    for (int i = 0; i < 59; ++i)
        others.push_back(ask());
    EXPECT_EQ(rows.waiting.size(), 1u);
    EXPECT_EQ(rows.waiting.front().subject, seller);
    commit();
    EXPECT_EQ(told(first), "done");
    EXPECT_EQ(told(others.front()), "waits") << "it was not in that transaction";
    ASSERT_EQ(rows.waiting.size(), 1u);
    EXPECT_EQ(rows.waiting.front().changes.size(), 59u);
    commit();
    for (const auto& each : others)
        EXPECT_EQ(told(each), "done");
    EXPECT_TRUE(rows.waiting.empty());
    EXPECT_EQ(around->transactions, 3u) << "with the one that woke it";
    EXPECT_EQ(around->changes, 61u);
}

TEST_F(SellerRating, AnswersEverybodyWithHisOwnOutcomeInOrder) {
    ask();
    const auto bad = uuid::random();
    const auto a = ask(), b = ask(bad), c = ask();
    const auto order = [&] {
        std::vector<uuid> ids;
        for (const auto& each : rows.waiting.front().changes)
            ids.push_back(each.id);
        return ids;
    };
    commit();
    EXPECT_EQ(order()[1], bad);
    commit(bad);
    EXPECT_EQ(told(a), "done");
    EXPECT_EQ(told(b), "no");
    EXPECT_EQ(told(c), "done");
}

TEST_F(SellerRating, TriesTheChangesOfATransactionThatFailedOneByOne) {
    ask();
    const auto poison = uuid::random();
    const auto a = ask(), b = ask(poison), c = ask();
    commit();
    const auto late = [&] {
        end(fail(errc::internal, "together"));
        return ask();
    }();
    ASSERT_EQ(rows.waiting.size(), 1u);
    EXPECT_EQ(rows.waiting.front().changes.size(), 1u);
    commit();
    EXPECT_EQ(told(a), "done");
    end(fail(errc::internal, "alone"));
    EXPECT_EQ(told(b), "alone");
    EXPECT_EQ(told(c), "waits");
    commit();
    EXPECT_EQ(told(c), "done");
    commit();
    EXPECT_EQ(told(late), "done");
    EXPECT_EQ(rows.sizes, (std::vector<std::size_t>{1, 1, 3, 1, 1, 1, 1}));
}

TEST_F(SellerRating, TellsEverybodyAtOnceWhilePostgresIsAway) {
    ask();
    const auto a = ask(), b = ask();
    commit();
    end(fail(unavailable()));
    EXPECT_EQ(told(a), unavailable().text);
    EXPECT_EQ(told(b), unavailable().text);
    EXPECT_TRUE(rows.waiting.empty());
    const auto again = ask();
    commit();
    EXPECT_EQ(told(again), "done");
}

TEST_F(SellerRating, BoundsATransactionAndWhatWaits) {
    ask();
    std::vector<answer> all;
    for (std::size_t i = 0; i < seller_rating::waiting_limit + 1; ++i)
        all.push_back(ask());
    EXPECT_EQ(told(all.back()), unavailable().text);
    EXPECT_EQ(told(all.front()), "waits");
    while (!rows.waiting.empty()) {
        EXPECT_LE(rows.waiting.front().changes.size(), seller_rating::together);
        commit();
    }
    EXPECT_EQ(told(all[all.size() - 2]), "done");
}

TEST_F(SellerRating, RetiresWhenNobodyAsksAndNotWhileItWorks) {
    ask();
    for (int i = 0; i < 3; ++i) {
        ratings.sweep_all();
        run();
    }
    EXPECT_EQ(ratings.counts().live, 1u) << "a transaction runs";
    commit();
    for (int i = 0; i < 3; ++i) {
        ratings.sweep_all();
        run();
    }
    EXPECT_EQ(ratings.counts().retired, 1u);
    EXPECT_EQ(ratings.counts().live, 0u);
}

TEST_F(SellerRating, EndsWithAnAnswerForEverybodyWhoWaits) {
    const auto runs = ask(), waits = ask();
    rating = nullptr;
    ratings.end_all();
    run();
    EXPECT_EQ(told(runs), unavailable().text);
    EXPECT_EQ(told(waits), unavailable().text);
    commit(); // the transaction's end finds nobody
}

} // namespace
} // namespace mvp::actors
