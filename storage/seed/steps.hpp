// The rows that seed() adds, table by table; an app's file in this folder has the steps of that app.
#pragma once

#include "storage/postgres/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage::seeding {

/// Runs in batches with the first and the last number as $1 and $2; `more` are the values behind them.
struct step {
    const statement* what;
    std::string_view name;
    std::int64_t rows;
    parameters more{};
};

/// How many there are of what others refer to. Number n's id is md5('demo user <n>'), and so on.
struct scene {
    std::int64_t scale = 1;
    std::int64_t users = 0, cars = 0, parts = 0;
};

// In this order: each builds on those before it.
std::vector<step> users(const scene& s, const std::string& password_hash);
std::vector<step> cars(const scene& s);
std::vector<step> parts(const scene& s);
std::vector<step> stores(const scene& s);
std::vector<step> notifications(const scene& s);
std::vector<step> reviews(const scene& s);
std::vector<step> forum(const scene& s);
std::vector<step> comments(const scene& s);

} // namespace mvp::storage::seeding
