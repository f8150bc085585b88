#include "storage/worker_pool.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <gtest/gtest.h>

#include <future>
#include <sched.h>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace mvp {
namespace {

/// Runs one coroutine to its end on this thread.
template <class F> void on_loop(F f) {
    net::io_context io{1};
    std::exception_ptr failure;
    net::co_spawn(io.get_executor(), f(), [&](std::exception_ptr e) { failure = e; });
    io.run();
    if (failure)
        std::rethrow_exception(failure);
}

TEST(WorkerPool, ResumesTheCallerOnHisOwnLoopWithTheValue) {
    worker_pool pool(2, 10);
    on_loop([&]() -> task<> {
        const auto home = std::this_thread::get_id();
        auto got = co_await pool.run([] { return std::this_thread::get_id(); });
        EXPECT_TRUE(got.has_value());
        EXPECT_NE(*got, home);
        EXPECT_EQ(std::this_thread::get_id(), home);
    });
}

/// What SCHED_IDLE is to who may leave it again: only he takes it.
int policy_of_the_patient() {
    int policy = SCHED_OTHER;
    std::thread([&policy] {
        const sched_param none{};
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
        if (sched_setscheduler(0, SCHED_IDLE, &none) == 0 && sched_setscheduler(0, SCHED_OTHER, &none) == 0)
            policy = SCHED_IDLE;
    }).join();
    return policy;
}

/// Of an idle job, which on a busy machine may have waited too long to be one any more.
task<> expect_patience(worker_pool& pool) {
    const auto begun = std::chrono::steady_clock::now();
    auto job = [begun] {
        const int policy = sched_getscheduler(0);
        return std::pair(policy, std::chrono::steady_clock::now() - begun);
    };
    auto got = co_await pool.run(job, worker_pool::priority::idle);
    if (got.value().second < worker_pool::patience)
        EXPECT_EQ(got.value().first, policy_of_the_patient());
}

TEST(WorkerPool, RunsIdleJobsOnlyWhenAProcessorHasNothingElseToDo) {
    worker_pool pool(1, 10);
    on_loop([&]() -> task<> { co_await expect_patience(pool); });
    EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
}

TEST(WorkerPool, ThreadsThatAJobBeginsAreOfItsLowPriorityAndNoLower) {
    worker_pool pool(1, 10);
    on_loop([&]() -> task<> {
        auto got = co_await pool.run([] {
            int policy = -1, niceness = 0;
            std::thread([&] {
                policy = sched_getscheduler(0);
                niceness = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
            }).join();
            return std::pair(policy, niceness);
        });
        EXPECT_EQ(got.value(), std::pair(SCHED_OTHER, 10));
    });
}

TEST(WorkerPool, AJobThatTakesLongNeedsNoIdleProcessorAnyMore) {
    worker_pool pool(1, 10);
    on_loop([&]() -> task<> {
        auto work = [] {
            const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
            while (sched_getscheduler(0) != SCHED_OTHER && std::chrono::steady_clock::now() < end)
                std::this_thread::yield();
            return sched_getscheduler(0);
        };
        auto got = co_await pool.run(work, worker_pool::priority::idle);
        EXPECT_EQ(got.value(), SCHED_OTHER);
        co_await expect_patience(pool);
    });
}

TEST(WorkerPool, GivesAJobsOwnErrorUnwrapped) {
    worker_pool pool(1, 10);
    on_loop([&]() -> task<> {
        auto got = co_await pool.run([]() -> result<int> { return fail(errc::refused, "no"); });
        static_assert(std::is_same_v<decltype(got), result<int>>);
        EXPECT_EQ(got.error().text, "no");
        auto nothing = co_await pool.run([]() -> result<> { return {}; });
        EXPECT_TRUE(nothing.has_value());
    });
}

TEST(WorkerPool, TurnsAnExceptionIntoAnInternalErrorAndGoesOn) {
    worker_pool pool(1, 10);
    on_loop([&]() -> task<> {
        auto got = co_await pool.run([]() -> int { throw std::runtime_error("boom"); });
        EXPECT_EQ(got.error().code, errc::internal);
        auto next = co_await pool.run([] { return 7; });
        EXPECT_EQ(next.value(), 7);
    });
}

TEST(WorkerPool, RefusesAtOnceWhatDoesNotFitIntoTheQueue) {
    worker_pool pool(1, 1);
    std::promise<void> started, release;
    auto may_end = release.get_future().share();
    net::io_context io{1};
    net::co_spawn(
        io.get_executor(),
        [&]() -> task<> {
            std::function<int()> hold = [&, may_end] {
                started.set_value();
                may_end.wait();
                return 1;
            };
            EXPECT_EQ((co_await pool.run(std::move(hold))).value(), 1);
        },
        net::detached);
    io.poll();
    started.get_future().wait();
    net::co_spawn(
        io.get_executor(), [&]() -> task<> { EXPECT_EQ((co_await pool.run([] { return 2; })).value(), 2); },
        net::detached);
    io.poll();
    EXPECT_EQ(pool.queued(), 1u);
    bool refused = false;
    net::co_spawn(
        io.get_executor(),
        [&]() -> task<> {
            auto got = co_await pool.run([] { return 3; });
            refused = !got && got.error().code == errc::unavailable;
        },
        net::detached);
    io.poll();
    EXPECT_TRUE(refused);
    release.set_value();
    io.run();
    EXPECT_EQ(pool.queued(), 0u);
}

TEST(WorkerPool, DropsWhatWaitsAndTellsItsCallersWhenItIsDestroyed) {
    net::io_context io{1};
    std::promise<void> started, release;
    auto may_end = release.get_future().share();
    auto pool = std::make_unique<worker_pool>(1, 10);
    bool first = false, second_ran = false, second_dropped = false;
    net::co_spawn(
        io.get_executor(),
        [&]() -> task<> {
            std::function<int()> hold = [&, may_end] {
                started.set_value();
                may_end.wait();
                return 1;
            };
            auto got = co_await pool->run(std::move(hold));
            first = got.has_value();
        },
        net::detached);
    io.poll();
    started.get_future().wait();
    net::co_spawn(
        io.get_executor(),
        [&]() -> task<> {
            auto got = co_await pool->run([&] { return second_ran = true; });
            second_dropped = !got && got.error().code == errc::unavailable;
        },
        net::detached);
    io.poll();
    std::thread closing([&] { pool.reset(); });
    while (!second_dropped)
        io.run_one();
    release.set_value();
    closing.join();
    io.restart();
    io.run();
    EXPECT_TRUE(first);
    EXPECT_FALSE(second_ran);
}

TEST(WorkerPool, ACallerWhoIsGoneIsNotWrittenTo) {
    worker_pool pool(1, 10);
    std::promise<void> started, release;
    auto may_end = release.get_future().share();
    auto value = std::make_shared<int>(42);
    std::weak_ptr<int> watched = value;
    bool gone = false;
    {
        net::io_context io{1};
        net::cancellation_signal cancel;
        net::co_spawn(
            io.get_executor(),
            [&, may_end]() -> task<> {
                std::function<std::shared_ptr<int>()> hold = [&started, may_end, value = std::move(value)] {
                    started.set_value();
                    may_end.wait();
                    return value;
                };
                auto got = co_await pool.run(std::move(hold));
                gone = !got;
            },
            net::bind_cancellation_slot(cancel.slot(), net::detached));
        io.poll();
        started.get_future().wait();
        cancel.emit(net::cancellation_type::terminal);
        io.run();
        EXPECT_TRUE(gone);
        EXPECT_FALSE(watched.expired()); // the job goes on with what it owns
        release.set_value();
        on_loop([&]() -> task<> { EXPECT_EQ((co_await pool.run([] { return 5; })).value(), 5); });
        io.restart();
        io.run();
    }
    EXPECT_TRUE(watched.expired());
}

TEST(WorkerPool, ACallerDestroyedWithItsLoopStoppedIsNotWrittenTo) {
    std::promise<void> started, release;
    auto may_end = release.get_future().share();
    net::io_context io{1};
    worker_pool pool(1, 10);
    bool resumed = false;
    net::co_spawn(
        io.get_executor(),
        [&, may_end]() -> task<> {
            std::function<int()> hold = [&started, may_end] {
                started.set_value();
                may_end.wait();
                return 1;
            };
            co_await pool.run(std::move(hold));
            resumed = true;
        },
        net::detached);
    io.poll();
    started.get_future().wait();
    io.stop();
    release.set_value();
    EXPECT_FALSE(resumed); // the pool ends first, then the loop with the waiting frame in it
}

} // namespace
} // namespace mvp
