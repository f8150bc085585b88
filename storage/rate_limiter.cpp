#include "storage/rate_limiter.hpp"

#include "storage/local_limits.hpp"
#include "storage/redis/client.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include <optional>
#include <string>
#include <vector>

namespace mvp::storage {
namespace {

// KEYS limit:<rule>:<key>, a list of moments in ms by Redis' clock, oldest first; ARGV count, window in ms.
// Answers 0 (allowed and counted) or the ms until the oldest moment leaves the window.
constexpr std::string_view take_script = R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and oldest + window <= now do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
if redis.call('LLEN', KEYS[1]) < count then
  redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], window)
  return 0
end
return oldest and oldest + window - now or window)";

constexpr std::size_t longest_key = 96;

/// Keys hold what clients send (e-mail addresses): long ones are kept as their hash.
std::string key_for(std::string_view rule, std::string_view key) {
    if (key.size() <= longest_key)
        return fmt::format("limit:{}:{}", rule, key);
    unsigned char digest[crypto_generichash_BYTES];
    crypto_generichash(digest, sizeof digest, reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                       nullptr, 0);
    char hex[sizeof digest * 2 + 1];
    return fmt::format("limit:{}:#{}", rule, sodium_bin2hex(hex, sizeof hex, digest, sizeof digest));
}

error throttled(std::chrono::milliseconds wait) {
    const auto seconds = std::max<std::int64_t>(1, (wait.count() + 999) / 1000);
    error e{errc::throttled, fmt::format("Request was throttled. Expected available in {} second{}.", seconds,
                                         seconds == 1 ? "" : "s")};
    e.retry_after = static_cast<int>(seconds);
    return e;
}

} // namespace

struct rate_limiter::impl {
    impl(redis::client& r, rate_limiter_options o) : redis(r), options(o), local(o.local_bound) {}

    std::optional<rate> find(std::string_view rule) const {
        if (rule == "login")
            return options.login;
        if (rule == "register")
            return options.registration;
        if (rule == "mail")
            return options.mail;
        if (rule == "write")
            return options.write;
        if (rule == "upload")
            return options.upload;
        if (rule == "new_threads")
            return options.new_threads;
        if (rule == "new_posts")
            return options.new_posts;
        return std::nullopt;
    }

    std::chrono::milliseconds take_here(const std::string& key, const rate& allowed) {
        const auto wait = local.take(key, allowed.count, allowed.per, local_limits::clock::now());
        return std::chrono::ceil<std::chrono::milliseconds>(wait);
    }

    redis::client& redis;
    const rate_limiter_options options;
    local_limits local;
};

rate_limiter::rate_limiter(redis::client& redis, rate_limiter_options options)
    : impl_(std::make_shared<impl>(redis, options)) {}

rate_limiter::~rate_limiter() = default;

task<result<>> rate_limiter::take_while_new(std::string_view rule, std::string_view key, timestamp since) {
    const auto allowed = impl_->find(rule);
    const auto left = allowed ? since + allowed->per - now() : std::chrono::microseconds(0);
    if (allowed && left.count() <= 0)
        co_return result<>{};
    auto taken = co_await take(rule, key);
    if (!taken && taken.error().code == errc::throttled)
        co_return fail(throttled(std::chrono::ceil<std::chrono::milliseconds>(left)));
    co_return taken;
}

task<result<>> rate_limiter::take(std::string_view rule, std::string_view key) {
    auto self = impl_;
    if (!self->options.enabled)
        co_return result<>{};
    const auto allowed = self->find(rule);
    if (!allowed)
        co_return fail(errc::internal, fmt::format("there is no rate limit named {}", rule));
    const auto name = key_for(rule, key);
    const auto window = std::chrono::duration_cast<std::chrono::milliseconds>(allowed->per).count();
    std::vector<std::string> keys{name}, arguments{std::to_string(allowed->count), std::to_string(window)};
    const auto answer = co_await self->redis.script(take_script, std::move(keys), std::move(arguments));
    const bool counted = answer && answer->type == redis::reply::kind::integer;
    const auto wait = counted ? std::chrono::milliseconds(answer->integer) : self->take_here(name, *allowed);
    if (wait.count() > 0)
        co_return fail(throttled(wait));
    co_return result<>{};
}

} // namespace mvp::storage
