#include "actors/drain_actor.hpp"

#include "tests/actors/simulated.hpp"

#include <caf/send.hpp>
#include <deque>
#include <set>

namespace mvp::actors {
namespace {

using namespace std::chrono_literals;

struct Drainer : simulated {
    std::deque<std::function<void(result<bool>)>> rounds; // begun, not ended
    int begun = 0;
    caf::actor drain;

    void make(drainer_options options = {}) {
        auto begin = [this](std::function<void(result<bool>)> done) {
            ++begun;
            rounds.push_back(std::move(done));
        };
        drain = caf::actor_cast<caf::actor>(
            system.spawn<drain_actor>("test drainer", drain_actor::begin(begin), options));
        run();
    }
    void TearDown() override {
        stop();
        while (!rounds.empty())
            end(false);
        drain = nullptr;
    }
    void wake() {
        caf::anon_send(drain, drain_wake{});
        run();
    }
    std::future<void> stop() {
        auto stopped = std::make_shared<std::promise<void>>();
        auto done = stopped->get_future();
        caf::anon_send(drain, drain_stop{std::move(stopped)});
        run();
        return done;
    }
    void end(result<bool> more) {
        auto one = std::move(rounds.front());
        rounds.pop_front();
        one(std::move(more));
        run();
    }
    static result<bool> failed() { return fail(errc::unavailable, "away"); }
    static bool is_done(const std::future<void>& f) { return f.wait_for(0s) == std::future_status::ready; }
};

TEST_F(Drainer, ManyWordsDuringARoundMakeOneMore) {
    make();
    EXPECT_EQ(begun, 0);
    wake();
    EXPECT_EQ(begun, 1);
    for (int i = 0; i < 10; ++i)
        wake();
    EXPECT_EQ(begun, 1);
    end(false);
    EXPECT_EQ(begun, 2) << "what was said during the round may be of something that it did not see";
    end(false);
    EXPECT_EQ(begun, 2);
}

TEST_F(Drainer, GoesOnWhileThereIsMoreAndOnlyThenInParallel) {
    make({.parallel = 3});
    wake();
    EXPECT_EQ(rounds.size(), 1u);
    end(true);
    EXPECT_EQ(rounds.size(), 3u);
    end(true);
    EXPECT_EQ(rounds.size(), 3u);
    end(false);
    end(false);
    end(false);
    EXPECT_EQ(rounds.size(), 0u);
}

TEST_F(Drainer, LooksNowAndThenInCaseThatAWordWasLost) {
    make({.tick = 1s});
    pass(999ms);
    EXPECT_EQ(begun, 0);
    pass(1ms);
    EXPECT_EQ(begun, 1);
    end(false);
    pass(1s);
    EXPECT_EQ(begun, 2);
}

TEST_F(Drainer, PausesGrowWithFailuresAndEndWithSuccess) {
    make({.tick = 1h, .shortest_pause = 100ms, .longest_pause = 500ms});
    wake();
    for (auto pause : {100ms, 200ms, 400ms, 500ms, 500ms}) {
        const int before = begun;
        end(failed());
        wake(); // does not shorten the pause
        pass(pause * 4 / 5 - 1ms);
        EXPECT_EQ(begun, before);
        pass(pause / 5 + 1ms);
        EXPECT_EQ(begun, before + 1);
    }
    end(false);
    wake();
    const int before = begun;
    end(failed());
    pass(100ms);
    EXPECT_EQ(begun, before + 1) << "the shortest pause again";
}

TEST_F(Drainer, GoesOnWithinASecondHoweverLongTheDatabaseWasAway) {
    make({.tick = 1h});
    wake();
    for (int i = 0; i < 20; ++i) {
        const int before = begun;
        end(failed());
        pass(1s);
        ASSERT_EQ(begun, before + 1) << "after " << i + 1 << " failures";
    }
}

TEST_F(Drainer, ThoseThatFailedTogetherDoNotAllComeBackAtOnce) {
    make({.tick = 1h, .shortest_pause = 1s, .longest_pause = 1s});
    wake();
    std::set<int> pauses;
    for (int i = 0; i < 20; ++i) {
        const int before = begun;
        end(failed());
        int passed = 0;
        for (; begun == before && passed < 1000; ++passed)
            pass(1ms);
        pauses.insert(passed);
    }
    EXPECT_GT(pauses.size(), 1u);
}

TEST_F(Drainer, StoppingWaitsForTheRoundAndBeginsNoOther) {
    make();
    wake();
    wake();
    auto done = stop();
    EXPECT_FALSE(is_done(done));
    end(true);
    EXPECT_TRUE(is_done(done));
    EXPECT_EQ(begun, 1);
    make();
    EXPECT_TRUE(is_done(stop())) << "at once when nothing runs";
}

} // namespace
} // namespace mvp::actors
