#include "storage/redis/subscriber.hpp"

#include "storage/coarse_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <spdlog/spdlog.h>

namespace mvp::storage::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto heartbeat_interval = 200ms;
constexpr std::chrono::nanoseconds patience = 500ms;
constexpr auto shortest_pause = 100ms, longest_pause = 1000ms;
constexpr std::string_view invalidation_channel = "__redis__:invalidate";

std::string encoded(std::initializer_list<std::string_view> arguments) {
    std::string out;
    append_command(out, std::span(arguments.begin(), arguments.size()));
    return out;
}

} // namespace

void subscriber::start() {
    net::co_spawn(
        io_.get_executor(), [self = shared_from_this()] { return self->keep_subscribed(); }, net::detached);
}

void subscriber::stop() {
    net::post(io_, [self = shared_from_this()] {
        self->stopping_ = true;
        self->pause_.cancel();
        if (self->connection_)
            self->connection_->close("stopped");
    });
}

void subscriber::subscribe(std::string channel, received f) {
    {
        std::lock_guard lock(mutex_);
        channels_.insert_or_assign(channel, std::make_shared<const received>(std::move(f)));
    }
    net::post(io_, [self = shared_from_this(), channel = std::move(channel)] {
        if (self->connection_)
            self->connection_->send(encoded({"SUBSCRIBE", channel}));
    });
}

void subscriber::unsubscribe(std::string channel) {
    {
        std::lock_guard lock(mutex_);
        channels_.erase(channel);
    }
    net::post(io_, [self = shared_from_this(), channel = std::move(channel)] {
        if (self->connection_)
            self->connection_->send(encoded({"UNSUBSCRIBE", channel}));
    });
}

void subscriber::track(std::string prefix, received changed) {
    std::lock_guard lock(mutex_);
    prefix_ = std::move(prefix);
    tracked_ = std::make_shared<const received>(std::move(changed));
}

void subscriber::on_change(std::function<void(bool)> changed) {
    std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(changed));
}

bool subscriber::live() const {
    return coarse_now() < live_until_.load(std::memory_order_acquire);
}

task<> subscriber::keep_subscribed() {
    auto self = shared_from_this();
    auto pause = shortest_pause;
    while (!stopping_) {
        auto fresh = std::make_shared<connection>(io_, where_, connection_limits{});
        if (co_await fresh->open() && co_await begin_tracking(*fresh) && !stopping_) {
            connection_ = fresh;
            pause = shortest_pause;
            begin_subscribing(*fresh);
            net::co_spawn(io_.get_executor(), heartbeat(fresh), net::detached);
            co_await fresh->wait_closed();
            connection_ = nullptr;
            went();
        }
        fresh->close("stopped");
        if (stopping_)
            break;
        spdlog::warn("the Redis subscription connection is down: {}", fresh->close_reason());
        boost::system::error_code ec;
        pause_.expires_after(pause);
        co_await pause_.async_wait(net::redirect_error(use_task, ec));
        pause = std::min<decltype(pause)>(pause * 2, longest_pause);
    }
}

task<bool> subscriber::begin_tracking(connection& to) {
    std::string prefix;
    {
        std::lock_guard lock(mutex_);
        prefix = prefix_;
    }
    if (prefix.empty())
        co_return true;
    reply id, done;
    const auto ask = encoded({"CLIENT", "ID"});
    if (!co_await to.exchange(ask, {&id, 1}))
        co_return false;
    const auto track = encoded(
        {"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(id.integer), "BCAST", "PREFIX", prefix});
    if (!co_await to.exchange(track, {&done, 1}))
        co_return false;
    if (done.type == reply::kind::error)
        to.close(done.text);
    co_return !to.closed();
}

void subscriber::begin_subscribing(connection& to) {
    to.on_push = [weak = weak_from_this()](reply&& r) {
        if (auto self = weak.lock())
            self->handle(std::move(r));
    };
    std::string commands;
    {
        std::lock_guard lock(mutex_);
        unconfirmed_ = channels_.size();
        for (const auto& [channel, f] : channels_)
            commands += encoded({"SUBSCRIBE", channel});
        if (tracked_) {
            ++unconfirmed_;
            commands += encoded({"SUBSCRIBE", invalidation_channel});
        }
    }
    pings_.clear();
    complete_ = false;
    if (unconfirmed_ == 0)
        complete();
    else
        to.send(commands);
}

task<> subscriber::heartbeat(std::shared_ptr<connection> to) {
    auto self = shared_from_this();
    timer next(io_.get_executor());
    boost::system::error_code ec;
    const auto ping = encoded({"PING"});
    while (true) {
        pings_.push_back(coarse_now());
        to->send(ping);
        next.expires_after(heartbeat_interval);
        co_await next.async_wait(net::redirect_error(use_task, ec));
        if (to->closed())
            co_return;
        to->poll(); // an answer that waits in the socket because this loop was busy is an answer
        if (!to->closed() && !pings_.empty() && coarse_now() - pings_.front() >= patience.count())
            to->close("no answer to a ping");
        if (to->closed())
            co_return;
    }
}

void subscriber::handle(reply&& r) {
    if (r.type == reply::kind::text && r.text == "PONG") { // subscribed to nothing
        r.type = reply::kind::array;
        r.items.resize(1);
        r.items[0].text = "pong";
    }
    if (r.type == reply::kind::error && connection_)
        return connection_->close(r.text);
    if (r.type != reply::kind::array || r.items.empty())
        return;
    const auto& what = r.items[0].text;
    if (what == "message" && r.items.size() == 3) {
        handle_message(r);
    } else if (what == "subscribe") {
        if (unconfirmed_ > 0 && --unconfirmed_ == 0)
            complete();
    } else if (what == "pong" && !pings_.empty()) {
        const auto sent = pings_.front();
        pings_.pop_front();
        if (complete_)
            live_until_.store(sent + patience.count(), std::memory_order_release);
    }
}

void subscriber::handle_message(const reply& r) {
    const auto& channel = r.items[1].text;
    const auto& payload = r.items[2];
    std::shared_ptr<const received> f;
    const bool pushed_keys = channel == invalidation_channel;
    {
        std::lock_guard lock(mutex_);
        if (pushed_keys)
            f = tracked_;
        else if (const auto found = channels_.find(channel); found != channels_.end())
            f = found->second;
    }
    if (!f)
        return;
    if (!pushed_keys)
        (*f)(payload.text);
    else if (payload.type == reply::kind::array)
        for (const auto& key : payload.items)
            (*f)(key.text);
    else
        (*f)({}); // FLUSHALL: no keys named, all are gone
}

void subscriber::complete() {
    complete_ = true;
    live_until_.store(coarse_now() + patience.count(), std::memory_order_release);
    announce(true);
}

void subscriber::went() {
    live_until_.store(0, std::memory_order_release);
    if (std::exchange(complete_, false))
        announce(false);
}

void subscriber::announce(bool live) {
    std::vector<std::function<void(bool)>> listeners;
    {
        std::lock_guard lock(mutex_);
        listeners = listeners_;
    }
    for (const auto& f : listeners)
        f(live);
}

} // namespace mvp::storage::redis
