// Events that must not be lost: a row written in the transaction of the change it reports, delivered by the
// event relay (actors/event_relay.hpp) at least once, its effects exactly once. And mails, which leave
// through their sender (actors/sender.hpp).
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

/// The type of an event that nobody is told of: something changed, by the user himself, and what is cached of
/// it must fall even if this process is killed after the commit (storage/invalidation.hpp).
inline constexpr char silent_event[] = "changed";

/// What an event is about.
struct event_subject {
    uuid recipient{};
    std::string related_type{};
    std::optional<uuid> related_id{};
};

/// What the relay listens to (database::listen): told at commit, whoever appended. Mails: "mails".
inline constexpr char outbox_channel[] = "outbox";

/// Appends inside a transaction.
task<result<>> append(transaction& t, event e);

/// The same as SQL, for a change and its event in one statement:
///   WITH changed AS (UPDATE … RETURNING …), noted AS (<insert_event_sql("changed", …)>) SELECT …
/// `source` is the CTE's name (and a WHERE, if any); the expressions are SQL over its columns.
std::string insert_event_sql(std::string_view source, std::string_view type, std::string_view recipient,
                             std::string_view title, std::string_view message, std::string_view related_type,
                             std::string_view related_id, std::string_view action_url);

/// The same for an event that leaves what it is about as it was, so that nothing cached falls.
std::string insert_news_sql(std::string_view source, std::string_view type, std::string_view recipient,
                            std::string_view title, std::string_view message, std::string_view related_type,
                            std::string_view related_id, std::string_view action_url);

/// The same for a silent event.
std::string insert_silent_event_sql(std::string_view source, std::string_view recipient,
                                    std::string_view related_type, std::string_view related_id);

struct mail {
    std::string to, subject, text, html;
    std::string kind{}; ///< "verification", "password_reset", …: for the operator and the tests
    std::string
        unsubscribe_url{}; ///< one-click link of a mail that nobody asked for (RFC 8058); may be empty
};
task<result<>> append(transaction& t, mail m);
/// The statement that does so, for a batch.
command append_command(const mail& m);

} // namespace mvp::storage
