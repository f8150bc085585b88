// A few threads of low priority for what would block a loop: password hashing, image work, SMTP, files.
#pragma once

#include "storage/async.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

namespace mvp {

class worker_pool {
  public:
    /// `queue_limit`: how many jobs may wait; a job beyond it is refused at once with errc::unavailable.
    worker_pool(std::size_t threads, std::size_t queue_limit);
    ~worker_pool(); ///< waits for running jobs; waiting ones are dropped, their callers get errc::unavailable

    /// Runs `job` on a worker and resumes the caller on his own loop with its value. Call from a loop.
    /// An exception in the job is logged and becomes errc::internal.
    template <class F, class T = std::invoke_result_t<F>>
    task<result<T>> run(F job) {
        std::optional<T> value;
        std::function<void()> call = [&value, &job] { value.emplace(job()); };
        auto done = co_await submit(std::move(call));
        if (!done)
            co_return fail(std::move(done.error()));
        co_return std::move(*value);
    }

    std::size_t queued() const; ///< waiting now; any thread (metrics)

  private:
    task<result<>> submit(std::function<void()> job);
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace mvp
