#include "storage/near_cache.hpp"

#include "storage/coarse_clock.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace mvp::storage {
namespace {

namespace bi = boost::intrusive;

std::size_t hash(std::string_view text) noexcept {
    return std::hash<std::string_view>{}(text);
}

struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return hash(text); }
};

/// Views into the entry's own strings, or into the caller's for a look-up.
struct entry_key {
    std::string_view tag, variant;
    std::size_t hashed;

    entry_key(std::string_view t, std::string_view v, std::size_t tag_hash)
        : tag(t), variant(v), hashed(tag_hash * 31 + hash(v)) {}
    bool operator==(const entry_key& other) const { return variant == other.variant && tag == other.tag; }
};
struct entry_key_hash {
    std::size_t operator()(const entry_key& k) const noexcept { return k.hashed; }
};

struct recency;
struct kinship;
using in_recency = bi::list_base_hook<bi::tag<recency>>;
using in_group = bi::list_base_hook<bi::tag<kinship>, bi::link_mode<bi::auto_unlink>>;

struct entry : in_recency, in_group {
    entry(std::string_view t, std::string_view v) : tag(t), variant(v) {}
    const std::string tag, variant;
    cached_body_ptr body;
    std::int64_t expires = 0;
    std::size_t size = 0;
};
using recency_list = bi::list<entry, bi::base_hook<in_recency>, bi::constant_time_size<false>>;
using group_list = bi::list<entry, bi::base_hook<in_group>, bi::constant_time_size<false>>;

constexpr std::size_t entry_overhead =
    sizeof(entry) + sizeof(cached_body) + 160; // nodes, control block, heap headers

} // namespace

struct near_cache::shard {
    using index = std::unordered_map<entry_key, std::unique_ptr<entry>, entry_key_hash>;

    mutable std::mutex mutex;
    index entries;
    std::unordered_map<std::string, group_list, text_hash, std::equal_to<>> groups;
    recency_list recent; // front: used last
    std::uint64_t hits = 0;
    /// Counts drops; tags share them, so that they need no room of their own. A drop of another tag with the
    /// same counter costs one refused store, no more.
    std::array<near_cache::ticket, 256> versions{};

    near_cache::ticket& version(std::size_t tag_hash) { return versions[(tag_hash >> 8) % versions.size()]; }

    /// Returns the bytes that it frees.
    std::size_t erase(entry& e, std::size_t tag_hash) {
        const auto freed = e.size;
        recent.erase(recent.iterator_to(e));
        static_cast<in_group&>(e).unlink();
        const auto group = groups.find(std::string_view(e.tag));
        if (group != groups.end() && group->second.empty())
            groups.erase(group);
        entries.erase(entries.find(entry_key(e.tag, e.variant, tag_hash)));
        return freed;
    }
};

near_cache::near_cache(std::size_t bytes, std::chrono::nanoseconds time_to_live)
    : limit_(bytes), time_to_live_(time_to_live.count()), shards_(std::make_unique<shard[]>(shards)) {}

near_cache::~near_cache() {
    clear();
}

near_cache::shard& near_cache::shard_of(std::size_t tag_hash) const {
    return shards_[tag_hash % shards];
}

cached_body_ptr near_cache::find(std::string_view tag, std::string_view variant) {
    const auto tag_hash = hash(tag);
    const entry_key key(tag, variant, tag_hash);
    auto& s = shard_of(tag_hash);
    std::lock_guard lock(s.mutex);
    const auto found = s.entries.find(key);
    if (found == s.entries.end())
        return nullptr;
    auto& e = *found->second;
    if (e.expires <= coarse_now()) {
        bytes_ -= s.erase(e, tag_hash);
        return nullptr;
    }
    if (&s.recent.front() != &e)
        s.recent.splice(s.recent.begin(), s.recent, s.recent.iterator_to(e));
    ++s.hits;
    return e.body;
}

near_cache::ticket near_cache::open(std::string_view tag) {
    const auto tag_hash = hash(tag);
    auto& s = shard_of(tag_hash);
    std::lock_guard lock(s.mutex);
    return s.version(tag_hash);
}

bool near_cache::store(std::string_view tag, std::string_view variant, cached_body_ptr body, ticket taken) {
    const auto size =
        tag.size() * 2 + variant.size() + body->bytes.size() + body->etag.size() + entry_overhead;
    if (size > limit_)
        return false;
    const auto tag_hash = hash(tag);
    {
        auto fresh = std::make_unique<entry>(tag, variant);
        fresh->body = std::move(body);
        fresh->expires = coarse_now() + time_to_live_;
        fresh->size = size;
        const entry_key key(fresh->tag, fresh->variant, tag_hash);
        auto& s = shard_of(tag_hash);
        std::lock_guard lock(s.mutex);
        if (s.version(tag_hash) != taken)
            return false;
        if (const auto old = s.entries.find(key); old != s.entries.end())
            bytes_ -= s.erase(*old->second, tag_hash);
        auto& e = *s.entries.emplace(key, std::move(fresh)).first->second;
        s.recent.push_front(e);
        s.groups.try_emplace(std::string(tag)).first->second.push_front(e);
        bytes_ += size;
    }
    shrink();
    return true;
}

void near_cache::shrink() {
    for (std::size_t empty = 0; bytes_ > limit_ && empty < shards;) {
        auto& s = shards_[next_to_shrink_++ % shards]; // in turn, so that each gives what it used least
        std::lock_guard lock(s.mutex);
        if (s.recent.empty()) {
            ++empty;
            continue;
        }
        empty = 0;
        auto& oldest = s.recent.back();
        bytes_ -= s.erase(oldest, hash(oldest.tag));
    }
}

void near_cache::drop(std::string_view tag) {
    const auto tag_hash = hash(tag);
    auto& s = shard_of(tag_hash);
    std::lock_guard lock(s.mutex);
    ++s.version(tag_hash);
    // Erasing the last of a group erases the group, so it is looked up again each time.
    for (auto group = s.groups.find(tag); group != s.groups.end(); group = s.groups.find(tag))
        bytes_ -= s.erase(group->second.front(), tag_hash);
}

void near_cache::clear() {
    for (std::size_t i = 0; i < shards; ++i) {
        auto& s = shards_[i];
        std::lock_guard lock(s.mutex);
        for (auto& v : s.versions)
            ++v;
        while (!s.recent.empty()) {
            auto& e = s.recent.front();
            bytes_ -= s.erase(e, hash(e.tag));
        }
    }
}

near_cache::figures near_cache::count() const {
    figures f;
    f.bytes = bytes_;
    for (std::size_t i = 0; i < shards; ++i) {
        std::lock_guard lock(shards_[i].mutex);
        f.hits += shards_[i].hits;
        f.entries += shards_[i].entries.size();
    }
    return f;
}

} // namespace mvp::storage
