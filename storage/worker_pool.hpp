// A few threads of low priority for what would block a loop: password hashing, image work, SMTP, files.
#pragma once

#include "storage/async.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

namespace mvp {

namespace detail {
/// What run() gives for a job's value: result<T> for T, and result<T> itself for a job that can fail.
template <class T> struct job_result { using type = result<T>; };
template <class T> struct job_result<result<T>> { using type = result<T>; };
} // namespace detail

class worker_pool {
  public:
    /// How a job shares the processors with the loops.
    enum class priority {
        low,  ///< whatever its threads are: those of libraries take their priority from the worker
        idle, ///< only while a processor has nothing else to do, but no longer than `patience`: for computing
              ///< that begins no threads and holds no locks
    };
    /// How old an idle job becomes before it is of low priority like the others.
    static constexpr std::chrono::milliseconds patience{100};

    /// `threads` work with low priority. `queue_limit`: how many jobs may wait; a job beyond it is refused at
    /// once with errc::unavailable.
    worker_pool(std::size_t threads, std::size_t queue_limit);
    /// Waits for running jobs; waiting ones are dropped, their callers get errc::unavailable. The loops of
    /// the callers must still exist (they need not run): a pool is destroyed before its loops.
    ~worker_pool();
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    /// Runs `job` on a worker and resumes the caller on his own loop with its value. Call from a loop. A job
    /// that returns result<T> gives that, any other value T gives result<T>; an exception is logged and
    /// becomes errc::internal. The job must own what it uses (capture by value): when the caller is cancelled
    /// or destroyed while it waits, a job that has not begun is skipped, one that runs goes on, and its value
    /// is thrown away. Of his frame it may use what nobody cancels and only the end of his loop destroys,
    /// since the pool has ended by then: http/body_reader.cpp does.
    template <class F, class T = std::invoke_result_t<F&>>
    task<typename detail::job_result<T>::type> run(F job, priority how = priority::low) {
        struct shared_work {
            F job;
            std::optional<T> value;
            explicit shared_work(F&& j) : job(std::move(j)) {}
        };
        auto work = std::make_shared<shared_work>(std::move(job));
        std::function<void()> call = [work] { work->value.emplace(work->job()); };
        auto done = co_await submit(std::move(call), how);
        if (!done)
            co_return fail(std::move(done.error()));
        co_return std::move(*work->value);
    }

    std::size_t queued() const; ///< waiting now; any thread (metrics)

  private:
    task<result<>> submit(std::function<void()> job, priority how);
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace mvp
