// One line a request: time, id, method, route template, status, microseconds, user. Each loop collects its
// lines and hands them in batches to one thread that writes; when that thread cannot keep up, batches are
// dropped and counted.
#pragma once

#include "storage/model/uuid.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace mvp::http {

class clock;

struct access_log_options {
    bool enabled = true;
    bool json = false;
    int descriptor = 1;                   ///< where to; not closed
    std::size_t waiting_bytes = 4u << 20; ///< beyond it batches are dropped
};

class access_log {
  public:
    explicit access_log(access_log_options options);
    ~access_log(); ///< writes what is waiting

    /// Hands lines over. Any thread; waits for nothing but a short lock.
    void write(std::string&& lines, std::size_t count);
    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
    const access_log_options& options() const { return options_; }

  private:
    void run();
    const access_log_options options_;
    std::atomic<std::uint64_t> dropped_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool stopping_ = false;
    std::thread writer_;
};

/// What a line says.
struct access_line {
    std::string_view id, method, route;
    int status = 0;
    std::uint64_t microseconds = 0;
    const uuid* user = nullptr;
};

/// A loop's lines on their way. Used by that loop alone.
class access_lines {
  public:
    explicit access_lines(access_log& to) : to_(to) {}
    void add(const clock& at, const access_line& line);
    /// Hands over what is there; the loop does so a few times a second.
    void flush();

  private:
    access_log& to_;
    std::string text_;
    std::size_t count_ = 0;
};

} // namespace mvp::http
