// The notification inboxes of this process as http sees them: ask for the unread count, mark as read, let
// sockets join.
//
// One inbox actor per user who is looked at; it is right on every process, because all that it says is read
// from PostgreSQL by number, and Redis only wakes it (actors/notification_inbox.hpp).
#pragma once

#include "actors/messages.hpp"
#include "storage/async.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mvp::storage {
class database;
namespace redis {
class client;
}
} // namespace mvp::storage

namespace mvp::actors {

class system;

struct inboxes_options {
    std::chrono::milliseconds idle{
        60'000};                 ///< an inbox without sockets goes after one to two times this long
    std::size_t limit = 200'000; ///< inboxes alive; beyond it errc::unavailable
    std::chrono::milliseconds deadline{10'000}; ///< of each question
};

struct inboxes_counts {
    std::uint64_t live = 0, spawned = 0, retired = 0, died = 0, refused = 0, messages = 0;
    std::uint64_t waiting = 0, longest_mailbox = 0; ///< messages in mailboxes now
    std::uint64_t sockets = 0;                      ///< attached now
    std::uint64_t frames = 0;                       ///< handed to sockets so far
};

class inboxes {
  public:
    /// Construct before `redis` starts: it subscribes to the wake-ups of all users. All four must outlive it.
    inboxes(system& actors, storage::database& db, storage::redis::client& redis,
            inboxes_options options = {});
    ~inboxes(); ///< stop()
    inboxes(const inboxes&) = delete;
    inboxes& operator=(const inboxes&) = delete;

    /// Ends all inboxes; their sockets are closed with 1001. Before system::stop(), while the loops run.
    void stop();

    /// From memory while this process hears of every change, else from PostgreSQL. On a loop.
    task<result<unread_count>> unread(uuid user);
    /// One conditional statement; every socket of the user on every process hears of what changed. On a loop.
    task<result<marked_as_read>> mark(uuid user, mark_as_read what);

    /// The socket gets its hello, what it asked to be replayed, then live frames; if that cannot be had it is
    /// closed with 1013 (try again later). On a loop. The inbox holds it until detach() or until it closed
    /// it.
    void attach(uuid user, attach_socket what);
    void detach(uuid user, feed_socket_ptr socket);
    /// The socket that did not take more of its replay has none waiting now. Any thread.
    void taken(uuid user, feed_socket_ptr socket);
    /// Closes all sockets of the user on this process (4401 when he may not be there any more). Any thread.
    void close_sockets(uuid user, std::uint16_t code, std::string reason);

    /// What is stored for these users changed (made, read, preferences): their inboxes look again, here and
    /// on the other processes. After the commit, before the answer. On a loop; does not wait.
    void wake(const std::vector<uuid>& users);
    void wake(uuid user) { wake(std::vector<uuid>{user}); }

    inboxes_counts counts() const; ///< any thread

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace mvp::actors
