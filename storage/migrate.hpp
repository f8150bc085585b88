// Brings a database's tables to what this program expects: the files of storage/migrations, built into the
// program, applied in order, each in a transaction of its own and once.
#pragma once

#include "storage/postgres/database.hpp"

#include <span>

namespace mvp::storage {

struct migration {
    std::string_view name; ///< the file's name without ".sql"; their order is the order of the names
    std::string_view sql;
};

/// All that are built in, in order.
std::span<const migration> migrations();

/// Applies what is missing; returns how many that were. Blocks: for the command line and for tests, never on
/// a loop. Several at once are safe: they wait for each other. Refuses a database whose encoding is not
/// UTF-8, or in which a migration was applied whose text has changed since.
result<int> migrate(const std::string& url, std::span<const migration> all = migrations());

/// Whether all that are built in have been applied with the texts they have here. Newer ones do not matter.
task<result<bool>> migrations_current(database& db);

} // namespace mvp::storage
