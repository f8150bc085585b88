// Demo data: the same rows for the same scale on every machine, made by PostgreSQL itself out of counters.
#pragma once

#include "storage/async.hpp"
#include "storage/postgres/database.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mvp::storage {

inline constexpr std::string_view demo_password = "Dem0!Passw0rd";
inline constexpr std::string_view demo_logins[] = {"seller@example.com", "buyer@example.com",
                                                   "staff@example.com"};

struct seed_options {
    int scale = 1; ///< 1: 200 users, 2,000 cars and 1,000 parts with images, 20 stores, 1,000 notifications
    std::string password_hash; ///< of demo_password; all demo users share it
    std::function<void(std::string_view what, std::int64_t done, std::int64_t all)>
        progress{}; ///< may be empty
};

/// Adds what is missing; running it again changes nothing. Takes seconds: for the command line, not for a
/// handler.
task<result<>> seed(database& db, seed_options how);

} // namespace mvp::storage
