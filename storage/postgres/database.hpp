// PostgreSQL for coroutines: prepared statements in pipeline mode on connections that belong to the caller's
// loop.
//
// A read goes to a shared connection together with whatever else its loop sends in the same turn (one Sync a
// turn); a write takes a connection of its own for its time, so that no read waits behind a commit. Text
// format throughout. Every call has a deadline and every queue a bound: errc::unavailable when PostgreSQL is
// away, slow, or swamped.
#pragma once

#include "storage/async.hpp"
#include "storage/model/timestamp.hpp"
#include "storage/model/uuid.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mvp {
class loops;
}

namespace mvp::storage {

/// SQL text with $1… places. The program's own, of which there are few, are static objects and parsed by
/// PostgreSQL once a connection; texts made at run time come from `prepared()`.
class statement {
  public:
    enum class use {
        always, ///< prepared on every connection that runs it
        often,  ///< the same as long as the connection has room for such
        once    ///< never prepared: parsed each time
    };
    explicit statement(std::string sql, use how = use::always);
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    const std::string& sql() const { return sql_; }
    use how() const { return how_; }
    /// Unique in this process; names the prepared statement on the server. Not of use::once.
    const std::string& name() const { return name_; }
    /// The same as a number, from 0.
    std::size_t number() const { return number_; }

  private:
    use how_;
    std::size_t number_ = 0;
    std::string sql_, name_;
};

/// A statement, kept alive by whoever may still have to send it; of a static one nothing is counted.
using statement_ptr = std::shared_ptr<const statement>;

/// Statements by their text. Any thread.
class statement_table {
  public:
    explicit statement_table(std::size_t limit) : limit_(limit) {}
    /// The first `limit` texts are kept, as use::often; any other is a new statement of use::once each time,
    /// so that clients who think up texts cost neither refusals nor memory.
    statement_ptr find(const std::string& sql);

  private:
    std::size_t limit_;
    std::shared_mutex mutex_;
    std::unordered_map<std::string, statement_ptr> kept_;
};

/// The statement for a text made at run time (lists with filters), from a table of this process. Any thread.
statement_ptr prepared(const std::string& sql);

/// Values for $1, $2, …, as text; nullopt is NULL.
class parameters {
  public:
    parameters() = default;
    template <class... Ts> explicit parameters(const Ts&... values) { (add(values), ...); }
    parameters& add(std::string_view text);
    parameters& add(const char* text) { return add(std::string_view(text)); }
    parameters& add(const std::string& text) { return add(std::string_view(text)); }
    parameters& add(std::nullopt_t);
    parameters& add(bool value);
    parameters& add(std::int64_t value);
    parameters& add(int value) { return add(static_cast<std::int64_t>(value)); }
    parameters& add(std::uint64_t value) { return add(static_cast<std::int64_t>(value)); }
    parameters& add(const uuid& value);
    parameters& add(timestamp value);
    template <class T> parameters& add(const std::optional<T>& value) {
        return value ? add(*value) : add(std::nullopt);
    }
    /// PostgreSQL array literals: for `= ANY($n::uuid[])`.
    parameters& add(const std::vector<uuid>& values);
    parameters& add(const std::vector<std::string>& values);

    std::size_t size() const { return starts_.size(); }
    /// A value holds U+0000, which PostgreSQL cannot store: the call gives errc::bad_request.
    bool holds_nul() const { return holds_nul_; }
    /// Pointers for libpq, valid until the next add().
    std::vector<const char*> pointers() const;

  private:
    std::string text_;                   // the values, each with a NUL behind
    std::vector<std::int64_t> starts_{}; // where value i begins in text_, -1 for NULL
    bool holds_nul_ = false;
};

/// One row of a result; columns by position. Reading a NULL through a plain getter gives the empty value.
class row {
  public:
    row(const void* result, int index) : result_(result), index_(index) {}
    bool is_null(int column) const;
    std::string_view text(int column) const;
    std::int64_t integer(int column) const;
    bool boolean(int column) const;
    uuid id(int column) const;
    timestamp time(int column) const;
    std::optional<uuid> optional_id(int column) const;
    std::optional<timestamp> optional_time(int column) const;
    std::optional<std::string> optional_text(int column) const;
    int columns() const;

  private:
    const void* result_;
    int index_;
};

/// A statement's result; cheap to copy, keeps the memory alive.
class rows {
  public:
    rows() = default;
    explicit rows(std::shared_ptr<const void> result);
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    row operator[](std::size_t i) const { return row(result_.get(), static_cast<int>(first_ + i)); }
    row front() const { return (*this)[0]; }
    /// `count` rows from `first` on, of the same memory.
    rows part(std::size_t first, std::size_t count) const {
        rows some(*this);
        some.first_ += first;
        some.size_ = count;
        return some;
    }
    /// Rows that an INSERT, UPDATE or DELETE touched.
    std::int64_t affected() const;
    /// What PostgreSQL says it did: "UPDATE 1", "COMMIT".
    std::string_view tag() const;

