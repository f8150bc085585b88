#include "storage/send_queue.hpp"

#include "storage/log.hpp"

#include <fmt/format.h>

namespace mvp::storage {

struct send_queue::due {
    rows found; ///< keeps the row alive
    std::string id;
    int attempts = 0; ///< with this one
};

send_queue::send_queue(std::string_view table, std::string_view columns, int tries, std::string_view later)
    : table_(table), tries_(tries),
      next_(fmt::format(
          "SELECT id, {1}, attempts FROM {0} WHERE state = 'waiting' AND next_attempt_at <= now() "
          "ORDER BY {2}{3}next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED",
          table, columns, later, later.empty() ? "" : ", ")),
      sent_(fmt::format("UPDATE {} SET state = 'sent', sent_at = now(), attempts = $2, last_error = NULL "
                        "WHERE id = $1::uuid",
                        table)),
      failed_(
          fmt::format("UPDATE {} SET state = CASE WHEN $3 THEN 'failed' ELSE 'waiting' END, attempts = $2, "
                      "last_error = left($4, 1000), next_attempt_at = clock_timestamp() + least(interval '1 "
                      "hour', interval '5 seconds' * power(3, least($2::integer - 1, 10))) "
                      "WHERE id = $1::uuid",
                      table)) {}

task<result<std::optional<send_queue::due>>> send_queue::take(transaction& t) const {
    // The transaction idles while the row is sent, longer than others may.
    static const statement be_patient(
        "SELECT set_config('idle_in_transaction_session_timeout', '60s', true)");
    std::vector<command> steps;
    steps.push_back(command(be_patient));
    steps.push_back(command(next_));
    auto got = co_await t.batch(std::move(steps));
    if (!got)
        co_return fail(std::move(got.error()));
    std::optional<due> taken;
    if (!(*got)[1].empty()) {
        taken.emplace();
        taken->found = (*got)[1];
        const row r = taken->found.front();
        taken->id = r.text(0);
        taken->attempts = static_cast<int>(r.integer(r.columns() - 1)) + 1;
    }
    co_return taken;
}

task<result<>> send_queue::note_failure(transaction& t, const due& d, bool for_good, std::string why) const {
    log::warn("{} {} was not taken at try {}{}: {}", table_, d.id, d.attempts, for_good ? ", given up" : "",
              why);
    auto noted = co_await t.query(failed_, parameters(d.id, d.attempts, for_good, why));
    if (!noted)
        co_return fail(std::move(noted.error()));
    co_return result<>();
}

task<result<send_outcome>> send_queue::take_and_send(transaction& t, const hand_over& send) const {
    auto taken = co_await take(t);
    if (!taken)
        co_return fail(std::move(taken.error()));
    if (!*taken)
        co_return send_outcome::none_due;
    const due& d = **taken;
    auto handed_over = co_await send(d.found.front());
    if (handed_over) {
        auto noted = co_await t.query(sent_, parameters(d.id, d.attempts));
        if (!noted)
            co_return fail(std::move(noted.error()));
        co_return send_outcome::sent;
    }
    const bool for_good = handed_over.error().code == errc::refused || d.attempts >= tries_;
    auto noted = co_await note_failure(t, d, for_good, std::move(handed_over.error().text));
    if (!noted)
        co_return fail(std::move(noted.error()));
    co_return for_good ? send_outcome::failed : send_outcome::postponed;
}

task<result<send_outcome>> send_queue::deliver(database& db, const hand_over& send) const {
    auto body = [this, &send](transaction& t) -> task<result<send_outcome>> {
        return take_and_send(t, send);
    };
    co_return co_await db.transact(body);
}

} // namespace mvp::storage
