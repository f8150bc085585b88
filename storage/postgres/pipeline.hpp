// What a connection in pipeline mode has in flight, and what each answer means. No I/O: the connection tells
// it what libpq reported and does what it decides, so that its tests need no server.
//
// Reads of one loop turn share a Sync. When one of them fails, PostgreSQL skips the others behind it up to
// the Sync (libpq: PGRES_PIPELINE_ABORTED); being reads, they are sent again, each with a Sync of its own. A
// writing unit has a Sync of its own always, and is done only when the Sync is answered, for that is when it
// was committed.
#pragma once

#include "storage/postgres/database.hpp"

#include <deque>

namespace mvp::storage {

/// Who waits for a unit. Called at most once.
class completion {
  public:
    virtual ~completion() = default;
    virtual void operator()(result<std::vector<rows>> answer) = 0;
};

/// Statements that succeed or fail together: one query, a batch, a writing statement.
struct unit {
    std::vector<command> commands{};
    bool shared = false;         ///< shares its Sync with others; reads only
    bool in_transaction = false; ///< of an explicit transaction: cannot be repeated alone
    std::chrono::steady_clock::time_point deadline{};
    std::unique_ptr<completion> done{}; ///< null: nobody waits (any more)

    std::vector<rows> got{};
    std::optional<error> failure{};
    bool aborted = false; ///< skipped because of somebody else's failure
    int tries = 0;

    /// Tells who waits, if somebody does.
    void finish();
    void fail(error e);
};
using unit_ptr = std::unique_ptr<unit>;

class pipeline {
  public:
    /// What to send for a unit, in order.
    struct step {
        enum class kind {
            prepare, ///< Parse under the statement's name
            run,     ///< Bind, Execute of the prepared one
            run_once ///< Parse unnamed, Bind, Execute
        } what;
        const statement* subject;
        const parameters* values; ///< null for prepare
    };

    /// At most so many statements of use::often are prepared, since each costs the server memory on each
    /// connection. The program's own do not count: whatever clients ask for, they stay prepared.
    explicit pipeline(std::size_t prepared_limit = 256) : prepared_limit_(prepared_limit) {}

    /// Takes the unit in and returns the steps; valid until the unit leaves. A unit that does not share its
    /// Sync must be followed by one.
    std::vector<step> add(unit_ptr u);
    /// A Sync was sent.
    void sync_sent();

    /// What libpq reported of the message at the front.
    void on_rows(rows r);
    void on_error(std::string_view state, error e);
    void on_aborted();
    void on_end();  ///< no more results of that message (libpq's null)
    void on_sync(); ///< a Sync was answered

    /// Units that are decided: finish() them.
    std::vector<unit_ptr> take_finished() { return std::exchange(finished_, {}); }
    /// Units to send again.
    std::vector<unit_ptr> take_again() { return std::exchange(again_, {}); }
    /// Everything in flight, when the connection is lost.
    std::vector<unit_ptr> take_all();

    std::size_t in_flight() const { return units_.size(); }
    /// Nothing is expected any more, no Sync either.
    bool idle() const { return expected_.empty(); }
    bool needs_sync() const { return unsynced_; }
    /// In the order they were sent; to look for expired ones.
    const std::deque<unit_ptr>& units() const { return units_; }

  private:
    struct message {
        enum class kind { prepare, run, sync } what;
        const statement* subject; // prepare and run; null of what is not prepared
        bool ends_unit;
    };
    void settle();
    bool may_prepare(const statement& s) const;
    void set_prepared(const statement& s, bool value);
    bool is_prepared(const statement& s) const {
        return s.how() != statement::use::once && s.number() < prepared_.size() && prepared_[s.number()];
    }

    std::size_t prepared_limit_, prepared_count_ = 0;
    std::vector<bool> prepared_;   // by statement number; true from the moment its Parse is sent
    std::deque<message> expected_; // what libpq will report, in order
    std::deque<unit_ptr> units_;   // the front is the one being answered
    std::vector<unit_ptr> finished_, again_;
    bool unsynced_ = false;
};

} // namespace mvp::storage
