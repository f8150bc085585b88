#include "storage/loop.hpp"

#include <boost/asio/executor_work_guard.hpp>

namespace mvp {

thread_local loop* loop::current_ = nullptr;

void loop::run() {
    current_ = this;
    auto guard = net::make_work_guard(io);
    io.run();
    current_ = nullptr;
}

loops::loops(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        loops_.push_back(std::make_unique<loop>(i));
}

loops::~loops() {
    stop_and_join();
}

void loops::start() {
    for (auto& l : loops_)
        threads_.emplace_back([&l] { l->run(); });
}

void loops::stop_and_join() {
    for (auto& l : loops_)
        l->stop();
    for (auto& t : threads_)
        t.join();
    threads_.clear();
}

} // namespace mvp
