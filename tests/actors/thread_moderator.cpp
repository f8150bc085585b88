#include "actors/thread_moderator.hpp"

#include "actors/view_book.hpp"
#include "tests/actors/simulated.hpp"

#include <caf/actor_companion.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <deque>
#include <fmt/format.h>

namespace mvp::actors {
namespace {

using namespace std::chrono_literals;
namespace forum = storage::forum;
using lines = std::vector<std::string>;

/// PostgreSQL, answering when the test lets it.
struct stored final : moderator_storage {
    lines transactions;
    std::deque<std::function<void(bool works)>> waiting;
    std::map<std::string, error> refuses; // by content

    void add(std::string text, std::vector<std::string> each, written done) {
        transactions.push_back(std::move(text));
        waiting.push_back([this, each, done](bool works) {
            if (!works)
                return done(fail(unavailable()));
            forum::outcomes all;
            for (const auto& content : each) {
                if (const auto r = refuses.find(content); r != refuses.end())
                    all.emplace_back(tl::unexpect, r->second);
                else
                    all.emplace_back(moderated{});
            }
            done(std::move(all));
        });
    }
    void respond(uuid, std::vector<forum::new_response> given, written done) override {
        std::vector<std::string> each;
        std::string text = "respond";
        for (const auto& r : given) {
            each.push_back(r.content);
            text += " " + r.content;
        }
        add(std::move(text), std::move(each), std::move(done));
    }
    void vote(std::vector<forum::new_vote> given, written done) override {
        add(fmt::format("vote {}", given.size()), std::vector<std::string>(given.size()), std::move(done));
    }
    void change(uuid, forum::thread_change what, written done) override {
        add(fmt::format("change {}", static_cast<int>(what)), {""}, std::move(done));
    }
};

struct Moderator : simulated {
    stored rows;
    timestamp clock = now();
    std::shared_ptr<moderator_surroundings> around = std::make_shared<moderator_surroundings>(rows);
    caf::actor moderator; // the last one made
    directory all{system, [this](caf::actor_system& s, resident me) {
                      moderator =
                          caf::actor_cast<caf::actor>(s.spawn<thread_moderator>(std::move(me), around));
                      return moderator;
                  }};
    const uuid thread = uuid::random(), ann = uuid::random(), bob = uuid::random();
    std::vector<caf::actor> askers;
    lines answers;

