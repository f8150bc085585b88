// `co_await ask<R>(actor, deadline, message)`: a request to an actor from a coroutine on a loop, for the
// price of two queue entries and of a turn of the loop that all who ask meanwhile share. Actors answer with
// `result<R>`, so that an error of ours arrives as it was made.
//
// What the asker gets when no answer comes: errc::unavailable (retry after 1 s) if the actor died, the
// deadline passed, too many asks wait on his loop, or the system stops. The asker's coroutine is owned by the
// gateway of his loop while he waits; it is always resumed, never destroyed, until the loops themselves go.
// An ask cannot be cancelled: its deadline bounds it.
#pragma once

#include "actors/unit.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/defer.hpp>
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>
#include <optional>

namespace mvp::actors {

/// errc::unavailable with the client's text.
error unavailable();
/// What an actor that could not answer sent instead.
error no_answer(const caf::error& why);

namespace detail {

template <class R, class Handler> class suspended final : public waiter {
  public:
    explicit suspended(Handler h) : handler_(std::move(h)) {}

    void answered(caf::message&& answer) override {
        if (answer.match_elements<result<R>>())
            outcome_.emplace(std::move(answer.get_mutable_as<result<R>>(0)));
        else if (answer.match_elements<caf::error>())
            failed(no_answer(answer.get_as<caf::error>(0)));
        else
            failed(error(errc::internal, "an actor answered with an unknown message"));
    }
    void failed(error why) override { outcome_.emplace(tl::unexpect, std::move(why)); }
    void resume() override { std::move(handler_)(std::move(*outcome_)); }

  private:
    Handler handler_;
    std::optional<result<R>> outcome_;
};

} // namespace detail

/// The general form: `send(message_id, sender)` delivers the request and returns whether it could. On a loop.
template <class R, class Send> task<result<R>> ask_by(std::chrono::milliseconds deadline, Send send) {
    return net::async_initiate<const net::use_awaitable_t<executor>, void(result<R>)>(
        [](auto handler, std::chrono::milliseconds within, Send deliver) {
            const auto to = net::get_associated_executor(handler);
            auto who =
                std::make_unique<detail::suspended<R, std::decay_t<decltype(handler)>>>(std::move(handler));
            unit* here = unit::current();
            if (!here) { // the system has stopped
                who->failed(unavailable());
                return net::defer(to, [w = std::move(who)] { w->resume(); });
            }
            auto& asks = here->asks();
            auto id = asks.begin(std::move(who), within);
            if (id.is_request() && !deliver(id, here->asks_handle()))
                asks.give_up(id, unavailable());
        },
        use_task, deadline, std::move(send));
}

template <class R, class Message>
task<result<R>> ask(const caf::actor& to, std::chrono::milliseconds deadline, Message message) {
    return ask_by<R>(deadline,
                     [to, m = std::move(message)](caf::message_id id, caf::strong_actor_ptr sender) mutable {
                         caf::actor_cast<caf::abstract_actor*>(to)->eq_impl(id, std::move(sender),
                                                                            unit::current(), std::move(m));
                         return true;
                     });
}

} // namespace mvp::actors