  private:
    std::shared_ptr<const void> result_;
    std::size_t first_ = 0, size_ = 0;
};

struct command {
    statement_ptr what;
    parameters with;
    /// A static statement.
    command(const statement& s, parameters p = {}) : what(statement_ptr(), &s), with(std::move(p)) {}
    command(statement_ptr s, parameters p = {}) : what(std::move(s)), with(std::move(p)) {}
};

/// A transaction's connection. Use it only inside the function given to database::transaction().
class transaction {
  public:
    explicit transaction(void* connection) : connection_(connection) {}
    task<result<rows>> query(const statement& s, parameters p = {});
    /// Several statements in one round trip.
    task<result<std::vector<rows>>> batch(std::vector<command> commands);

  private:
    void* connection_;
};

struct database_options {
    std::string url;                                   ///< libpq URL
    std::size_t connections_per_loop = 10;             ///< 0: connections_of_loop() says
    std::size_t queue_limit = 4096;                    ///< statements waiting a loop; beyond it: unavailable
    std::chrono::milliseconds statement_timeout{5000}; ///< PostgreSQL's, on every connection
    std::chrono::milliseconds deadline{8000};          ///< ours, from the call to the answer
    std::chrono::milliseconds idle{60'000}; ///< a write connection without work is closed; one a loop stays
};

/// Thread-safe facade; each call uses the connections of the loop it is made on.
class database {
  public:
    database(loops& all, database_options options);
    ~database();
    /// Begins connecting on every loop; call after the loops started. Connections come back by themselves.
    void start();
    /// Closes the connections; pending calls fail with errc::unavailable.
    void stop();

    /// A read: shares a connection and a Sync with others. Must not write.
    task<result<rows>> query(const statement& s, parameters p = {});
    task<result<rows>> query(statement_ptr s, parameters p = {});
    /// Reads in one round trip, in order.
    task<result<std::vector<rows>>> batch(std::vector<command> commands);
    /// One writing statement, committed on return. A constraint that refuses it gives errc::conflict.
    task<result<rows>> execute(const statement& s, parameters p = {});
    task<result<rows>> execute(statement_ptr s, parameters p = {});
    /// The same for an INSERT that takes no lock which another such may hold: under load it shares its
    /// transaction with others, and is done again alone if one of them is refused.
    task<result<rows>> execute_together(const statement& s, parameters p = {});
    /// Several writing statements as one transaction in one round trip.
    task<result<std::vector<rows>>> execute_batch(std::vector<command> commands);

    /// BEGIN, `body(transaction&)`, COMMIT, on one connection; ROLLBACK if the body fails or throws.
    /// Repeats the body (at most twice more) after a deadlock or serialization failure.
    template <class F> auto transact(F body) -> std::invoke_result_t<F, transaction&> {
        using R = typename std::invoke_result_t<F, transaction&>::value_type;
        for (int attempt = 0;; ++attempt) {
            if (attempt > 0)
                co_await pause(attempt);
            auto begun = co_await begin();
            if (!begun)
                co_return R(tl::unexpect, std::move(begun.error()));
            held connection = std::move(*begun); // gives the connection back, rolled back unless committed
            transaction t(connection.get());
            R value = co_await body(t);
            result<> ended = co_await end(connection, value.has_value());
            if (!value && !(retryable(value.error()) && attempt < 2))
                co_return value;
            if (value && ended)
                co_return value;
            if (value && !(retryable(ended.error()) && attempt < 2))
                co_return R(tl::unexpect, std::move(ended.error()));
        }
    }

    /// Calls `notified(payload)` on loop 0 for each NOTIFY, and (without one) when this process commits an
    /// INSERT INTO the table of the channel's name; `reconnected()` after each (re)connect, since what was
    /// notified meanwhile is lost. Call before start(), once a channel.
    void listen(std::string channel, std::function<void(std::string_view payload)> notified,
                std::function<void()> reconnected);

    bool available() const; ///< every loop has connections to read and to write; any thread
    /// Whether PostgreSQL takes writes: false while it is a standby, or read-only by its settings. While
    /// statements wait for connections it is not asked: they could not wait for what is refused at once.
    task<bool> takes_writes();
    std::size_t queued() const;        ///< statements waiting, all loops; any thread
    std::size_t open() const;          ///< live connections, all loops; any thread
    std::uint64_t statements() const;  ///< sent so far, all loops (tests count them); any thread
    std::uint64_t round_trips() const; ///< the same of the batches that they were sent in

    using held = std::shared_ptr<void>;

  private:
    task<result<held>> begin();
    task<result<>> end(held& connection, bool commit);
    static bool retryable(const error& e);
    /// Lets the other side of a deadlock finish before it is met again.
    static task<> pause(int attempt);
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace mvp::storage
