// What every authenticated request needs to know of its user, kept near and dropped by invalidation (tag
// "account:<id>"), so that a warm check costs no query and a suspension is felt on every process at once.
// While the cache is not trusted() every find() is a query by primary key, sent together with the others of
// its loop turn.
#pragma once

#include "storage/async.hpp"
#include "storage/cache.hpp"
#include "storage/model/timestamp.hpp"
#include "storage/model/uuid.hpp"
#include "storage/postgres/database.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace mvp::storage {

struct account {
    uuid id{};
    bool is_active = false, is_staff = false, is_superuser = false, is_seller = false, is_company = false;
    bool is_verified = false;  ///< verification_status is "verified"
    bool is_suspended = false; ///< look through suspended(now): `suspended_until` may have passed
    std::optional<timestamp> suspended_until{};
    std::int64_t token_generation = 0;             ///< tokens carry it; another one is revoked
    std::optional<timestamp> tokens_valid_after{}; ///< judges tokens that carry no generation, by their iat
    /// Families (jti of a refresh token) that were logged out and have not expired yet; few, so a vector.
    std::vector<uuid> revoked_families{};
    timestamp date_joined{};

    bool suspended(timestamp at) const { return is_suspended && (!suspended_until || at < *suspended_until); }
    bool can_sell(timestamp at) const { return is_seller && is_active && !suspended(at); }
};
using account_ptr = std::shared_ptr<const account>;

class accounts {
  public:
    /// `capacity`: how many accounts are kept, about; those not asked for lately go first. Make it before
    /// redis.start().
    accounts(database& db, cache& invalidations, std::size_t capacity = 100'000);
    ~accounts();
    /// Null when there is no such user (which is not kept). errc::unavailable when PostgreSQL is needed and
    /// away.
    task<result<account_ptr>> find(uuid id);
    /// The near copy if it may be used now, else null. Any loop; does not wait or allocate.
    account_ptr find_near(const uuid& id);

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::storage
