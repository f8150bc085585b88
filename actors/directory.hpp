// Key -> actor: an actor that is spawned when first spoken to, replaced when it died, and gone when nobody
// spoke to it for a while.
//
// Nothing falls between "idle" and "gone": finding the actor and putting the message into its mailbox happen
// under one lock, and an actor ends only through resident::retire(), which under the same lock says no if
// anything was sent to it after the question. So at any time one actor has a key, and everything sent to a
// key is handled in order. (Not across processes: an actor caches and serialises, PostgreSQL decides.)
//
// An actor that throws ends; what waited in its mailbox is refused (askers get errc::unavailable), the next
// message to its key finds a new one.
#pragma once

#include "actors/ask.hpp"
#include "storage/model/uuid.hpp"

#include <caf/actor.hpp>
#include <functional>
#include <string>

namespace caf {
class actor_system;
}

namespace mvp::actors {

struct directory_options {
    std::chrono::milliseconds idle{60'000}; ///< an actor is asked to retire after one to two times this long
    std::size_t limit = 200'000;            ///< live actors; a message that would need one more is refused
};

struct directory_counts {
    std::uint64_t live = 0, spawned = 0, retired = 0, died = 0, refused = 0;
    std::uint64_t messages = 0;        ///< sent to actors
    std::uint64_t waiting = 0;         ///< in mailboxes now
    std::uint64_t longest_mailbox = 0; ///< now
};

/// The directory asks whether the actor would retire; see resident::retire().
struct retire_request {
    std::uint64_t sent = 0;
};

class directory_state;

/// What an actor of a directory holds of it.
class resident {
  public:
    resident(std::shared_ptr<directory_state> home, uuid key, std::uint64_t number,
             std::shared_ptr<std::atomic<std::uint64_t>> handled)
        : home_(std::move(home)), key_(key), number_(number), handled_(std::move(handled)) {}

    const uuid& key() const { return key_; }
    /// At the beginning of each handler: this message is no longer waiting.
    void handled() {
        handled_->store(handled_->load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    /// In answer to a retire_request, if the actor has nothing to do and nobody to serve: true when nothing
    /// was sent to it meanwhile. Then it is out of the directory and must quit at once.
    bool retire(const retire_request& asked);

  private:
    std::shared_ptr<directory_state> home_;
    uuid key_;
    std::uint64_t number_;
    std::shared_ptr<std::atomic<std::uint64_t>> handled_;
};

class directory {
  public:
    /// Spawns the actor. Called under a lock: it must not send, wait or look into the directory.
    using factory = std::function<caf::actor(caf::actor_system&, resident)>;

    directory(caf::actor_system& system, factory make, directory_options options = {});
    ~directory(); ///< end_all()

    /// Any thread. False when the bound of live actors forbids to spawn one: nothing was sent.
    template <class Message> bool send(const uuid& key, Message message) {
        return deliver(key, element(caf::message_id{}, nullptr, std::move(message)), true);
    }
    /// The same to an actor that lives already; nothing happens if none does.
    template <class Message> bool send_if_live(const uuid& key, Message message) {
        return deliver(key, element(caf::message_id{}, nullptr, std::move(message)), false);
    }
    /// The same to all that live.
    template <class Message> void send_all(Message message) {
        for (const uuid& key : live())
            send_if_live(key, message);
    }
    /// On a loop.
    template <class R, class Message>
    task<result<R>> ask(const uuid& key, std::chrono::milliseconds deadline, Message message) {
        return ask_by<R>(deadline, [this, key, m = std::move(message)](caf::message_id id,
                                                                       caf::strong_actor_ptr from) mutable {
            return deliver(key, element(id, std::move(from), std::move(m)), true);
        });
    }

    /// Asks the idle actors of the next of `shards` parts to retire; call it every sweep_period(), from one
    /// thread.
    void sweep();
    std::chrono::milliseconds sweep_period() const;
    /// All parts (tests).
    void sweep_all();

    std::vector<uuid> live() const;
    directory_counts counts() const; ///< any thread; walks over all actors, part by part
    /// Ends all actors as they are and refuses messages from now on.
    void end_all();

    static constexpr std::size_t shards = 64;

  private:
    template <class Message>
    static caf::mailbox_element_ptr element(caf::message_id id, caf::strong_actor_ptr from,
                                            Message&& message) {
        return caf::make_mailbox_element(std::move(from), id, {}, std::forward<Message>(message));
    }
    bool deliver(const uuid& key, caf::mailbox_element_ptr what, bool spawn);

    std::shared_ptr<directory_state> state_;
    std::size_t next_shard_ = 0;
};

} // namespace mvp::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::retire_request)
