// Runs a coroutine on a loop and waits for it: how tests that are not coroutines themselves call the rooms.
#pragma once

#include "storage/loop.hpp"
#include "tests/support/eventually.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <concepts>
#include <future>
#include <stdexcept>
#include <type_traits>

namespace mvp::test {

/// Starts `work` (a task, or a function that returns one: then it begins on the loop) and returns its value,
/// or throws what it threw. The loop must be running on another thread. Throws after `deadline`, so that a
/// test which would hang fails instead.
template <class T>
T run_on(loop& where, task<T> work, std::chrono::seconds deadline = std::chrono::seconds(30)) {
    std::future<T> done = net::co_spawn(where.io.get_executor(), std::move(work), net::use_future);
    if (done.wait_for(deadline) != std::future_status::ready)
        throw std::runtime_error("run_on: the coroutine did not finish in time");
    return done.get();
}

template <class F>
requires std::invocable<F&>
auto run_on(loop& where, F work, std::chrono::seconds deadline = std::chrono::seconds(30)) {
    using T = typename std::invoke_result_t<F&>::value_type;
    return run_on<T>(
        where, [](F work) -> task<T> { co_return co_await work(); }(std::move(work)), deadline);
}

} // namespace mvp::test
