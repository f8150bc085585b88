#include "tests/actors/asking.hpp"

namespace {
struct add {
    int by = 0;
};
struct throw_up {};
struct never {};
struct refuse {};
} // namespace
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(add)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(throw_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(never)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(refuse)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::result<int>)

namespace mvp::actors {
namespace {

caf::behavior adder(caf::event_based_actor* self) {
    log_exceptions(self, "adder");
    auto sum = std::make_shared<int>(0);
    return {
        [=](add a) -> result<int> { return *sum += a.by; },
        [=](throw_up) -> result<int> { throw std::runtime_error("thrown on purpose"); },
        [=](never) -> caf::result<result<int>> { return self->make_response_promise<result<int>>(); },
        [=](refuse) -> result<int> { return fail(error::invalid("year", "Too old.")); },
    };
}

struct Asking : on_loops {
    std::vector<caf::actor> spawned;

    void TearDown() override {
        for (auto& each : spawned)
            caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
        spawned.clear();
        on_loops::TearDown();
    }
    template <class R, class M>
    result<R> ask_one(const caf::actor& to, M message, std::chrono::milliseconds deadline = 5s) {
        return run(ask<R>(to, deadline, message));
    }
    caf::actor spawn() {
        spawned.push_back(actors->caf().spawn(adder));
        return spawned.back();
    }
};

TEST_F(Asking, AnAnswerComesBackAndStateIsKept) {
    auto to = spawn();
    EXPECT_EQ(ask_one<int>(to, add{3}), 3);
    EXPECT_EQ(ask_one<int>(to, add{4}), 7);
}

TEST_F(Asking, AnErrorOfOursArrivesAsItWasMade) {
    auto got = ask_one<int>(spawn(), refuse{});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::invalid);
    ASSERT_EQ(got.error().fields.size(), 1u);
    EXPECT_EQ(got.error().fields[0].path, "year");
    EXPECT_EQ(got.error().fields[0].texts[0], "Too old.");
}

TEST_F(Asking, AnActorThatThrowsGivesItsAskerAnErrorAtOnce) {
    auto to = spawn();
    const auto began = steady_clock::now();
    auto got = ask_one<int>(to, throw_up{});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::unavailable);
    EXPECT_EQ(got.error().retry_after, 1);
    EXPECT_LT(steady_clock::now() - began, 2s);
    auto later = ask_one<int>(to, add{1});
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, errc::unavailable);
}

TEST_F(Asking, MixedDeadlinesPassOneByOne) {
    auto to = spawn();
    std::vector<int> order;
    auto one = [&](int ms) -> task<> {
        never message;
        auto got = co_await ask<int>(to, std::chrono::milliseconds(ms), message);
        if (!got && got.error().code == errc::unavailable)
            order.push_back(ms);
    };
    auto all_of = [&]() -> task<int> {
        for (int ms : {400, 50, 200})
            net::co_spawn(all[0].io, one(ms), net::detached);
        co_await one(600);
        co_return 0;
    };
    run(all_of());
    EXPECT_EQ(order, (std::vector<int>{50, 200, 400, 600}));
    EXPECT_EQ(actors->counts().asks_late, 4u);
    EXPECT_EQ(actors->counts().asks_in_flight, 0u);
}

TEST_F(Asking, BeyondTheBoundAnAskIsRefusedAtOnce) {
    auto to = spawn();
    auto hang = [&]() -> task<> {
        never message;
        (void)co_await ask<int>(to, 300ms, message);
    };
    auto both = [&]() -> task<int> {
        for (int i = 0; i < 64; ++i)
            net::co_spawn(all[0].io, hang(), net::detached);
        co_await net::post(all[0].io, use_task); // they begin first
        add message{1};
        auto got = co_await ask<int>(to, 5s, message);
        co_return got ? -1 : static_cast<int>(got.error().code);
    };
    EXPECT_EQ(run(both()), static_cast<int>(errc::unavailable));
    EXPECT_EQ(actors->counts().asks_refused, 1u);
    EXPECT_EQ(actors->counts().asks_in_flight, 64u);
    EXPECT_TRUE(mvp::test::eventually([&] { return actors->counts().asks_in_flight == 0; }));
}

TEST_F(Asking, StoppingResumesThoseWhoWait) {
    auto to = spawn();
    never message;
    auto waiting = net::co_spawn(all[1].io, ask<int>(to, 60s, message), net::use_future);
    ASSERT_TRUE(mvp::test::eventually([&] { return actors->counts().asks_in_flight == 1; }));
    to = nullptr;
    TearDown();
    ASSERT_EQ(waiting.wait_for(5s), std::future_status::ready);
    auto got = waiting.get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::unavailable);
}

TEST_F(Asking, AfterTheSystemStoppedAnAskIsRefused) {
    auto to = spawn();
    caf::anon_send_exit(to, caf::exit_reason::user_shutdown);
    spawned.clear();
    actors->stop();
    auto got = ask_one<int>(to, add{1});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::unavailable);
}

TEST_F(Asking, ManyAskersOnBothLoopsGetTheirOwnAnswers) {
    auto to = spawn();
    auto many = [&]() -> task<int> {
        int highest = 0;
        for (int i = 0; i < 5000; ++i) {
            add message{1};
            auto got = co_await ask<int>(to, 5s, message);
            if (!got || *got <= highest)
                co_return -1;
            highest = *got;
        }
        co_return highest;
    };
    auto first = net::co_spawn(all[0].io, many(), net::use_future);
    auto second = net::co_spawn(all[1].io, many(), net::use_future);
    const int a = first.get(), b = second.get();
    EXPECT_EQ(std::max(a, b), 10000);
    EXPECT_GT(std::min(a, b), 0);
    EXPECT_GT(actors->counts().runs, 0u);
}

TEST_F(Asking, WhatRepeatsGoesOnUntilTheSystemStops) {
    std::atomic<int> calls{0};
    actors->every(1ms, [&] { ++calls; });
    EXPECT_TRUE(mvp::test::eventually([&] { return calls >= 5; }));
    actors->stop();
    const int then = calls;
    std::this_thread::sleep_for(10ms);
    EXPECT_EQ(calls, then);
}

} // namespace
} // namespace mvp::actors
