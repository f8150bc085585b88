// Mails about notifications. What users want to hear by mail is put down in mail_items in the transaction
// that delivers the event (storage/notifications_sql.hpp); when it is due by their preferences it becomes
// mails, which leave through their queue (storage/mails.hpp). Each step is one transaction, so nothing is
// lost and nothing is written twice, whatever is killed when; and any number of processes share the work, a
// user at a time, under the lock of his row.
#pragma once

#include "storage/async.hpp"
#include "storage/model/timestamp.hpp"
#include "storage/model/uuid.hpp"
#include "storage/postgres/database.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mvp::storage {

/// What the links in a mail are made of.
struct mail_links {
    std::string public_url; ///< in front of paths of the site; no slash at its end
    /// The link that ends a user's mails of these types.
    std::function<std::string(const uuid& user, const std::vector<std::string>& types)> unsubscribe;
};

struct mailing_round {
    bool found = false;       ///< something was due
    std::int64_t written = 0; ///< mails
    std::int64_t dropped = 0; ///< items that are not wanted any more
};

/// A digest holds at most this many items; the rest comes in another one.
inline constexpr int most_items = 500;

/// Takes a user with something due that no other process is looking at, and by his preferences of this
/// moment writes mails about it (one each, or one digest), drops it, or notes when it is due. Mails go to
/// active users; to others only account alerts, which tell them why they are not.
task<result<mailing_round>> write_due_mails(database& db, const mail_links& links, timestamp now);

/// How much waits, for the operator.
struct backlog {
    std::int64_t items = 0, mails = 0, text_messages = 0;
    std::int64_t events = 0, oldest_event_seconds = 0; ///< in the outbox
};
task<result<backlog>> count_backlog(database& db);

} // namespace mvp::storage
