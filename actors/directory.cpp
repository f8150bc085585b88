#include "actors/directory.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/send.hpp>

namespace mvp::actors {

class directory_state : public std::enable_shared_from_this<directory_state> {
  public:
    directory_state(caf::actor_system& system, directory::factory make, directory_options options)
        : options_(options), system_(system), make_(std::move(make)) {}

    bool deliver(const uuid& key, caf::mailbox_element_ptr what, bool spawn) {
        auto& part = part_of(key);
        std::lock_guard lock(part.mutex);
        auto found = part.entries.find(key);
        if (found == part.entries.end()) {
            if (!spawn || !may_spawn())
                return false;
            found = part.entries.emplace(key, make(key)).first;
        }
        entry& to = found->second;
        ++to.sent;
        to.used = true;
        caf::actor_cast<caf::abstract_actor*>(to.handle)->enqueue(std::move(what), host());
        return true;
    }

    bool retire(const uuid& key, std::uint64_t number, std::uint64_t sent) {
        if (!take(key, [&](const entry& e) { return e.number == number && e.sent == sent; }))
            return false;
        retired_.fetch_add(1, std::memory_order_relaxed);
        return true;
    }

    void sweep(std::size_t index) {
        auto& part = parts_[index];
        std::lock_guard lock(part.mutex);
        for (auto& [key, e] : part.entries) {
            if (!std::exchange(e.used, false))
                caf::actor_cast<caf::abstract_actor*>(e.handle)->enqueue(
                    caf::make_mailbox_element(nullptr, caf::message_id{}, {}, retire_request{e.sent}),
                    host());
        }
    }

    void end_all() {
        closed_ = true;
        for (auto& part : parts_) {
            std::lock_guard lock(part.mutex);
            for (auto& [key, e] : part.entries)
                caf::anon_send_exit(e.handle, caf::exit_reason::user_shutdown);
        }
    }

    std::vector<uuid> live() const {
        std::vector<uuid> keys;
        for (auto& part : parts_) {
            std::lock_guard lock(part.mutex);
            for (auto& [key, e] : part.entries)
                keys.push_back(key);
        }
        return keys;
    }

    directory_counts counts() const {
        directory_counts sum;
        sum.live = live_.load(std::memory_order_relaxed);
        sum.spawned = numbers_.load(std::memory_order_relaxed);
        sum.retired = retired_.load(std::memory_order_relaxed);
        sum.died = died_.load(std::memory_order_relaxed);
        sum.refused = refused_.load(std::memory_order_relaxed);
        for (auto& part : parts_) {
            std::lock_guard lock(part.mutex);
            sum.messages += part.sent_to_gone;
            for (auto& [key, e] : part.entries) {
                const std::uint64_t waiting = e.sent - e.handled->load(std::memory_order_relaxed);
                sum.messages += e.sent;
                sum.waiting += waiting;
                sum.longest_mailbox = std::max(sum.longest_mailbox, waiting);
            }
        }
        return sum;
    }

    const directory_options options_;

  private:
    struct entry {
        caf::actor handle;
        std::uint64_t number; // tells an actor from the one that had the key before
        std::shared_ptr<std::atomic<std::uint64_t>> handled;
        std::uint64_t sent = 0;
        bool used = true; // since the last sweep
    };
    struct part {
        mutable std::mutex mutex;
        std::unordered_map<uuid, entry> entries;
        std::uint64_t sent_to_gone = 0;
    };

    part& part_of(const uuid& key) { return parts_[key.bytes[0] % directory::shards]; }

    caf::execution_unit* host() {
        auto* here = unit::current();
        return here && &here->system() == &system_ ? here : nullptr;
    }

    bool may_spawn() {
        if (!closed_ && live_.load(std::memory_order_relaxed) < options_.limit)
            return true;
        refused_.fetch_add(1, std::memory_order_relaxed);
        return false;
    }

    entry make(const uuid& key) {
        const std::uint64_t number = numbers_.fetch_add(1, std::memory_order_relaxed) + 1;
        auto handled = std::make_shared<std::atomic<std::uint64_t>>(0);
        entry made{make_(system_, resident(shared_from_this(), key, number, handled)), number, handled};
        live_.fetch_add(1, std::memory_order_relaxed);
        caf::actor_cast<caf::abstract_actor*>(made.handle)
            ->attach_functor([self = weak_from_this(), key, number](const caf::error&) {
                if (auto home = self.lock())
                    home->ended(key, number);
            });
        return made;
    }

    /// An actor ended, by itself or by an exception, or after it retired: then it is not here any more.
    void ended(const uuid& key, std::uint64_t number) {
        live_.fetch_sub(1, std::memory_order_relaxed);
        if (take(key, [&](const entry& e) { return e.number == number; }))
            died_.fetch_add(1, std::memory_order_relaxed);
    }

    /// Removes the entry if `is_it`. The handle goes after the lock: an actor's last reference may run its
    /// clean-up.
    template <class F> bool take(const uuid& key, F is_it) {
        auto& part = part_of(key);
        std::unordered_map<uuid, entry>::node_type out;
        std::lock_guard lock(part.mutex);
        auto found = part.entries.find(key);
        if (found == part.entries.end() || !is_it(found->second))
            return false;
        part.sent_to_gone += found->second.sent;
        out = part.entries.extract(found);
        return true;
    }

    caf::actor_system& system_;
    const directory::factory make_;
    std::array<part, directory::shards> parts_;
    std::atomic<bool> closed_{false};
    std::atomic<std::uint64_t> live_{0}, numbers_{0}, retired_{0}, died_{0}, refused_{0};
};

bool resident::retire(const retire_request& asked) {
    return home_->retire(key_, number_, asked.sent);
}

directory::directory(caf::actor_system& system, factory make, directory_options options)
    : state_(std::make_shared<directory_state>(system, std::move(make), options)) {}

directory::~directory() {
    end_all();
}

bool directory::deliver(const uuid& key, caf::mailbox_element_ptr what, bool spawn) {
    return state_->deliver(key, std::move(what), spawn);
}

void directory::sweep() {
    state_->sweep(next_shard_++ % shards);
}

void directory::sweep_all() {
    for (std::size_t i = 0; i < shards; ++i)
        state_->sweep(i);
}

std::chrono::milliseconds directory::sweep_period() const {
    return std::max(state_->options_.idle / static_cast<int>(shards), std::chrono::milliseconds(1));
}

std::vector<uuid> directory::live() const {
    return state_->live();
}
directory_counts directory::counts() const {
    return state_->counts();
}
void directory::end_all() {
    state_->end_all();
}

} // namespace mvp::actors
