#include "actors/directory.hpp"

#include "tests/actors/asking.hpp"
#include "tests/actors/simulated.hpp"

namespace {
struct add_one {};
struct fail_now {};
struct hold {}; // busy: does not retire until released
struct release {};
} // namespace
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(add_one)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fail_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hold)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(release)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::result<std::int64_t>)

namespace mvp::actors {
namespace {

std::atomic<int> alive{0};
std::atomic<std::int64_t> total{0}; // what all counters ever counted: a lost message would be missing

caf::behavior counter(caf::event_based_actor* self, resident me) {
    struct state {
        std::int64_t count = 0;
        bool held = false;
        state() { ++alive; }
        ~state() { --alive; }
    };
    log_exceptions(self, "counter");
    auto my = std::make_shared<state>();
    auto home = std::make_shared<resident>(me);
    return {
        [=](add_one) -> result<std::int64_t> {
            home->handled();
            ++total;
            return ++my->count;
        },
        [=](fail_now) -> result<std::int64_t> { throw std::runtime_error("thrown on purpose"); },
        [=](hold) {
            home->handled();
            my->held = true;
        },
        [=](release) {
            home->handled();
            my->held = false;
        },
        [=](retire_request asked) {
            if (!my->held && home->retire(asked))
                self->quit();
        },
    };
}

caf::actor make_counter(caf::actor_system& system, resident me) {
    return system.spawn(counter, std::move(me));
}

/// By message and by hand: nothing runs until run().
struct Directory : simulated {
    const uuid key = uuid::random();

