// The connections of one loop: two that reads share, the others taken one at a time by writes and
// transactions. Lives on its loop; only the counters are read from elsewhere.
//
// While the first connection is being made (at the start, or right after one was lost) calls wait; once an
// attempt has failed they fail at once, until a later attempt succeeds. Attempts are repeated with pauses of
// at most half a second, so that everything works again within a second of PostgreSQL's return. A refusal
// while others live (PostgreSQL has no more connections for us) is no outage: what waits waits for those, and
// one more is asked for after longer and longer pauses. What a burst of writes opened is closed when nobody
// has needed it for a while.
#pragma once

#include "storage/loop.hpp"
#include "storage/postgres/connection.hpp"
#include "storage/timer.hpp"

#include <algorithm>
#include <atomic>
#include <variant>

namespace mvp::storage {

class pool;

/// How many connections each of `loops` loops has at most: 2 that reads share, the others opened as writes
/// ask for them. `given` 0: 64 for writes in all, so that many commit together.
constexpr std::size_t connections_of_loop(std::size_t given, std::size_t loops) {
    return given > 0 ? given : 2 + std::max<std::size_t>(64 / loops, 1);
}

/// A write connection for as long as this lives; given back by the destructor, rolled back if a transaction
/// is open.
class lease {
  public:
    lease(std::shared_ptr<pool> from, std::shared_ptr<connection> what);
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease();
    pool& from() { return *from_; }
    connection& what() { return *what_; }

    std::vector<statement_ptr> sent{}; ///< in the transaction
    bool begun = false;                ///< BEGIN has been sent, neither COMMIT nor ROLLBACK has been answered

  private:
    std::shared_ptr<pool> from_;
    std::shared_ptr<connection> what_;
};
using lease_ptr = std::shared_ptr<lease>;

/// Who waits for a lease.
class lease_completion {
  public:
    virtual ~lease_completion() = default;
    virtual void operator()(result<lease_ptr> answer) = 0;
};

class pool : public std::enable_shared_from_this<pool> {
  public:
    pool(loop& home, const database_options& options);

    void start();
    void stop();

    /// Each finishes its unit sooner or later, at the latest at its deadline; never from inside the call.
    void read(unit_ptr u);
    void write(unit_ptr u);
    void acquire(std::unique_ptr<lease_completion> done);
    /// On a connection that is leased.
    void send(connection& c, unit_ptr u);
    void give_back(connection& c, bool begun);

    net::io_context& io() { return home_.io; }
    std::chrono::steady_clock::time_point deadline() const;

    struct counters {
        std::atomic<std::size_t> queued{0}, readers{0}, writers{0};
        std::atomic<std::uint64_t> statements{0}, round_trips{0};
    };
    const counters& count() const { return count_; }

  private:
    using connection_ptr = std::shared_ptr<connection>;

    /// Waits for a write connection: one statement, or a lease.
    struct waiter {
        unit_ptr work;
        std::unique_ptr<lease_completion> wants_lease;
        std::chrono::steady_clock::time_point deadline;
        void fail(error e);
    };

    /// One of the two kinds of connections and how connecting them goes.
    struct side {
        connect_parameters parameters;
        std::vector<connection_ptr> alive{};
        std::size_t connecting = 0;
        bool down = false;                  ///< the last attempt failed and none is alive
        bool pausing = false;               ///< after a failed attempt
        std::chrono::milliseconds pause{0}; ///< zero unless the last attempt failed
        timer resume;
    };

    void keep(side& s);
    task<> open_one(side& s);
    void opened(side& s, pg_handle handle);
    void failed(side& s, const error& e);
    void lost(side& s, connection& c);
    std::size_t wanted(const side& s) const;

    connection_ptr best_reader();
    void send_waiting_reads();
    void serve_writers();
    void start_on(const connection_ptr& c, waiter w);
    void fail_waiting(side& s, const error& e);
    void close_unused(std::chrono::steady_clock::time_point now);
    bool full() const { return reads_.size() + writes_.size() >= options_.queue_limit; }
    void tick();
    void note_queue();

    loop& home_;
    const database_options options_;
    side readers_, writers_;
    std::deque<unit_ptr> reads_;
    std::deque<waiter> writes_;
    timer ticker_;
    counters count_;
    bool stopped_ = true;
};

} // namespace mvp::storage
