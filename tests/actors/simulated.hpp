// An actor system in which nothing runs and no time passes until the test says so.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <gtest/gtest.h>

namespace mvp::actors {

struct simulated : ::testing::Test {
    struct testing_config : caf::actor_system_config {
        testing_config() { set("scheduler.policy", caf::atom("testing")); }
    };
    testing_config config;
    caf::actor_system system{config};

    auto& scheduler() { return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()); }
    /// Lets actors run until none has a message left; delayed ones stay.
    void run() {
        while (scheduler().try_run_once())
            ;
    }
    /// Lets time pass and what comes due run.
    void pass(std::chrono::milliseconds time) {
        scheduler().advance_time(time);
        run();
    }
};

} // namespace mvp::actors