    void SetUp() override {
        around->now = [this] { return clock; };
    }
    void TearDown() override {
        moderator = nullptr;
        all.end_all();
        run();
        askers.clear();
    }
    /// Asks, and notes the answer in `answers` as "<name> <outcome>".
    template <class M> void ask(const std::string& name, M message) {
        all.send(thread,
                 retire_request{}); // makes the moderator if there is none; it does not retire: asked wrongly
        auto asker = system.spawn([this, name, message](caf::event_based_actor* self) {
            self->request(moderator, caf::infinite, message)
                .then(
                    [this, name](result<moderated>& r) {
                        answers.push_back(name + " " +
                                          (r                        ? "done"
                                           : r.error().text.empty() ? std::to_string(r.error().retry_after)
                                                                    : r.error().text));
                    },
                    [this, name](const caf::error&) { answers.push_back(name + " died"); });
        });
        askers.push_back(caf::actor_cast<caf::actor>(asker));
        run();
    }
    void says(const uuid& author, const std::string& content) {
        forum::new_response r;
        r.author = author;
        r.content = content;
        ask(content, r);
    }
    void votes(const uuid& user, const uuid& response = uuid()) {
        forum::new_vote v;
        v.user = user;
        v.text = response;
        ask("vote", v);
    }
    void closes() { ask("close", change_status{forum::thread_change::close}); }
    /// The transaction that runs comes to its end.
    void commit(bool works = true) {
        auto one = std::move(rows.waiting.front());
        rows.waiting.pop_front();
        one(works);
        run();
    }
    lines take() { return std::exchange(answers, {}); }
};

TEST_F(Moderator, WhatComesWhileATransactionRunsGoesIntoTheNextTogether) {
    says(ann, "a");
    EXPECT_EQ(rows.transactions, lines{"respond a"});
    says(bob, "b");
    says(uuid::random(), "c");
    EXPECT_EQ(rows.transactions.size(), 1u) << "one at a time";
    EXPECT_EQ(take(), lines{});
    commit();
    EXPECT_EQ(take(), lines{"a done"});
    EXPECT_EQ(rows.transactions, (lines{"respond a", "respond b c"}));
    commit();
    EXPECT_EQ(take(), (lines{"b done", "c done"}));
    EXPECT_EQ(around->batches, 2u);
    EXPECT_EQ(around->written, 3u);
}

TEST_F(Moderator, ABatchHoldsOneResponseOfAnAuthor) {
    says(ann, "a");
    says(bob, "b1");
    says(bob, "b2");
    says(ann, "a2");
    commit();
    commit();
    commit();
    EXPECT_EQ(rows.transactions, (lines{"respond a", "respond b1", "respond b2 a2"}));
}

TEST_F(Moderator, KindsAreNotMixedAndKeepTheirOrder) {
    says(ann, "a");
    votes(ann);
    votes(bob);
    votes(bob); // the same vote again is judged after the first
    closes();
    says(bob, "b");
    for (int i = 0; i < 5; ++i)
        commit();
    EXPECT_EQ(rows.transactions, (lines{"respond a", "vote 2", "vote 1", "change 1", "respond b"}));
    EXPECT_EQ(take().size(), 6u);
}

TEST_F(Moderator, ARefusalIsNobodyElses) {
    rows.refuses["b"] = error(errc::refused, "You already said this");
    says(ann, "first");
    says(bob, "b");
    says(uuid::random(), "c");
    commit();
    commit();
    EXPECT_EQ(take(), (lines{"first done", "b You already said this", "c done"}));
}

TEST_F(Moderator, AFloodIsRememberedUntilItIsOver) {
    error flood(errc::throttled, "");
    flood.retry_after = 30;
    rows.refuses["much"] = flood;
    says(ann, "much");
    commit();
    EXPECT_EQ(take(), lines{"much 30"});
    clock += 10s;
    says(ann, "more");
    EXPECT_EQ(take(), lines{"more 20"}) << "without PostgreSQL";
    says(bob, "b");
    commit();
    EXPECT_EQ(take(), lines{"b done"});
    clock += 20s;
    says(ann, "again");
    commit();
    EXPECT_EQ(take(), lines{"again done"});
    EXPECT_EQ(rows.transactions, (lines{"respond much", "respond b", "respond again"}));
}

TEST_F(Moderator, WhatPostgresCannotDoIsRefusedToTheWholeBatchAndTheNextGoesOn) {
    says(ann, "a");
    says(bob, "b");
    commit(false);
    commit();
    EXPECT_EQ(take(), (lines{"a Service temporarily unavailable.", "b done"}));
}

TEST_F(Moderator, WhatIsTooMuchIsRefusedAtOnce) {
    says(ann, "a");
    for (std::size_t i = 0; i < thread_moderator::waiting_limit; ++i)
        votes(uuid::random());
    votes(bob);
    EXPECT_EQ(take(), lines{"vote Service temporarily unavailable."});
    while (!rows.waiting.empty())
        commit();
    EXPECT_EQ(take().size(), 1 + thread_moderator::waiting_limit);
    EXPECT_EQ(around->batches, 2 + thread_moderator::waiting_limit / thread_moderator::batch_limit);
}

TEST_F(Moderator, RetiresOnlyWhenNobodyWaits) {
    says(ann, "a");
    for (int i = 0; i < 3; ++i) {
        all.sweep_all();
        run();
    }
    EXPECT_EQ(all.counts().live, 1u);
    commit();
    for (int i = 0; i < 2; ++i) {
        all.sweep_all();
        run();
    }
    EXPECT_EQ(all.counts().live, 0u);
}

TEST_F(Moderator, WhoWaitsWhenItEndsIsToldSo) {
    says(ann, "a");
    says(bob, "b");
    all.end_all();
    run();
    EXPECT_EQ(take(), (lines{"a Service temporarily unavailable.", "b Service temporarily unavailable."}));
}

struct Views : simulated {
    std::vector<view_book::views> writes;
    std::deque<std::function<void(result<>)>> waiting;
    caf::actor book;
    const uuid thread = uuid::random();

