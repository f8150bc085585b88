#include "storage/worker_pool.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace mvp {
namespace {

using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, executor>;

// A hash must not make a request wait: a thread of SCHED_IDLE gives its processor up at once, while one that
// is merely nice may keep it for a whole slice (3 ms, the p99 of everything beside logins). But on a machine
// with no idle time it gets next to nothing, so one thread of each pool, merely nice, takes what has waited
// for long.
constexpr int relief_nice = 10;
constexpr std::chrono::milliseconds patience{250};

enum class role { patient, relief };

void take_role(role as) {
    pthread_setname_np(pthread_self(), "worker");
    const sched_param none{};
    if (as == role::patient && sched_setscheduler(0, SCHED_IDLE, &none) == 0)
        return;
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), relief_nice);
}

enum class outcome { pending, done, threw, dropped };

/// One job and who waits for it. `wake_up` and `end` are touched on the caller's loop only.
struct waiting_job {
    waiting_job(executor e, std::function<void()> j) : home(std::move(e)), job(std::move(j)) {}

    executor home;
    std::function<void()> job;
    std::atomic<bool> abandoned{false};
    timer* wake_up = nullptr; ///< in the caller's frame; null once he no longer waits
    outcome end = outcome::pending;
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
};
using job_ptr = std::shared_ptr<waiting_job>;

void finish(job_ptr job, outcome end) {
    const executor home = job->home;
    net::post(home, [job = std::move(job), end] {
        job->end = end;
        if (job->wake_up)
            job->wake_up->cancel();
    });
}

outcome perform(waiting_job& job) {
    try {
        job.job();
        return outcome::done;
    } catch (const std::exception& e) {
        spdlog::error("a job on the worker pool threw: {}", e.what());
    } catch (...) {
        spdlog::error("a job on the worker pool threw something unknown");
    }
    return outcome::threw;
}

/// Lives in the caller's frame: whatever ends the frame, the job no longer knows its timer.
struct detach_at_exit {
    waiting_job& job;
    ~detach_at_exit() {
        job.wake_up = nullptr;
        job.abandoned = true;
    }
};

error too_busy() {
    error e{errc::unavailable, "Service temporarily unavailable."};
    e.retry_after = 1;
    return e;
}

} // namespace

struct worker_pool::state {
    explicit state(std::size_t limit) : queue_limit(limit) {}

    const std::size_t queue_limit;
    mutable std::mutex mutex;
    std::condition_variable filled;
    std::deque<job_ptr> queue;
    bool stopping = false;
    std::vector<std::thread> threads;

    bool push(job_ptr job) {
        {
            std::lock_guard lock(mutex);
            if (stopping || queue.size() >= queue_limit)
                return false;
            queue.push_back(std::move(job));
        }
        filled.notify_all(); // one alone might be the relief, which lets the job be
        return true;
    }

    job_ptr pop(role as) {
        std::unique_lock lock(mutex);
        for (;;) {
            filled.wait(lock, [this] { return stopping || !queue.empty(); });
            if (stopping)
                return nullptr;
            const auto due = queue.front()->since + patience;
            if (as == role::patient || due <= std::chrono::steady_clock::now())
                break;
            filled.wait_until(lock, due, [this] { return stopping; });
        }
        auto job = std::move(queue.front());
        queue.pop_front();
        return job;
    }

    void work(role as) {
        take_role(as);
        while (auto job = pop(as)) {
            if (!job->abandoned) {
                const auto end = perform(*job);
                finish(std::move(job), end);
            }
        }
    }
};

worker_pool::worker_pool(std::size_t threads, std::size_t queue_limit)
    : state_(std::make_shared<state>(queue_limit)) {
    for (std::size_t i = 0; i < threads; ++i)
        state_->threads.emplace_back([s = state_.get()] { s->work(role::patient); });
    state_->threads.emplace_back([s = state_.get()] { s->work(role::relief); });
}

worker_pool::~worker_pool() {
    std::deque<job_ptr> dropped;
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        dropped.swap(state_->queue);
    }
    state_->filled.notify_all();
    for (auto& job : dropped)
        finish(std::move(job), outcome::dropped);
    for (auto& thread : state_->threads)
        thread.join();
}

std::size_t worker_pool::queued() const {
    std::lock_guard lock(state_->mutex);
    return state_->queue.size();
}

task<result<>> worker_pool::submit(std::function<void()> job) {
    const auto home = co_await net::this_coro::executor;
    timer wake_up(home, timer::time_point::max());
    auto waiting = std::make_shared<waiting_job>(home, std::move(job));
    waiting->wake_up = &wake_up;
    detach_at_exit detach{*waiting};
    if (!state_->push(waiting))
        co_return fail(too_busy());
    boost::system::error_code ignored; // it is always "cancelled": by finish(), or because the caller was
    co_await wake_up.async_wait(net::redirect_error(use_task, ignored));
    switch (waiting->end) {
    case outcome::done:
        co_return result<>{};
    case outcome::threw:
        co_return fail(errc::internal, "a job on the worker pool threw");
    case outcome::pending:
    case outcome::dropped:
        break;
    }
    co_return fail(too_busy());
}

} // namespace mvp
