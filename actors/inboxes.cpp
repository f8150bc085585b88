#include "actors/inboxes.hpp"

#include "actors/background.hpp"
#include "actors/notification_inbox.hpp"
#include "actors/wake_channel.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace mvp::actors {
namespace {

constexpr std::chrono::milliseconds repair_period{200};

/// The inbox' storage on the connections of whatever loop its actor runs on.
class postgres_storage final : public inbox_storage {
  public:
    explicit postgres_storage(storage::database& db) : db_(db) {}

    void read(uuid user, storage::inbox_query what,
              std::function<void(result<storage::inbox_state>)> done) override {
        in_background(storage::read_inbox(db_, user, what), std::move(done));
    }
    void mark(uuid user, const mark_as_read& what,
              std::function<void(result<storage::marking>)> done) override {
        auto ids = what.all ? std::nullopt : std::optional(what.ids);
        in_background(storage::mark_notifications(db_, user, std::move(ids), what.read), std::move(done));
    }

  private:
    storage::database& db_;
};

} // namespace

struct inboxes::impl {
    impl(system& a, storage::database& db, storage::redis::client& redis, inboxes_options o)
        : actors(a), options(o), storage(db), channel(std::make_shared<wake_channel>(redis)),
          around(std::make_shared<inbox_surroundings>(storage, *channel)),
          all(
              a.caf(),
              [shared = around](caf::actor_system& s, resident me) {
                  return caf::actor_cast<caf::actor>(s.spawn<notification_inbox>(std::move(me), shared));
              },
              directory_options{.idle = o.idle, .limit = o.limit}) {}

    system& actors;
    const inboxes_options options;
    postgres_storage storage;
    std::shared_ptr<wake_channel> channel;
    std::shared_ptr<inbox_surroundings> around;
    directory all;
};

inboxes::inboxes(system& actors, storage::database& db, storage::redis::client& redis,
                 inboxes_options options)
    : impl_(std::make_shared<impl>(actors, db, redis, options)) {
    std::weak_ptr<impl> weak = impl_;
    impl_->channel->subscribe({
        .wake =
            [weak](const uuid& user, bool all_read) {
                if (auto me = weak.lock())
                    me->all.send_if_live(user, inbox_wake{all_read});
            },
        .wake_channel =
            [weak](std::size_t channel) {
                if (auto me = weak.lock())
                    for (const auto& user : me->all.live())
                        if (wake_channel::channel_of(user) == channel)
                            me->all.send_if_live(user, inbox_wake{});
            },
        .wake_all =
            [weak] {
                if (auto me = weak.lock())
                    me->all.send_all(inbox_wake{});
            },
    });
    actors.every(impl_->all.sweep_period(), [weak] {
        if (auto me = weak.lock())
            me->all.sweep();
    });
    actors.every(repair_period, [weak] {
        if (auto me = weak.lock())
            me->channel->repair();
    });
}

inboxes::~inboxes() {
    stop();
}

void inboxes::stop() {
    impl_->all.end_all();
}

task<result<unread_count>> inboxes::unread(uuid user) {
    return impl_->all.ask<unread_count>(user, impl_->options.deadline, get_unread_count{});
}

task<result<marked_as_read>> inboxes::mark(uuid user, mark_as_read what) {
    return impl_->all.ask<marked_as_read>(user, impl_->options.deadline, std::move(what));
}

void inboxes::attach(uuid user, attach_socket what) {
    // An ask, so that the socket is closed also when the inbox dies with the message in its mailbox.
    auto go = [](std::shared_ptr<impl> me, uuid id, attach_socket joins) -> task<> {
        auto socket = joins.socket;
        auto done = co_await me->all.ask<attached>(id, me->options.deadline, std::move(joins));
        if (!done)
            socket->close(1013, "Try again later.");
    };
    net::co_spawn(loop::current()->io, go(impl_, user, std::move(what)), net::detached);
}

void inboxes::detach(uuid user, feed_socket_ptr socket) {
    impl_->all.send_if_live(user, detach_socket{std::move(socket)});
}

void inboxes::taken(uuid user, feed_socket_ptr socket) {
    impl_->all.send_if_live(user, replay_taken{std::move(socket)});
}

void inboxes::close_sockets(uuid user, std::uint16_t code, std::string reason) {
    impl_->all.send_if_live(user, close_all_sockets{code, std::move(reason)});
}

void inboxes::wake(const std::vector<uuid>& users) {
    for (const auto& user : users)
        impl_->all.send_if_live(user, inbox_wake{});
    impl_->channel->tell_others(users);
}

inboxes_counts inboxes::counts() const {
    const auto d = impl_->all.counts();
    inboxes_counts c;
    c.live = d.live;
    c.spawned = d.spawned;
    c.retired = d.retired;
    c.died = d.died;
    c.refused = d.refused;
    c.messages = d.messages;
    c.waiting = d.waiting;
    c.longest_mailbox = d.longest_mailbox;
    c.sockets = impl_->around->sockets.load(std::memory_order_relaxed);
    c.frames = impl_->around->frames.load(std::memory_order_relaxed);
    return c;
}

} // namespace mvp::actors
