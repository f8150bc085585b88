// Inboxes hear of each other across processes through Redis: 128 channels, a user hashed to one of them, and
// a message says no more than "look". What Redis loses is found by number at the next look; after the
// subscription was away everybody looks; and a message that could not be sent is made up for by one to its
// whole channel when Redis is back.
#pragma once

#include "actors/notification_inbox.hpp"
#include "storage/redis/client.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace mvp::actors {

class wake_channel final : public wake_ups, public std::enable_shared_from_this<wake_channel> {
  public:
    static constexpr std::size_t channels = 128;
    /// A channel's number for a user.
    static std::size_t channel_of(const uuid& user) { return user.bytes[15] % channels; }

    struct receiver {
        std::function<void(const uuid& user, bool all_read)> wake; ///< another process says: look
        std::function<void(std::size_t channel)> wake_channel;     ///< all users of a channel
        std::function<void()> wake_all;                            ///< something may have been missed
    };

    explicit wake_channel(storage::redis::client& redis) : redis_(redis) {}
    /// Before redis.start(). The receiver is called on loop 0.
    void subscribe(receiver to);
    /// Makes up for what could not be sent; call it a few times a second, on a loop.
    void repair();

    bool live() const override { return redis_.subscriptions_live(); }
    std::uint64_t epoch() const override { return epoch_.load(std::memory_order_acquire); }
    void tell_others(const uuid& user, bool all_read) override; ///< on a loop
    /// Several in one write. On a loop.
    void tell_others(const std::vector<uuid>& users);

  private:
    void received(std::size_t channel, std::string_view payload);
    void publish(std::vector<std::pair<std::size_t, std::string>> messages);
    std::string payload(const uuid& user, bool all_read) const;

    storage::redis::client& redis_;
    const std::string origin_ =
        uuid::random().text(); // what comes back to us is ours: inboxes here know it already
    receiver to_;
    std::atomic<std::uint64_t> epoch_{1};
    std::array<std::atomic<bool>, channels> owed_{};
    std::atomic<bool> owing_{false};
};

} // namespace mvp::actors
