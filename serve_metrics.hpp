// What the rooms count, told to /metrics. The rooms must outlive `m`'s last answer.
#pragma once

#include <optional>

namespace mvp {
class worker_pool;
namespace actors {
class announcer;
class inboxes;
class mailer;
class moderators;
class ratings;
class relay;
class sender;
class system;
} // namespace actors
namespace http {
class metrics;
}
namespace storage {
class cache;
class database;
} // namespace storage
} // namespace mvp

namespace mvp::program {

/// Requests are http's own.
void register_metrics(http::metrics& m, storage::database& db, storage::cache& cache, worker_pool& workers,
                      actors::system& actors, actors::inboxes& inboxes, actors::relay& relay);
void register_metrics(http::metrics& m, actors::moderators& moderators);
void register_metrics(http::metrics& m, actors::ratings& ratings);
/// What is sent and what waits to be; without a server to send to there is no sender, and its counts are 0.
void register_mail_metrics(http::metrics& m, actors::mailer& mailer, actors::announcer& announcer,
                           std::optional<actors::sender>& mails,
                           std::optional<actors::sender>& text_messages);

} // namespace mvp::program