    void finish(directory& d) {
        d.end_all();
        run();
    }
    void SetUp() override { total = 0; }
};

TEST_F(Directory, SpawnsOnceAndKeepsTheOrderOfMessages) {
    directory d(system, make_counter);
    d.send(key, add_one{});
    d.send(key, add_one{});
    EXPECT_EQ(d.counts().live, 1u);
    EXPECT_EQ(d.counts().waiting, 2u);
    EXPECT_EQ(d.counts().longest_mailbox, 2u);
    run();
    EXPECT_EQ(d.counts().waiting, 0u);
    EXPECT_EQ(d.counts().spawned, 1u);
    EXPECT_EQ(total, 2);
    finish(d);
}

TEST_F(Directory, AnIdleActorRetiresAfterTwoSweeps) {
    directory d(system, make_counter);
    d.send(key, add_one{});
    run();
    d.sweep_all();
    run();
    EXPECT_EQ(d.counts().live, 1u) << "it was used since the sweep before";
    d.sweep_all();
    run();
    EXPECT_EQ(d.counts().live, 0u);
    EXPECT_EQ(d.counts().retired, 1u);
    EXPECT_EQ(d.counts().died, 0u);
    EXPECT_EQ(alive, 0);
}

TEST_F(Directory, AMessageSentAfterTheQuestionKeepsTheActor) {
    directory d(system, make_counter);
    d.send(key, add_one{});
    run();
    d.sweep_all();
    d.sweep_all();          // the question is in the mailbox,
    d.send(key, add_one{}); // and this behind it
    run();
    EXPECT_EQ(d.counts().live, 1u);
    EXPECT_EQ(d.counts().spawned, 1u);
    EXPECT_EQ(total, 2);
    finish(d);
}

TEST_F(Directory, ABusyActorStaysUntilItIsDone) {
    directory d(system, make_counter);
    d.send(key, hold{});
    run();
    for (int i = 0; i < 3; ++i) {
        d.sweep_all();
        run();
    }
    EXPECT_EQ(d.counts().live, 1u);
    d.send(key, release{});
    run();
    for (int i = 0; i < 2; ++i) {
        d.sweep_all();
        run();
    }
    EXPECT_EQ(d.counts().live, 0u);
}

TEST_F(Directory, AnActorThatThrewIsReplacedOnTheNextUse) {
    directory d(system, make_counter);
    d.send(key, add_one{});
    d.send(key, fail_now{});
    run();
    EXPECT_EQ(d.counts().live, 0u);
    EXPECT_EQ(d.counts().died, 1u);
    EXPECT_TRUE(d.send(key, add_one{}));
    run();
    EXPECT_EQ(d.counts().live, 1u);
    EXPECT_EQ(d.counts().spawned, 2u);
    finish(d);
}

TEST_F(Directory, TheBoundOfLiveActorsRefusesOneMore) {
    directory d(system, make_counter, {.limit = 1});
    EXPECT_TRUE(d.send(key, add_one{}));
    EXPECT_FALSE(d.send(uuid::random(), add_one{}));
    EXPECT_TRUE(d.send(key, add_one{}));
    EXPECT_EQ(d.counts().refused, 1u);
    finish(d);
}

TEST_F(Directory, SendIfLiveSpawnsNothing) {
    directory d(system, make_counter);
    EXPECT_FALSE(d.send_if_live(key, add_one{}));
    EXPECT_EQ(d.counts().spawned, 0u);
    d.send(key, add_one{});
    EXPECT_TRUE(d.send_if_live(key, add_one{}));
    d.send_all(add_one{});
    run();
    EXPECT_EQ(total, 3);
    finish(d);
}

TEST_F(Directory, AfterEndAllNothingIsSpawned) {
    directory d(system, make_counter);
    d.send(key, add_one{});
    run();
    finish(d);
    EXPECT_FALSE(d.send(key, add_one{}));
    EXPECT_EQ(alive, 0);
}

/// The same on real threads.
struct DirectoryOnLoops : on_loops {
    std::optional<directory> counters;
    void SetUp() override {
        on_loops::SetUp();
        total = 0;
        counters.emplace(actors->caf(), make_counter);
    }
    void TearDown() override {
        counters.reset();
        on_loops::TearDown();
        EXPECT_EQ(alive, 0);
    }
};

TEST_F(DirectoryOnLoops, NoMessageIsLostWhileActorsComeAndGo) {
    std::vector<uuid> keys;
    for (int i = 0; i < 20; ++i)
        keys.push_back(uuid::random());
    auto many = [&](std::size_t from) -> task<int> {
        int answered = 0;
        for (std::size_t i = 0; i < 4000; ++i) {
            add_one message;
            if (co_await counters->ask<std::int64_t>(keys[(from + i) % keys.size()], 5s, message))
                ++answered;
        }
        co_return answered;
    };
    auto first = net::co_spawn(all[0].io, many(0), net::use_future);
    auto second = net::co_spawn(all[1].io, many(7), net::use_future);
    while (first.wait_for(0s) != std::future_status::ready ||
           second.wait_for(0s) != std::future_status::ready)
        counters->sweep_all();
    EXPECT_EQ(first.get() + second.get(), 8000);
    EXPECT_EQ(total, 8000);
    EXPECT_GT(counters->counts().retired, 0u);
    EXPECT_EQ(counters->counts().died, 0u);
}

TEST_F(DirectoryOnLoops, AnAskThatNeedsOneActorTooManyIsRefused) {
    counters.emplace(actors->caf(), make_counter, directory_options{.limit = 0});
    add_one message;
    auto got = run(counters->ask<std::int64_t>(uuid::random(), 5s, message));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::unavailable);
}

TEST_F(DirectoryOnLoops, TheAskerOfAnActorThatThrowsGetsAnErrorAndTheNextAskANewOne) {
    const uuid key = uuid::random();
    fail_now bad;
    auto got = run(counters->ask<std::int64_t>(key, 5s, bad));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::unavailable);
    add_one good;
    EXPECT_TRUE(mvp::test::eventually([&] { return counters->counts().died == 1; }));
    EXPECT_EQ(run(counters->ask<std::int64_t>(key, 5s, good)), 1);
}

} // namespace
} // namespace mvp::actors
