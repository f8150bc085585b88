// What users are told, in PostgreSQL: events become notifications, numbered per user without gaps; marks are
// numbered too; and an inbox reads what changed since the numbers it knows, in one statement, so in one
// moment.
//
// Both numbers are raised under the lock of the user's row, which every writer here takes first (and in order
// of id when it takes several). What a user lacks is therefore always "greater than the number that he has".
#pragma once

#include "storage/async.hpp"
#include "storage/mail_schedule.hpp"
#include "storage/model/timestamp.hpp"
#include "storage/model/uuid.hpp"
#include "storage/outbox.hpp"
#include "storage/postgres/database.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage {

struct notification {
    uuid id{};
    std::string type, title, message;
    bool is_read = false;
    std::optional<std::string> action_url{};
    timestamp created_at{};
    std::optional<timestamp> read_at{};
    std::int64_t seq = 0;
};

/// The columns of `alias`.notifications that read_notification() reads, in its order: notification_shown.
std::string notification_columns(std::string_view alias);
/// From a row whose columns begin with notification_columns() at `first`.
notification read_notification(const row& from, int first = 0);
/// From a row with quiet_hours_enabled, quiet_hours_start, quiet_hours_end and timezone at `first`.
quiet_hours read_quiet_hours(const row& from, int first);
/// The REST object, which the live frames carry too (one encoder for both): id, notification_type, title,
/// message, is_read, action_url, created_at, read_at, seq.
void append_json(std::string& out, const notification& n);

/// What an inbox wants to know beside the counts.
struct inbox_query {
    std::optional<std::int64_t> after{};      ///< notifications with a greater seq
    std::optional<std::int64_t> read_after{}; ///< what markings with a greater number read
};
/// More than this many of either are not read: see `too_many`.
inline constexpr std::size_t replay_limit = 1000;

/// A user's notifications at one moment.
struct inbox_state {
    std::int64_t seq = 0;      ///< of the newest notification
    std::int64_t read_seq = 0; ///< of the last marking
    std::int64_t unread = 0;
    quiet_hours quiet{};
    std::vector<notification> news{}; ///< by seq
    struct read_mark {
        std::int64_t read_seq = 0;
        uuid id{};
    };
    std::vector<read_mark> reads{}; ///< by read_seq
    bool too_many = false;          ///< over replay_limit: `news` or `reads` is cut
};

/// errc::not_found when there is no such user.
task<result<inbox_state>> read_inbox(database& db, uuid user, inbox_query what);

struct marking {
    std::int64_t changed = 0; ///< how many were not so before
    std::int64_t found = 0;   ///< how many of the ids are the user's
    std::int64_t unread = 0;  ///< what is left, exact also when others mark or deliver at the same moment
};
/// Marks these of the user's (without ids: all) as read, or these as unread. read_at is set once.
task<result<marking>> mark_notifications(database& db, uuid user, std::optional<std::vector<uuid>> ids,
                                         bool read);

struct deliveries {
    std::int64_t events = 0; ///< taken from the outbox and done
    std::int64_t made = 0;   ///< notifications
    std::int64_t put_aside =
        0; ///< events that PostgreSQL refused: tried again later, the others do not wait for them
    std::vector<uuid> users{}; ///< who got any
    double oldest_seconds = 0; ///< how long the oldest of them had waited
    bool more = false;         ///< the batch was full
};
/// Sees what events are about (no news) before they are done, so at least once each; if it fails they are
/// delivered later.
using event_watcher = std::function<task<result<>>(std::vector<event_subject> about)>;
/// Takes up to `limit` due events that no other process is taking and makes notifications of those whose
/// recipient wants them, in one transaction. `watcher` may be empty.
task<result<deliveries>> deliver_events(database& db, std::size_t limit, event_watcher watcher = {});

} // namespace mvp::storage
