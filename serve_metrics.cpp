#include "serve_metrics.hpp"

#include "actors/announcer.hpp"
#include "actors/event_relay.hpp"
#include "actors/inboxes.hpp"
#include "actors/mailer.hpp"
#include "actors/moderators.hpp"
#include "actors/ratings.hpp"
#include "actors/scheduler.hpp"
#include "actors/sender.hpp"
#include "http/metrics.hpp"
#include "storage/cache.hpp"
#include "storage/postgres/database.hpp"
#include "storage/worker_pool.hpp"

namespace mvp::program {

void register_metrics(http::metrics& m, storage::database& db, storage::cache& cache, worker_pool& workers,
                      actors::system& actors, actors::inboxes& inboxes, actors::relay& relay) {
    const auto number = [](auto n) { return static_cast<double>(n); };
    m.gauge("database_connections", "Live connections to PostgreSQL.",
            [&db, number] { return number(db.open()); });
    m.gauge("database_queue", "Statements that wait for a connection.",
            [&db, number] { return number(db.queued()); });
    m.counter("database_statements_total", "Statements sent.",
              [&db, number] { return number(db.statements()); });
    m.counter("database_round_trips_total", "Batches that they were sent in.",
              [&db, number] { return number(db.round_trips()); });
    m.counters("cache_lookups_total", "Lookups of finished answers, by where they ended.", [&cache, number] {
        const auto c = cache.counts();
        return std::vector<http::metrics::sample>{{{{"result", "near"}}, number(c.near_hits)},
                                                  {{{"result", "shared"}}, number(c.shared_hits)},
                                                  {{{"result", "miss"}}, number(c.misses)}};
    });
    m.counter("cache_invalidations_total", "Tags raised by this process.",
              [&cache, number] { return number(cache.counts().invalidations); });
    m.gauge("cache_near_bytes", "Size of the near copies.",
            [&cache, number] { return number(cache.counts().near_bytes); });
    m.gauge("cache_trusted", "1 while cached answers may be used.",
            [&cache] { return cache.trusted() ? 1.0 : 0.0; });
    m.gauge("worker_queue", "Jobs that wait for a worker thread.",
            [&workers, number] { return number(workers.queued()); });
    m.gauge("actor_asks_in_flight", "Questions to actors that wait for their answer.",
            [&actors, number] { return number(actors.counts().asks_in_flight); });
    m.counter("actor_asks_total", "Questions to actors.",
              [&actors, number] { return number(actors.counts().asks); });
    m.counter("actor_asks_refused_total", "Questions beyond the bound of those in flight.",
              [&actors, number] { return number(actors.counts().asks_refused); });
    m.histogram(
        "actor_run_duration_seconds", "How long an actor had the thread; one run in 64 is timed.", [&actors] {
            const auto c = actors.counts();
            return http::metrics::distribution{{actors::run_buckets.begin(), actors::run_buckets.end()},
                                               {c.timed_runs.begin(), c.timed_runs.end()},
                                               c.timed_seconds};
        });
    m.gauge("inboxes", "Notification inboxes alive.",
            [&inboxes, number] { return number(inboxes.counts().live); });
    m.gauge("inbox_messages_waiting", "Messages in their mailboxes.",
            [&inboxes, number] { return number(inboxes.counts().waiting); });
    m.gauge("inbox_longest_mailbox", "The fullest mailbox.",
            [&inboxes, number] { return number(inboxes.counts().longest_mailbox); });
    m.gauge("sockets", "Live feeds attached.",
            [&inboxes, number] { return number(inboxes.counts().sockets); });
    m.counter("notifications_pushed_total", "Frames handed to sockets.",
              [&inboxes, number] { return number(inboxes.counts().frames); });
    m.counter("notifications_made_total", "Notifications made by this process.",
              [&relay, number] { return number(relay.counts().made); });
    m.counter("outbox_events_total", "Events of the outbox done by this process.",
              [&relay, number] { return number(relay.counts().delivered); });
    m.counter("outbox_failures_total", "Rounds over the outbox that failed.",
              [&relay, number] { return number(relay.counts().failures); });
}

void register_metrics(http::metrics& m, actors::moderators& moderators) {
    const auto number = [](auto n) { return static_cast<double>(n); };
    m.gauge("moderators", "Thread moderators alive.",
            [&moderators, number] { return number(moderators.counts().live); });
    m.gauge("moderator_messages_waiting", "Messages in their mailboxes.",
            [&moderators, number] { return number(moderators.counts().waiting); });
    m.counter("moderator_batches_total", "Transactions of theirs.",
              [&moderators, number] { return number(moderators.counts().batches); });
    m.counter("moderator_requests_total", "Responses, votes and changes of status in these.",
              [&moderators, number] { return number(moderators.counts().written); });
}

void register_metrics(http::metrics& m, actors::ratings& ratings) {
    m.gauge("ratings", "Ratings of sellers and parts with an actor.",
            [&ratings] { return static_cast<double>(ratings.counts().live); });
    m.counter("review_changes_total", "Changes of reviews.",
              [&ratings] { return static_cast<double>(ratings.counts().changes); });
    m.counter("review_transactions_total", "Transactions that they took.",
              [&ratings] { return static_cast<double>(ratings.counts().transactions); });
}

void register_mail_metrics(http::metrics& m, actors::mailer& mailer, actors::announcer& announcer,
                           std::optional<actors::sender>& mails,
                           std::optional<actors::sender>& text_messages) {
    const auto number = [](auto n) { return static_cast<double>(n); };
    const auto outcomes = [number](std::optional<actors::sender>& from) {
        return [&from, number] {
            const auto c = from ? from->counts() : actors::sender_counts{};
            return std::vector<http::metrics::sample>{{{{"outcome", "sent"}}, number(c.sent)},
                                                      {{{"outcome", "postponed"}}, number(c.postponed)},
                                                      {{{"outcome", "failed"}}, number(c.failed)}};
        };
    };
    m.counters("mails_total", "Mails handed to the SMTP server by this process, by outcome.",
               outcomes(mails));
    m.counters("text_messages_total",
               "Text messages handed to the gateway by this process, or too old to be, by outcome.",
               outcomes(text_messages));
    m.counter("notification_mails_written_total", "Mails about notifications written by this process.",
              [&mailer, number] { return number(mailer.counts().written); });
    m.counter("notification_mails_dropped_total", "Notifications that nobody wanted by mail any more.",
              [&mailer, number] { return number(mailer.counts().dropped); });
    m.gauge("mails_waiting", "Mails that the SMTP server has not taken yet, some seconds ago.",
            [&mailer, number] { return number(mailer.counts().waiting.mails); });
    m.gauge("text_messages_waiting", "Text messages that the gateway has not taken yet, some seconds ago.",
            [&mailer, number] { return number(mailer.counts().waiting.text_messages); });
    m.gauge("mail_items_waiting",
            "Notifications that wait for a digest or the end of quiet hours, some seconds ago.",
            [&mailer, number] { return number(mailer.counts().waiting.items); });
    m.gauge("outbox_waiting", "Events that nobody has delivered yet, some seconds ago.",
            [&mailer, number] { return number(mailer.counts().waiting.events); });
    m.gauge("outbox_oldest_seconds", "Age of the oldest of them.",
            [&mailer, number] { return number(mailer.counts().waiting.oldest_event_seconds); });
    m.counter("announcements_notifications_total", "Notifications of announcements made by this process.",
              [&announcer, number] { return number(announcer.made()); });
}

} // namespace mvp::program
