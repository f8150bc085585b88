#include "storage/cache.hpp"

#include "storage/coarse_clock.hpp"
#include "storage/loop.hpp"
#include "storage/near_cache.hpp"
#include "storage/redis/client.hpp"
#include "storage/shared_cache.hpp"
#include "storage/single_flight.hpp"
#include "storage/timer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace mvp::storage {
namespace {

using namespace std::chrono_literals;

constexpr auto probe_interval = 250ms;               // of writes to Redis, and of trying again
constexpr std::chrono::nanoseconds patience = 750ms; // after a write was sent that Redis took

} // namespace

struct cache::impl : std::enable_shared_from_this<impl> {
    impl(redis::client& redis, cache_options o)
        : options(o), near(o.near_bytes, o.time_to_live), shared(redis, o.time_to_live) {}

    const cache_options options;
    near_cache near;
    shared_cache shared;
    single_flight flights;
    std::atomic<std::uint64_t> shared_hits{0}, misses{0}, invalidations{0};
    /// Until when (coarse_now()) we may assume that Redis takes writes, without which nobody could tell us of
    /// a change; 0 while no namespace is agreed on or Redis' pushes do not reach us. Written under the mutex.
    std::atomic<std::int64_t> trusted_until{0};

    std::mutex mutex; // guards the rest
    std::vector<std::function<void(std::string_view)>> listeners;
    std::string current_namespace;
    bool raise_wanted = false, refresh_wanted = false, agreeing = false, subscribed = false, probing = false;

    bool trusted() const {
        return coarse_now() < trusted_until.load(std::memory_order_acquire) && shared.pushes_live();
    }
    bool off() const { return !options.near && !options.shared; }

    std::string namespace_now() {
        std::lock_guard lock(mutex);
        return current_namespace;
    }

    void tell_listeners(std::string_view tag) {
        std::vector<std::function<void(std::string_view)>> all;
        {
            std::lock_guard lock(mutex);
            all = listeners;
        }
        for (const auto& f : all)
            f(tag);
    }

    void drop(std::string_view tag) {
        near.drop(tag);
        flights.detach(tag);
        tell_listeners(tag);
    }

    void drop_everything() {
        near.clear();
        flights.detach_all();
        tell_listeners({});
    }

    // --- agreeing with the other processes on a namespace
    // -----------------------------------------------------------

    void pushes_changed(bool live) {
        bool probe = false;
        {
            std::lock_guard lock(mutex);
            subscribed = live;
            trusted_until = 0;
            if (live)
                probe = !std::exchange(probing, true);
        }
        drop_everything();
        if (live)
            agree(true); // invalidations may have been missed, here or (if Redis was away) by Redis itself
        if (probe)
            net::co_spawn(loop::current()->io.get_executor(), keep_probing(weak_from_this()), net::detached);
    }

    void key_changed(std::string_view key) {
        if (key.empty() || key == shared_cache::namespace_key)
            agree(false);
        else
            drop(key.substr(shared_cache::generation_prefix.size()));
    }

    /// Nothing is cached until the namespace has been raised (or read again) and everything old is gone.
    void agree(bool raise) {
        {
            std::lock_guard lock(mutex);
            trusted_until = 0;
            (raise ? raise_wanted : refresh_wanted) = true;
            if (agreeing)
                return;
            agreeing = true;
        }
        auto* here = loop::current();
        net::co_spawn(
            here->io.get_executor(), [self = shared_from_this()] { return self->keep_agreeing(); },
            net::detached);
    }

    task<> keep_agreeing() {
        timer pause(co_await net::this_coro::executor);
        std::int64_t sent = 0;
        while (true) {
            bool raise;
            {
                std::lock_guard lock(mutex);
                if (!subscribed || !(raise_wanted || refresh_wanted)) {
                    agreeing = false;
                    trusted_until = subscribed ? sent + patience.count() : 0;
                    co_return; // when the push connection comes back it begins again
                }
                raise = std::exchange(raise_wanted, false);
                refresh_wanted = false;
            }
            sent = coarse_now();
            auto agreed = co_await shared.agree_on_namespace(raise);
            if (agreed) {
                std::unique_lock lock(mutex);
                current_namespace = std::move(*agreed);
                lock.unlock();
                drop_everything();
                continue;
            }
            {
                std::lock_guard lock(mutex);
                (raise ? raise_wanted : refresh_wanted) = true;
            }
            boost::system::error_code ec;
            pause.expires_after(probe_interval);
            co_await pause.async_wait(net::redirect_error(use_task, ec));
        }
    }

    // --- whether others could tell us of a change
    // -----------------------------------------------------------

    static task<> keep_probing(std::weak_ptr<impl> weak) {
        timer pause(co_await net::this_coro::executor);
        boost::system::error_code ec;
        while (true) {
            pause.expires_after(probe_interval);
            co_await pause.async_wait(net::redirect_error(use_task, ec));
            const auto self = weak.lock();
            if (!self || !co_await self->probe())
                co_return;
        }
    }

