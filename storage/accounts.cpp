#include "storage/accounts.hpp"

#include "storage/coarse_clock.hpp"

#include <array>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace mvp::storage {
namespace {

constexpr std::string_view tag_prefix = "account:";
constexpr std::int64_t time_to_live =
    60'000'000'000; // ns; bounds what a lost invalidation could leave behind

const statement& select_account() {
    static const statement s("SELECT u.is_active, u.is_staff, u.is_superuser, u.is_seller, u.user_type, "
                             "u.verification_status, u.is_suspended, u.suspension_until, u.token_generation, "
                             "u.tokens_valid_after, u.date_joined, "
                             "(SELECT string_agg(r.id::text, ',') FROM revoked_tokens r "
                             "WHERE r.user_id = u.id AND r.expires_at > now()) "
                             "FROM users u WHERE u.id = $1");
    return s;
}

std::vector<uuid> split_ids(std::string_view list) {
    std::vector<uuid> ids;
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (auto id = uuid::parse(list.substr(0, comma)))
            ids.push_back(*id);
        list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
    }
    return ids;
}

account read_account(const uuid& id, const row& r) {
    account a;
    a.id = id;
    a.is_active = r.boolean(0);
    a.is_staff = r.boolean(1);
    a.is_superuser = r.boolean(2);
    a.is_seller = r.boolean(3);
    a.is_company = r.text(4) == "company";
    a.is_verified = r.text(5) == "verified";
    a.is_suspended = r.boolean(6);
    a.suspended_until = r.optional_time(7);
    a.token_generation = r.integer(8);
    a.tokens_valid_after = r.optional_time(9);
    a.date_joined = r.time(10);
    a.revoked_families = split_ids(r.text(11));
    return a;
}

/// One of several parts of the table, each with its own lock. Accounts are in two generations: what is asked
/// for moves to the young one, and when that is full it becomes the old one, whose accounts go.
class part {
  public:
    void set_capacity(std::size_t n) {
        half_ = n / 2 + 1;
        young_.reserve(half_ + 1); // so that find() never allocates
        old_.reserve(half_ + 1);
    }

    account_ptr find(const uuid& id) {
        std::lock_guard lock(mutex_);
        auto found = young_.find(id);
        if (found == young_.end()) {
            auto node = old_.extract(id);
            if (node.empty())
                return nullptr;
            make_room();
            found = young_.insert(std::move(node)).position;
        }
        if (found->second.expires > coarse_now())
            return found->second.what;
        young_.erase(found);
        return nullptr;
    }

    /// Counts drops; ids share the counters, which costs a refused store now and then.
    std::uint64_t ticket(const uuid& id) {
        std::lock_guard lock(mutex_);
        return version(id);
    }

    void store(account_ptr what, std::uint64_t taken) {
        std::lock_guard lock(mutex_);
        const auto id = what->id;
        if (version(id) != taken)
            return;
        old_.erase(id);
        if (!young_.contains(id))
            make_room();
        young_[id] = {std::move(what), coarse_now() + time_to_live};
    }

    void drop(const uuid& id) {
        std::lock_guard lock(mutex_);
        ++version(id);
        young_.erase(id);
        old_.erase(id);
    }

    void clear() {
        std::lock_guard lock(mutex_);
        for (auto& v : versions_)
            ++v;
        young_.clear();
        old_.clear();
    }

  private:
    struct entry {
        account_ptr what;
        std::int64_t expires = 0;
    };

    void make_room() {
        if (young_.size() < half_)
            return;
        std::swap(young_, old_);
        young_.clear();
    }
    std::uint64_t& version(const uuid& id) { return versions_[id.bytes[0] % versions_.size()]; }

    std::mutex mutex_;
    std::size_t half_ = 1;
    std::unordered_map<uuid, entry> young_, old_;
    std::array<std::uint64_t, 64> versions_{};
};

} // namespace

struct accounts::impl {
    impl(database& d, cache& c, std::size_t capacity) : db(d), invalidations(c) {
        for (auto& p : parts)
            p.set_capacity(capacity / parts.size());
    }

    part& part_of(const uuid& id) { return parts[id.bytes[1] % parts.size()]; }

    void dropped(std::string_view tag) {
        if (tag.empty()) {
            for (auto& p : parts)
                p.clear();
        } else if (tag.starts_with(tag_prefix)) {
            if (const auto id = uuid::parse(tag.substr(tag_prefix.size())))
                part_of(*id).drop(*id);
        }
    }

    database& db;
    cache& invalidations;
    std::array<part, 16> parts;
};

accounts::accounts(database& db, cache& invalidations, std::size_t capacity)
    : impl_(std::make_shared<impl>(db, invalidations, capacity)) {
    invalidations.on_invalidate([weak = std::weak_ptr<impl>(impl_)](std::string_view tag) {
        if (auto self = weak.lock())
            self->dropped(tag);
    });
}

accounts::~accounts() = default;

account_ptr accounts::find_near(const uuid& id) {
    if (!impl_->invalidations.trusted())
        return nullptr;
    return impl_->part_of(id).find(id);
}

task<result<account_ptr>> accounts::find(uuid id) {
    auto self = impl_;
    if (auto near = find_near(id))
        co_return near;
    const bool keep = self->invalidations.trusted();
    const auto ticket = self->part_of(id).ticket(id); // before the row is read: a slow read must not be kept
    parameters with(id);
    auto found = co_await self->db.query(select_account(), std::move(with));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return account_ptr{};
    account_ptr read = std::make_shared<const account>(read_account(id, found->front()));
    if (keep)
        self->part_of(id).store(read, ticket);
    co_return read;
}

} // namespace mvp::storage
