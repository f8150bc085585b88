// Experts in PostgreSQL: a user asks once, staff approve or reject. Everybody sees approved experts who are
// not hidden, each user his own request, staff all.
//
// What an approved expert writes carries a mark, and its number is kept; both go and come back with his
// approval. users.is_expert says who is one now: a trigger keeps it.
#pragma once

#include "storage/model/forum.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>

namespace mvp::storage::experts {

/// Rows have the columns of expert_verification_shown; no row: not there, or not for these eyes.
task<result<rows>> find(database& db, uuid id, viewer by);
task<result<rows>> of_user(database& db, uuid user);

/// Empty: no such request.
task<result<std::optional<ownership>>> find_target(database& db, uuid id);

struct list_request {
    std::string search{}, ordering{};
    std::optional<std::string> status{}; ///< for staff, who see all
};
task<result<page>> list(database& db, viewer by, list_request wanted, int size, std::int64_t offset);
conditions list_conditions(const viewer& by, const list_request& wanted);

/// errc::refused if he has asked before.
task<result<rows>> request(database& db, uuid user, expert_verification e);
task<result<rows>> update(database& db, uuid id, expert_verification e, field_set changed);
/// The path of the document, as of all rows with files; empty: no such request.
task<result<std::optional<std::vector<std::string>>>> remove(database& db, uuid id);
/// Tells the user, unless it is he (`by`). errc::refused if it is so already, errc::not_found.
task<result<rows>> decide(database& db, uuid id, viewer by, bool approved, std::string reason);

} // namespace mvp::storage::experts
