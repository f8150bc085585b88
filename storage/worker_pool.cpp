#include "storage/worker_pool.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
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
// with no idle time it gets next to nothing, so what has not been done for `patience` is done by a thread
// that is merely nice. Pictures are not for SCHED_IDLE: libvips begins threads that would stay of it for
// ever.
constexpr int worker_nice = 10;

bool make_idle(pid_t thread) {
    const sched_param none{};
    return sched_setscheduler(thread, SCHED_IDLE, &none) == 0;
}
bool make_nice(pid_t thread) {
    const sched_param none{};
    return sched_setscheduler(thread, SCHED_OTHER, &none) == 0;
}

/// Linux lets only those leave SCHED_IDLE who might become less nice, too: root, or by RLIMIT_NICE. Who may
/// not never goes there.
bool may_be_idle() {
    bool may = false;
    std::thread([&may] {
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), worker_nice);
        may = make_idle(gettid()) && make_nice(gettid());
    }).join();
    return may;
}

enum class outcome { pending, done, threw, dropped };

/// One job and who waits for it. `wake_up` and `end` are touched on the caller's loop only.
struct waiting_job {
    waiting_job(executor e, std::function<void()> j, worker_pool::priority p)
        : home(std::move(e)), job(std::move(j)), how(p) {}

    executor home;
    std::function<void()> job;
    const worker_pool::priority how;
    std::atomic<bool> abandoned{false};
    timer* wake_up = nullptr; ///< in the caller's frame; null once he no longer waits
    outcome end = outcome::pending;
    const std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

    /// When it is to wait for an idle processor no longer.
    std::chrono::steady_clock::time_point due() const { return since + worker_pool::patience; }
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

    /// A thread and what it does now.
    struct worker {
        pid_t thread = 0;
        job_ptr job;
    };

    const std::size_t queue_limit;
    mutable std::mutex mutex;
    std::condition_variable filled, taken;
    std::deque<job_ptr> queue;
    std::vector<worker> workers;
    bool stopping = false;
    const bool may_idle = may_be_idle();
    std::vector<std::thread> threads;

    bool push(job_ptr job) {
        {
            std::lock_guard lock(mutex);
            if (stopping || queue.size() >= queue_limit)
                return false;
            queue.push_back(std::move(job));
        }
        filled.notify_one();
        return true;
    }

    job_ptr pop(worker& me) {
        std::unique_lock lock(mutex);
        me.job = nullptr;
        filled.wait(lock, [this] { return stopping || !queue.empty(); });
        if (stopping)
            return nullptr;
        me.job = std::move(queue.front());
        queue.pop_front();
        taken.notify_one();
        return me.job;
    }

    /// Of SCHED_IDLE is a thread in the midst of a job only: one that waits must hear of the next at once,
    /// and one that holds a lock must not wait for an idle processor with it.
    void work(worker& me) {
        pthread_setname_np(pthread_self(), "worker");
        me.thread = gettid();
        setpriority(PRIO_PROCESS, static_cast<id_t>(me.thread), worker_nice);
        while (auto job = pop(me)) {
            if (job->abandoned)
                continue;
            const bool idle =
                may_idle && job->how == priority::idle && std::chrono::steady_clock::now() < job->due();
            if (idle)
                make_idle(me.thread);
            const auto end = perform(*job);
            if (idle)
                make_nice(me.thread);
            finish(std::move(job), end);
        }
    }

    /// Sees to it that no job waits long for an idle processor.
    void watch() {
        pthread_setname_np(pthread_self(), "worker watch");
        std::unique_lock lock(mutex);
        while (!stopping) {
            const auto now = std::chrono::steady_clock::now();
            auto next = now + std::chrono::hours(1);
            for (const auto& w : workers) {
                if (!w.job || w.job->how != priority::idle)
                    continue;
                const bool due = w.job->due() <= now;
                if (due)
                    make_nice(w.thread);
                next = std::min(next, due ? now + patience : w.job->due()); // it may idle after this
            }
            taken.wait_until(lock, next);
        }
    }
};

worker_pool::worker_pool(std::size_t threads, std::size_t queue_limit)
    : state_(std::make_shared<state>(queue_limit)) {
    auto* s = state_.get();
    s->workers.resize(threads);
    for (auto& each : s->workers)
        s->threads.emplace_back([s, &each] { s->work(each); });
    if (s->may_idle)
        s->threads.emplace_back([s] { s->watch(); });
}

worker_pool::~worker_pool() {
    std::deque<job_ptr> dropped;
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        dropped.swap(state_->queue);
    }
    state_->filled.notify_all();
    state_->taken.notify_all();
    for (auto& job : dropped)
        finish(std::move(job), outcome::dropped);
    for (auto& thread : state_->threads)
        thread.join();
}

std::size_t worker_pool::queued() const {
    std::lock_guard lock(state_->mutex);
    return state_->queue.size();
}

task<result<>> worker_pool::submit(std::function<void()> job, priority how) {
    const auto home = co_await net::this_coro::executor;
    timer wake_up(home, timer::time_point::max());
    auto waiting = std::make_shared<waiting_job>(home, std::move(job), how);
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
