// An event loop a core: one thread, one io_context. Everything a request touches (its socket, its database
// and Redis connections, the actors it wakes) runs on one of these; nothing on them may block.
#pragma once

#include "storage/async.hpp"

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace mvp {

class loop {
  public:
    explicit loop(std::size_t index) : index(index) {}
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    net::io_context io{1};
    const std::size_t index;

    /// The loop that runs on this thread; null on any other thread.
    static loop* current() noexcept { return current_; }

    /// Runs until stop(), on the calling thread.
    void run();
    /// Any thread. Pending handlers are dropped when the loop is destroyed.
    void stop() { io.stop(); }

  private:
    static thread_local loop* current_;
};

/// The loops of this process and their threads.
class loops {
  public:
    explicit loops(std::size_t count);
    ~loops(); ///< stops and joins

    std::size_t size() const { return loops_.size(); }
    loop& operator[](std::size_t i) { return *loops_[i]; }

    void start();
    void stop_and_join();

  private:
    std::vector<std::unique_ptr<loop>> loops_;
    std::vector<std::thread> threads_;
};

} // namespace mvp
