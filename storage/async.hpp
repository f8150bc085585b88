// The vocabulary of asynchronous code in every room: coroutines that stay on the loop they began on.
#pragma once

#include "storage/model/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mvp {

namespace net = boost::asio;

using executor = net::io_context::executor_type;

/// A coroutine. Beware (g++ 12): never write `co_await f(aggregate{…})`; name the aggregate and move it in.
template <class T = void> using task = net::awaitable<T, executor>;

inline constexpr net::use_awaitable_t<executor> use_task{};

} // namespace mvp
