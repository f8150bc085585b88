// Two loops with an actor system on them, for tests of what runs on real threads without servers.
#pragma once

#include "actors/ask.hpp"
#include "actors/scheduler.hpp"
#include "actors/supervise.hpp"
#include "tests/support/eventually.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <future>
#include <gtest/gtest.h>
#include <optional>

namespace mvp::actors {

using namespace std::chrono_literals;

struct on_loops : ::testing::Test {
    loops all{2};
    std::optional<system> actors;

    void SetUp() override {
        actors.emplace(all, system_options{.asks_per_loop = 64});
        all.start();
    }
    void TearDown() override {
        actors.reset();
        all.stop_and_join();
    }
    /// Runs a coroutine on a loop and waits for it.
    template <class T> T run(task<T> what, std::size_t on = 0) {
        auto value = net::co_spawn(all[on].io, std::move(what), net::use_future);
        if (value.wait_for(20s) != std::future_status::ready)
            throw std::runtime_error("the coroutine did not end");
        return value.get();
    }
};

} // namespace mvp::actors
