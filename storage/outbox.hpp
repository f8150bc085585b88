// Events that must not be lost: a row written in the transaction of the change it reports, delivered by the
// event relay (actors/event_relay.hpp) at least once, its effects exactly once. And mails, which leave
// through the mailer.
#pragma once

#include "storage/model/uuid.hpp"
#include "storage/postgres/database.hpp"

#include <optional>
#include <string>

namespace mvp::storage {

/// What happened, for one user: becomes a notification (if he wants that type) with the user's next seq.
struct event {
    std::string type; ///< a notification type: "listing_update", "verification_status", "account_alert", …
    uuid recipient{};
    std::string title, message;
    std::string related_type{}; ///< "car", "user", …; may be empty
    std::optional<uuid> related_id{};
    std::string action_url{}; ///< may be empty
};

/// What the relay listens to (database::listen): told at commit, whoever appended. Mails: "mails".
inline constexpr char outbox_channel[] = "outbox";

/// Appends inside a transaction.
task<result<>> append(transaction& t, event e);

/// The same as SQL, for a change and its event in one statement:
///   WITH changed AS (UPDATE … RETURNING …), noted AS (<insert_event_sql("changed", …)>) SELECT …
/// `source` is the CTE's name; the expressions are SQL over its columns.
std::string insert_event_sql(std::string_view source, std::string_view type, std::string_view recipient,
                             std::string_view title, std::string_view message, std::string_view related_type,
                             std::string_view related_id, std::string_view action_url);

struct mail {
    std::string to, subject, text, html;
    std::string kind{}; ///< "verification", "password_reset", …: for the log and the tests
};
task<result<>> append(transaction& t, mail m);

} // namespace mvp::storage
