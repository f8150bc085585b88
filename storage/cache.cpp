#include "storage/cache.hpp"

#include "storage/loop.hpp"
#include "storage/near_cache.hpp"
#include "storage/redis/client.hpp"
#include "storage/single_flight.hpp"
#include "storage/timer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <sodium.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace mvp::storage {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view generation_prefix = "gen:";
constexpr std::string_view namespace_key = "gen:namespace";
constexpr std::string_view generation_life_ms = "86400000"; // far longer than any fill takes
constexpr auto shortest_pause = 100ms, longest_pause = 1000ms;

// KEYS gen:<tag>…; ARGV life of a generation in ms. The bodies go in the same step as the generations rise.
constexpr std::string_view raise_script = R"(
local namespace = redis.call('GET', 'gen:namespace') or ''
for _, key in ipairs(KEYS) do
  redis.call('INCR', key)
  redis.call('PEXPIRE', key, ARGV[1])
  redis.call('UNLINK', 'body:' .. namespace .. ':' .. string.sub(key, 5))
end
return 1)";

// KEYS gen:<tag>, gen:namespace, body:…; ARGV generation and namespace as read before the value was made,
// variant, value, life in ms. A tag with very many variants (lists) starts afresh rather than grow without
// bound.
constexpr std::string_view fill_script = R"(
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] or redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return 0
end
if redis.call('HLEN', KEYS[3]) >= 1024 then
  redis.call('UNLINK', KEYS[3])
end
redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[5], 'NX')
return 1)";

std::string joined(std::string_view a, std::string_view b) {
    std::string out;
    out.reserve(a.size() + b.size());
    return out.append(a).append(b);
}

template <std::size_t Bytes> std::string hex(const unsigned char (&bytes)[Bytes]) {
    char text[Bytes * 2 + 1];
    sodium_bin2hex(text, sizeof text, bytes, Bytes);
    return text;
}

constexpr std::size_t etag_bytes = 16;
constexpr std::size_t etag_size =
    etag_bytes * 2 + 2; // in Redis the value is the ETag with the bytes behind it

std::string etag_of(std::string_view bytes) {
    unsigned char digest[etag_bytes];
    crypto_generichash(digest, sizeof digest, reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size(), nullptr, 0);
    return '"' + hex(digest) + '"';
}

cached_body_ptr finished(std::string bytes) {
    auto body = std::make_shared<cached_body>();
    body->etag = etag_of(bytes);
    body->bytes = std::move(bytes);
    return body;
}

/// Null for what we did not write.
cached_body_ptr from_redis(std::string value) {
    if (value.size() < etag_size || value.front() != '"' || value[etag_size - 1] != '"')
        return nullptr;
    auto body = std::make_shared<cached_body>();
    body->etag.assign(value, 0, etag_size);
    value.erase(0, etag_size);
    body->bytes = std::move(value);
    return body;
}

std::string body_key(std::string_view name_space, std::string_view tag) {
    std::string key = "body:";
    return key.append(name_space).append(":").append(tag);
}

bool is_value(const result<redis::reply>& r) {
    return r && r->type != redis::reply::kind::error;
}

} // namespace

struct cache::impl : std::enable_shared_from_this<impl> {
    impl(redis::client& r, cache_options o) : redis(r), options(o), near(o.near_bytes, o.time_to_live) {}

    redis::client& redis;
    const cache_options options;
    near_cache near;
    single_flight flights;
    std::atomic<std::uint64_t> shared_hits{0}, misses{0}, invalidations{0};
    /// The namespace is known and what Redis pushes reaches us, as far as we know.
    std::atomic<bool> ready{false};

    std::mutex mutex; // guards the rest
    std::vector<std::function<void(std::string_view)>> listeners;
    std::string current_namespace;
    bool raise_wanted = false, refresh_wanted = false, agreeing = false, subscribed = false;

