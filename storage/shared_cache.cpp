#include "storage/shared_cache.hpp"

#include "storage/redis/client.hpp"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include <iterator>
#include <utility>

namespace mvp::storage {
namespace {

constexpr std::string_view generation_life_ms = "86400000"; // far longer than any fill takes

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

cached_body_ptr finished_body(std::string bytes) {
    auto body = std::make_shared<cached_body>();
    body->etag = etag_of(bytes);
    body->bytes = std::move(bytes);
    return body;
}

shared_cache::shared_cache(redis::client& redis, std::chrono::seconds time_to_live)
    : redis_(redis), time_to_live_(time_to_live) {}

bool shared_cache::pushes_live() const {
    return redis_.subscriptions_live();
}

task<result<std::string>> shared_cache::agree_on_namespace(bool raise) {
    unsigned char random[8];
    randombytes_buf(random, sizeof random);
    std::string fresh = hex(random);
    std::vector<std::vector<std::string>> commands;
    if (raise) // a full Redis still deletes, which stops the others at once
        commands.push_back({"DEL", std::string(namespace_key)});
    commands.push_back({"SET", std::string(namespace_key), fresh});
    if (!raise)
        commands.back().push_back("NX"); // makes one up if it is gone
    commands.push_back({"GET", std::string(namespace_key)});
    auto answers = co_await redis_.pipeline(std::move(commands));
    if (!answers)
        co_return fail(std::move(answers.error()));
    auto& got = answers->back();
    const auto& set = *std::prev(answers->end(), 2);
    note_write(set);
    if (set.type == redis::reply::kind::error || got.type != redis::reply::kind::text)
        co_return fail(errc::unavailable, "Redis refused a write");
    co_return std::move(got.text);
}

task<bool> shared_cache::takes_writes() {
    std::vector<std::string> words{"SET", "probe:cache", "1", "PX", "10000"};
    const auto answer = co_await redis_.command(std::move(words));
    if (answer)
        note_write(*answer);
    co_return is_value(answer);
}

void shared_cache::note_write(const redis::reply& answer) {
    const bool refused = answer.type == redis::reply::kind::error;
    if (refused_.exchange(refused) == refused)
        return;
    if (refused)
        spdlog::warn("Redis refuses writes, so nothing is cached: {}", answer.text);
    else
        spdlog::warn("Redis takes writes again");
}

task<cached_body_ptr> shared_cache::find(const std::string& name_space, const std::string& tag,
                                         const std::string& variant) {
    std::vector<std::string> words{"HGET", body_key(name_space, tag), variant};
    auto answer = co_await redis_.command(std::move(words));
    if (!is_value(answer) || answer->type != redis::reply::kind::text)
        co_return nullptr;
    co_return from_redis(std::move(answer->text));
}

task<std::optional<std::string>> shared_cache::generation(const std::string& tag) {
    std::vector<std::string> words{"GET", joined(generation_prefix, tag)};
    auto answer = co_await redis_.command(std::move(words));
    if (!is_value(answer))
        co_return std::nullopt;
    co_return std::move(answer->text);
}

task<> shared_cache::fill(std::string tag, std::string variant, circumstances before, cached_body_ptr body) {
    const auto life = std::chrono::duration_cast<std::chrono::milliseconds>(time_to_live_).count();
    std::vector<std::string> keys{joined(generation_prefix, tag), std::string(namespace_key),
                                  body_key(before.name_space, tag)};
    std::vector<std::string> arguments{std::move(before.generation), std::move(before.name_space),
                                       std::move(variant), joined(body->etag, body->bytes),
                                       std::to_string(life)};
    // Not kept is not wrong: the next miss tries again.
    co_await redis_.script(fill_script, std::move(keys), std::move(arguments));
}

task<bool> shared_cache::raise(const std::vector<std::string>& tags) {
    std::vector<std::string> keys;
    for (const auto& tag : tags)
        keys.push_back(joined(generation_prefix, tag));
    std::vector<std::string> arguments{std::string(generation_life_ms)};
    const auto told = co_await redis_.script(raise_script, std::move(keys), std::move(arguments));
    co_return is_value(told);
}

} // namespace mvp::storage
