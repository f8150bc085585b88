// Runs a coroutine for an actor, on the loop that the actor happens to run on, and tells the outcome: also
// when it threw, so that the actor is not left waiting.
#pragma once

#include "storage/loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <functional>

namespace mvp::actors {

/// `done` is called once, on this loop, with errc::internal if `work` threw. On a loop.
template <class T> void in_background(task<result<T>> work, std::function<void(result<T>)> done) {
    net::co_spawn(loop::current()->io, std::move(work),
                  [tell = std::move(done)](std::exception_ptr thrown, result<T> value) {
                      if (!thrown)
                          return tell(std::move(value));
                      try {
                          std::rethrow_exception(thrown);
                      } catch (const std::exception& e) {
                          tell(fail(errc::internal, e.what()));
                      }
                  });
}

} // namespace mvp::actors
