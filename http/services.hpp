// What handlers work with: references to the rooms below and a few values. One object a process, made in
// main.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mvp {
class worker_pool;
}
namespace mvp::storage {
class accounts;
class cache;
class database;
class rate_limiter;
namespace redis {
class client;
}
namespace media {
class store;
}
} // namespace mvp::storage
namespace mvp::actors {
class inboxes;
class moderators;
class ratings;
} // namespace mvp::actors

namespace mvp::http {

class metrics;
class signed_tokens;
class tokens;

/// Settings that handlers look at.
struct service_options {
    std::string public_url; ///< links in mails, without a slash at the end
    bool debug = false;     ///< DEBUG
    int flags_to_hide = 3;  ///< how many users hide something until staff decide
    std::vector<std::string>
        metrics_allow; ///< addresses and networks, besides loopback, that may read /metrics
    std::size_t socket_queue_bytes = 1024 * 1024; ///< what may wait per WebSocket
};

/// Each call on a member uses the connections of the loop it is made on; the object itself never changes.
class services {
  public:
    storage::database& db;
    storage::cache& cache;
    storage::accounts& accounts;
    storage::redis::client& redis;
    storage::rate_limiter& limits;
    storage::media::store& media;
    mvp::worker_pool& workers;
    mvp::actors::inboxes& inboxes;
    mvp::actors::ratings& ratings;
    mvp::actors::moderators& moderators;
    mvp::http::tokens& tokens;
    mvp::http::signed_tokens& links;
    mvp::http::metrics& metrics;
    service_options options;
};

} // namespace mvp::http
