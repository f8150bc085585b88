// A steady timer bound to a loop, in the shape that task<> awaits.
#pragma once

#include "storage/async.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>

namespace mvp {

using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, executor>;

} // namespace mvp
