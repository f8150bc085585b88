// A suspended coroutine as a value: queues and tables hold `continuation`s and resume them, each once.
// Destroying one that was not resumed destroys its coroutine (what happens to everything waiting at
// shutdown).
#pragma once

#include "storage/async.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace mvp {

class continuation {
  public:
    continuation() = default;
    template <class Handler>
    explicit continuation(Handler handler) : self_(std::make_unique<holder<Handler>>(std::move(handler))) {}

    explicit operator bool() const { return self_ != nullptr; }

    /// Resumes it now, inside this call. Only on the coroutine's own loop.
    void run() {
        auto self = std::move(self_);
        self->run();
    }

    /// Resumes it on its own loop, later. Any thread.
    void post() {
        auto& self = *self_;
        self.post(std::move(self_));
    }

  private:
    struct base {
        virtual ~base() = default;
        virtual void run() = 0;
        virtual void post(std::unique_ptr<base> self) = 0;
    };
    template <class Handler> struct holder final : base {
        explicit holder(Handler h) : handler(std::move(h)) {}
        void run() override { std::move(handler)(); }
        void post(std::unique_ptr<base> self) override {
            auto home = net::get_associated_executor(handler);
            net::post(home, [self = std::move(self)] { self->run(); });
        }
        Handler handler;
    };
    std::unique_ptr<base> self_;
};

/// Suspends the calling coroutine and gives `keep` its continuation. `keep` must not resume it before it
/// returns, unless by post().
template <class Keep> task<> suspend(Keep keep) {
    co_await net::async_initiate<const net::use_awaitable_t<executor>, void()>(
        [&keep](auto handler) { keep(continuation(std::move(handler))); }, use_task);
}

} // namespace mvp
