// Pieces of SQL that write notifications and what may become mails; for storage/ alone.
#pragma once

#include <string>
#include <string_view>

namespace mvp::storage {

/// Does a user want to be told of events of `type` (an expression)? `how`: "app" or "email". `p`: the alias
/// of his preferences, NULL where he has none and the defaults count. Nobody wants silent events.
std::string wants_sql(std::string_view how, std::string_view type, std::string_view p);

/// "WITH events AS (<events>), …, made AS (…), mailed AS (…)": notifications, numbered, of the events whose
/// recipients want them, and rows of mail_items of those that they want by mail; `made` gives user_id. The
/// caller goes on with ", " or SELECT. `events` has id, recipient, type, title, message, related_type,
/// related_id and action_url. The recipients' rows must be locked, in a statement before.
std::string notify_sql(std::string_view events);

} // namespace mvp::storage