    bool trusted() const { return ready.load(std::memory_order_acquire) && redis.subscriptions_live(); }
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
        {
            std::lock_guard lock(mutex);
            subscribed = live;
            ready = false;
        }
        drop_everything();
        if (live)
            agree(true); // invalidations may have been missed, here or (if Redis was away) by Redis itself
    }

    void key_changed(std::string_view key) {
        if (key.empty() || key == namespace_key)
            agree(false);
        else
            drop(key.substr(generation_prefix.size()));
    }

    /// Nothing is cached until the namespace has been raised (or read again) and everything old is gone.
    void agree(bool raise) {
        {
            std::lock_guard lock(mutex);
            ready = false;
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
        auto length = shortest_pause;
        while (true) {
            bool raise;
            {
                std::lock_guard lock(mutex);
                if (!subscribed || !(raise_wanted || refresh_wanted)) {
                    agreeing = false;
                    ready = subscribed;
                    co_return; // when the push connection comes back it begins again
                }
                raise = std::exchange(raise_wanted, false);
                refresh_wanted = false;
            }
            auto agreed = co_await read_namespace(raise);
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
            pause.expires_after(length);
            co_await pause.async_wait(net::redirect_error(use_task, ec));
            length = std::min<decltype(length)>(length * 2, longest_pause);
        }
    }

    /// A namespace is a random name, not a number: a Redis that lost its last writes cannot bring an old one
    /// back.
    task<result<std::string>> read_namespace(bool raise) {
        unsigned char random[8];
        randombytes_buf(random, sizeof random);
        std::string fresh = hex(random);
        std::vector<std::vector<std::string>> commands{{"SET", std::string(namespace_key), fresh}};
        if (!raise)
            commands.front().push_back("NX"); // makes one up if it is gone
        commands.push_back({"GET", std::string(namespace_key)});
        auto answers = co_await redis.pipeline(std::move(commands));
        if (!answers)
            co_return fail(std::move(answers.error()));
        auto& set = answers->front();
        auto& got = answers->back();
        if (set.type == redis::reply::kind::error || got.type != redis::reply::kind::text) {
            spdlog::warn("Redis does not keep the cache's namespace: {}", set.text);
            co_return fail(errc::unavailable, "Redis refused a write");
        }
        co_return std::move(got.text);
    }

    // --- looking up and keeping
    // -------------------------------------------------------------------------------------

    task<cached_body_ptr> find_shared(const std::string& key, const std::string& variant) {
        std::vector<std::string> words{"HGET", key, variant};
        auto answer = co_await redis.command(std::move(words));
        if (!is_value(answer) || answer->type != redis::reply::kind::text)
            co_return nullptr;
        co_return from_redis(std::move(answer->text));
    }

    /// The generation, empty if there is none; nullopt: Redis did not say, so nothing can be kept there.
    task<std::optional<std::string>> generation(const std::string& tag) {
        std::vector<std::string> words{"GET", joined(generation_prefix, tag)};
        auto answer = co_await redis.command(std::move(words));
        if (!is_value(answer))
            co_return std::nullopt;
        co_return std::move(answer->text);
    }

    /// What was read before the value was made: Redis keeps the value only if both are still so.
    struct circumstances {
        std::string name_space, generation;
    };

    task<> fill(std::string tag, std::string variant, circumstances before, cached_body_ptr body) {
        const auto life = std::chrono::duration_cast<std::chrono::milliseconds>(options.time_to_live).count();
        std::vector<std::string> keys{joined(generation_prefix, tag), std::string(namespace_key),
                                      body_key(before.name_space, tag)};
        std::vector<std::string> arguments{std::move(before.generation), std::move(before.name_space),
                                           std::move(variant), joined(body->etag, body->bytes),
                                           std::to_string(life)};
        // Not kept is not wrong: the next miss tries again.
        co_await redis.script(fill_script, std::move(keys), std::move(arguments));
    }

    static task<result<cached_body_ptr>> made(maker& make) {
        auto bytes = co_await make();
        if (!bytes)
            co_return fail(std::move(bytes.error()));
        co_return finished(std::move(*bytes));
    }

    /// The leader's part of a miss.
    task<result<cached_body_ptr>> make_and_keep(const std::string& tag, const std::string& variant,
                                                maker& make) {
        if (auto body = options.near ? near.find(tag, variant) : nullptr)
            co_return body; // kept between our look and our becoming the leader
        const auto ticket = near.open(tag);
        auto name_space = namespace_now();
        std::optional<std::string> before;
        if (options.shared)
            before = co_await generation(tag);
        ++misses;
        auto body = co_await made(make);
        if (!body)
            co_return body;
        if (options.near)
            near.store(tag, variant, *body, ticket);
        if (before) {
            circumstances read_first;
            read_first.name_space = std::move(name_space);
            read_first.generation = std::move(*before);
            const auto here = co_await net::this_coro::executor;
            net::co_spawn(here, fill(tag, variant, std::move(read_first), *body),
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
    redis.track(std::string(generation_prefix), [weak](std::string_view key) {
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
    if (self->options.shared) {
        const auto ticket = self->near.open(tag);
        const auto key = body_key(self->namespace_now(), tag);
        if (auto body = co_await self->find_shared(key, variant)) {
            ++self->shared_hits;
            if (self->options.near)
                self->near.store(tag, variant, body, ticket);
            co_return body;
        }
    }
    auto [flight, leads] = self->flights.join(tag, variant);
    if (!leads)
        co_return co_await flight->wait(flight);
    lander landing{self->flights, tag, variant, flight};
    auto body = co_await self->make_and_keep(tag, variant, make);
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
    std::vector<std::string> keys;
    for (const auto& tag : tags)
        keys.push_back(joined(generation_prefix, tag));
    std::vector<std::string> arguments{std::string(generation_life_ms)};
    const auto told = co_await self->redis.script(raise_script, std::move(keys), std::move(arguments));
    if (!is_value(told))
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
