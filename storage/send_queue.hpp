// Tables of what waits until another server has taken it: mails, text messages.
//
// A row is taken by a lock that is held while it is sent: several processes share the work, and when one is
// killed PostgreSQL gives its row back at once. So nothing is sent twice because of a restart before it was
// handed over.
#pragma once

#include "storage/async.hpp"
#include "storage/postgres/database.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace mvp::storage {

enum class send_outcome {
    none_due,  ///< nothing to do
    sent,      ///< the server has taken it
    postponed, ///< it is tried again after a pause that grows each time
    failed,    ///< for good: refused, or tried too often
};

class send_queue {
  public:
    /// `table` has id, state, attempts, next_attempt_at, sent_at and last_error; `columns` are what is sent.
    /// After `tries` it is given up; pauses between them: 5 s, 15 s, 45 s, 2 min, 7 min, 20 min, then an
    /// hour. The oldest goes first, but behind those for which `later` (SQL) is false.
    send_queue(std::string_view table, std::string_view columns, int tries, std::string_view later = {});

    /// Hands one row over: its id, then `columns`. errc::refused: it will never be taken; any other error:
    /// try again later.
    using hand_over = std::function<task<result<>>(row due)>;
    /// Takes a due row that nobody else has, and sends it.
    task<result<send_outcome>> deliver(database& db, const hand_over& send) const;

  private:
    struct due;
    task<result<std::optional<due>>> take(transaction& t) const;
    task<result<send_outcome>> take_and_send(transaction& t, const hand_over& send) const;
    task<result<>> note_failure(transaction& t, const due& d, bool for_good, std::string why) const;

    std::string table_;
    int tries_;
    statement next_, sent_, failed_;
};

} // namespace mvp::storage