    void SetUp() override {
        book = caf::actor_cast<caf::actor>(system.spawn<view_book>(
            view_book::writer([this](view_book::views v, std::function<void(result<>)> done) {
                writes.push_back(std::move(v));
                waiting.push_back(std::move(done));
            })));
        run();
    }
    void TearDown() override {
        caf::anon_send_exit(book, caf::exit_reason::user_shutdown);
        book = nullptr;
        run();
    }
    void look(const std::string& viewer) {
        forum::new_view v;
        v.thread = thread;
        v.viewer = viewer;
        caf::anon_send(book, v);
        run();
    }
    void written(bool works = true) {
        auto done = std::move(waiting.front());
        waiting.pop_front();
        done(works ? result<>() : result<>(tl::unexpect, unavailable()));
        run();
    }
    std::future<void> stop() {
        auto stopped = std::make_shared<std::promise<void>>();
        auto end = stopped->get_future();
        caf::anon_send(book, stop_book{std::move(stopped)});
        run();
        return end;
    }
};

TEST_F(Views, AreWrittenTogetherHalfASecondAfterTheFirst) {
    look("ann");
    look("bob");
    look("ann");
    EXPECT_TRUE(writes.empty());
    pass(500ms);
    ASSERT_EQ(writes.size(), 1u);
    EXPECT_EQ(writes[0].size(), 2u) << "one waits once";
    look("ann");
    look("eve");
    pass(500ms);
    EXPECT_EQ(writes.size(), 1u) << "one at a time";
    written();
    pass(500ms);
    ASSERT_EQ(writes.size(), 2u);
    EXPECT_EQ(writes[1].size(), 1u);
    written();
    pass(10s);
    EXPECT_EQ(writes.size(), 2u);
}

TEST_F(Views, AreTriedAgainAfterGrowingPauses) {
    look("ann");
    pass(500ms);
    written(false);
    pass(500ms);
    EXPECT_EQ(writes.size(), 1u);
    pass(500ms);
    ASSERT_EQ(writes.size(), 2u);
    EXPECT_EQ(writes[1].size(), 1u);
    written(false);
    pass(1s);
    EXPECT_EQ(writes.size(), 2u);
    pass(1s);
    EXPECT_EQ(writes.size(), 3u);
    written();
}

TEST_F(Views, AreAllWrittenBeforeTheStopIsAnswered) {
    for (std::size_t i = 0; i < view_book::batch_limit + 1; ++i)
        look(std::to_string(i));
    auto end = stop();
    EXPECT_EQ(end.wait_for(0s), std::future_status::timeout);
    written();
    ASSERT_EQ(writes.size(), 2u);
    EXPECT_EQ(end.wait_for(0s), std::future_status::timeout);
    written();
    EXPECT_EQ(end.wait_for(0s), std::future_status::ready);
    EXPECT_EQ(writes[0].size() + writes[1].size(), view_book::batch_limit + 1);
}

TEST_F(Views, AStopWithNothingNotedIsAnsweredAtOnce) {
    EXPECT_EQ(stop().wait_for(0s), std::future_status::ready);
    EXPECT_TRUE(writes.empty());
}

} // namespace
} // namespace mvp::actors
