// One user's inbox on this process: it owns his sockets here, and knows his unread count while it hears of
// every change.
//
// Contract
// - All that it sends was read from PostgreSQL by number; a wake-up only says "look". So a lost one costs
// time, never a
//   notification, and it does not matter which process made or read something.
// - Each socket has its own place in both numbers (seq of notifications, read_seq of markings). A look reads
// from the
//   place that is furthest behind and each socket gets what is beyond its own: none missing, none twice, in
//   order.
// - A replay goes in pieces: a socket that takes no more for now waits aside, holding up nobody, and is read
// for again from its place when its client has taken what he was sent. It joins the live ones at its end.
// - One statement runs at a time; what comes meanwhile waits (bounded) and is served together: one look
// answers all
//   who asked before it began. Nobody is answered by a look that began before he asked.
// - The count is answered from memory only if the wake-ups were complete from before the look until now
//   (wake_ups::live, wake_ups::epoch) and nothing came since.
// - A socket that can not be served is closed with 1013, and with 1011 if the actor dies: the client resumes.
#pragma once

#include "actors/caf_messages.hpp"
#include "actors/directory.hpp"
#include "actors/frames.hpp"
#include "storage/notifications.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

namespace mvp::actors {

/// What an inbox reads and writes. `done` is called once, on any thread.
class inbox_storage {
  public:
    virtual ~inbox_storage() = default;
    virtual void read(uuid user, storage::inbox_query what,
                      std::function<void(result<storage::inbox_state>)> done) = 0;
    virtual void mark(uuid user, const mark_as_read& what,
                      std::function<void(result<storage::marking>)> done) = 0;
};

/// How inboxes hear of each other across processes.
class wake_ups {
  public:
    virtual ~wake_ups() = default;
    /// Nothing can have been missed at this moment. Any thread.
    virtual bool live() const = 0;
    /// Rises whenever something may have been missed.
    virtual std::uint64_t epoch() const = 0;
    /// Tells the inboxes of this user on the other processes to look.
    virtual void tell_others(const uuid& user, bool all_read) = 0;
};

/// What all inboxes of a process share; outlives them.
struct inbox_surroundings {
    inbox_storage& storage;
    wake_ups& others;
    std::function<timestamp()> now = [] { return mvp::now(); };
    std::atomic<std::uint64_t> sockets{0}, frames{0};
};

struct inbox_read_done {
    result<storage::inbox_state> state;
};
struct inbox_mark_done {
    result<storage::marking> marked;
};
struct inbox_retry {};

class notification_inbox : public caf::event_based_actor {
  public:
    /// Beyond these many of each that wait: errc::unavailable, or 1013 for a socket.
    static constexpr std::size_t waiting_limit = 1000;

    notification_inbox(caf::actor_config& config, resident me,
                       std::shared_ptr<inbox_surroundings> surroundings);

    caf::behavior make_behavior() override;
    void on_exit() override;

  private:
    using count_promise = caf::typed_response_promise<result<unread_count>>;
    using mark_promise = caf::typed_response_promise<result<marked_as_read>>;
    /// A socket on its way to being a listener: not greeted yet, or in the middle of its replay.
    struct joiner {
        feed_socket_ptr socket;
        std::optional<std::int64_t> after{};   // what it has; nothing to replay if empty
        std::optional<std::int64_t> greeted{}; // with this seq
        std::int64_t read_seq = 0;             // what it has, once greeted
    };
    struct listener {
        feed_socket_ptr socket;
        std::int64_t seq = 0, read_seq = 0; // what it has
    };
    struct waiting_mark {
        mark_as_read what;
        mark_promise answer;
    };
    enum class step { nothing, reading, attaching, marking };

    // messages
    caf::result<result<unread_count>> on_count();
    caf::result<result<marked_as_read>> on_mark(mark_as_read& what);
    result<attached> on_attach(attach_socket& what);
    void on_detach(const detach_socket& what);
    void on_taken(const replay_taken& what);
    void on_read_done(result<storage::inbox_state>& state);
    void on_mark_done(result<storage::marking>& marked);

    // one statement at a time
    void next();
    void begin_mark();
    void begin_attach();
    void begin_look();
    void begin_read(step as, storage::inbox_query what);
    void look_again_later();

    // what a statement said
    void remember(std::int64_t unread);
    bool remembers() const;
    void answer_counts(const result<storage::inbox_state>& state);
    void finish_attach(const result<storage::inbox_state>& state);
    bool replay(joiner& to, const storage::inbox_state& state);
    void bring_up_to_date(const storage::inbox_state& state);
    void tell_reads(const storage::inbox_state& state);
    frame reads_beyond(const listener& place, const storage::inbox_state& state) const;
    bool behind(const storage::inbox_state& state) const;

    // sockets
    void push(const feed_socket_ptr& to, frame what);
    void close(feed_socket_ptr& socket, std::uint16_t code, const std::string& reason);
    void close_all(std::uint16_t code, const std::string& reason);

    resident me_;
    std::shared_ptr<inbox_surroundings> around_;

    // Vectors, also where the first one leaves: an empty deque holds half a kilobyte, and most inboxes wait.
    std::vector<listener> listeners_;
    std::vector<joiner> attaches_;    // the first one is being served while step::attaching
    std::vector<joiner> replaying_;   // their clients have to take something first
    std::vector<waiting_mark> marks_; // likewise
    std::vector<count_promise> counts_, counts_of_this_read_;

    step running_ = step::nothing;
    bool look_next_ = false; // joiners and listeners take turns
    bool dirty_ = false;     // something may have changed since the last look began
    bool all_read_ = false;  // somebody said that what was read was all
    bool all_read_in_this_read_ = false;
    int failures_ = 0;      // looks in a row
    bool retrying_ = false; // a retry is on its way

    bool shutting_down_ = false;

    std::optional<std::int64_t> unread_; // as of the last statement, if wake-ups were complete when it began
    std::uint64_t unread_epoch_ = 0;     // which was this one
    std::uint64_t epoch_at_begin_ = 0;
    bool live_at_begin_ = false;
};

} // namespace mvp::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::inbox_read_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::inbox_mark_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::inbox_retry)