    /// False when there is nothing to probe any more.
    task<bool> probe() {
        {
            std::lock_guard lock(mutex);
            if (!subscribed) {
                probing = false; // when the push connection comes back it begins again
                co_return false;
            }
            if (trusted_until == 0)
                co_return true; // agreeing is a write, too
        }
        const auto sent = coarse_now();
        if (!co_await shared.takes_writes()) {
            agree(true); // who changed something meanwhile could not say so, and may have died since
            co_return true;
        }
        std::lock_guard lock(mutex);
        if (trusted_until != 0)
            trusted_until = std::max<std::int64_t>(trusted_until, sent + patience.count());
        co_return true;
    }

    // --- looking up and keeping
    // -------------------------------------------------------------------------------------

    static task<result<cached_body_ptr>> made(maker& make) {
        auto bytes = co_await make();
        if (!bytes)
            co_return fail(std::move(bytes.error()));
        co_return finished_body(std::move(*bytes));
    }

    /// What Redis keeps; null if nothing.
    task<cached_body_ptr> fetched(const std::string& tag, const std::string& variant) {
        const auto ticket = near.open(tag);
        const auto name_space = namespace_now();
        auto body = co_await shared.find(name_space, tag, variant);
        if (!body)
            co_return nullptr;
        ++shared_hits;
        if (options.near)
            near.store(tag, variant, body, ticket);
        co_return body;
    }

    /// The leader's part.
    task<result<cached_body_ptr>> fetch_or_make(const std::string& tag, const std::string& variant,
                                                maker& make) {
        if (auto body = options.near ? near.find(tag, variant) : nullptr)
            co_return body; // kept between our look and our becoming the leader
        if (options.shared)
            if (auto body = co_await fetched(tag, variant))
                co_return body;
        const auto ticket = near.open(tag);
        auto name_space = namespace_now();
        std::optional<std::string> before;
        if (options.shared)
            before = co_await shared.generation(tag);
        ++misses;
        auto body = co_await made(make);
        if (!body)
            co_return body;
        if (options.near)
            near.store(tag, variant, *body, ticket);
        if (before) {
            shared_cache::circumstances read_first;
            read_first.name_space = std::move(name_space);
            read_first.generation = std::move(*before);
            const auto here = co_await net::this_coro::executor;
            net::co_spawn(here, shared.fill(tag, variant, std::move(read_first), *body),
                          [self = shared_from_this()](std::exception_ptr) {});
        }
        co_return body;
    }
};

namespace {

/// Lands a flight whatever happens to its leader.
struct lander {
    single_flight& flights;
    const std::string& tag;
    const std::string& variant;
    single_flight::flight_ptr which;

    void land(const single_flight::outcome& value) {
        flights.land(tag, variant, which, value);
        which = nullptr;
    }
    ~lander() {
        if (which)
            land(fail(errc::internal, "the maker of a cached answer threw"));
    }
};

} // namespace

cache::cache(redis::client& redis, cache_options options) : impl_(std::make_shared<impl>(redis, options)) {
    if (sodium_init() < 0)
        throw std::runtime_error("libsodium cannot start");
    std::weak_ptr<impl> weak = impl_;
    redis.track(std::string(shared_cache::generation_prefix), [weak](std::string_view key) {
        if (auto self = weak.lock())
            self->key_changed(key);
    });
    redis.on_subscriptions([weak](bool live) {
        if (auto self = weak.lock())
            self->pushes_changed(live);
    });
}

cache::~cache() = default;

cached_body_ptr cache::find(std::string_view tag, std::string_view variant) {
    if (!impl_->options.near || !impl_->trusted())
        return nullptr;
    return impl_->near.find(tag, variant);
}

task<result<cached_body_ptr>> cache::get(std::string tag, std::string variant, maker make) {
    auto self = impl_;
    if (auto body = find(tag, variant))
        co_return body;
    if (self->off() || !self->trusted()) {
        ++self->misses;
        co_return co_await impl::made(make);
    }
    auto [flight, leads] = self->flights.join(tag, variant);
    if (!leads)
        co_return co_await flight->wait(flight);
    lander landing{self->flights, tag, variant, flight};
    auto body = co_await self->fetch_or_make(tag, variant, make);
    landing.land(body);
    co_return body;
}

task<> cache::invalidate(std::vector<std::string> tags) {
    auto self = impl_;
    if (tags.empty())
        co_return;
    self->invalidations += tags.size();
    for (const auto& tag : tags)
        self->drop(tag);
    if (!co_await self->shared.raise(tags))
        self->agree(true);
    // Again, since until Redis was told somebody may have brought the old bytes back from there.
    for (const auto& tag : tags)
        self->drop(tag);
}

void cache::on_invalidate(std::function<void(std::string_view tag)> dropped) {
    std::lock_guard lock(impl_->mutex);
    impl_->listeners.push_back(std::move(dropped));
}

bool cache::trusted() const {
    return impl_->trusted();
}

cache_counts cache::counts() const {
    const auto near = impl_->near.count();
    cache_counts c;
    c.near_hits = near.hits;
    c.shared_hits = impl_->shared_hits;
    c.misses = impl_->misses;
    c.invalidations = impl_->invalidations;
    c.near_entries = near.entries;
    c.near_bytes = near.bytes;
    return c;
}

} // namespace mvp::storage
