// How tests wait: for a condition, with a deadline.
#pragma once

#include <chrono>
#include <thread>

namespace mvp::test {

/// Looks every few milliseconds until `condition()` holds; false if it does not within `deadline`.
template <class F>
bool eventually(F condition, std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    return true;
}

} // namespace mvp::test
