// How long an exchange with a server that takes messages may last.
#pragma once

#include <chrono>

namespace mvp::storage::mailing {

struct deadlines {
    std::chrono::milliseconds connect{std::chrono::seconds{10}}, total{std::chrono::seconds{30}};
};

} // namespace mvp::storage::mailing
