#include "storage/postgres/pool.hpp"

#include "storage/postgres/errors.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <spdlog/spdlog.h>

namespace mvp::storage {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t readers = 2;
constexpr std::size_t reader_depth =
    128; // more units in flight than this wait on our side, where they can expire
constexpr std::size_t reader_share = 16; // up to here reads of one turn prefer one connection
constexpr auto connect_deadline = 3000ms;
constexpr auto shortest_pause = 50ms, longest_pause = 500ms;
constexpr auto longest_pause_of_refused = 5000ms; // while others live
constexpr auto tick_every = 100ms;

std::vector<std::pair<std::string, std::string>> settings(const database_options& o, bool read_only) {
    auto milliseconds = [](auto d) { return std::to_string(d.count()); };
    std::vector<std::pair<std::string, std::string>> out{
        {"TimeZone", "UTC"},
        {"DateStyle", "ISO"},
        {"IntervalStyle", "iso_8601"},
        {"bytea_output", "hex"},
        {"extra_float_digits", "1"},
        {"standard_conforming_strings", "on"},
        {"statement_timeout", milliseconds(o.statement_timeout)},
        {"lock_timeout", milliseconds(o.statement_timeout)},
        {"idle_in_transaction_session_timeout", milliseconds(2 * o.deadline)},
        {"plan_cache_mode", "force_generic_plan"},
        {"jit", "off"}, // compiling a plan costs more than any statement of ours
    };
    if (read_only)
        out.emplace_back("default_transaction_read_only", "on");
    return out;
}

} // namespace

lease::lease(std::shared_ptr<pool> from, std::shared_ptr<connection> what)
    : from_(std::move(from)), what_(std::move(what)) {}

lease::~lease() {
    from_->give_back(*what_, begun);
}

void pool::waiter::fail(error e) {
    if (work)
        work->fail(std::move(e));
    else
        (*wants_lease)(mvp::fail(std::move(e)));
}

pool::pool(loop& home, const database_options& options)
    : home_(home), options_(options), readers_{connect_parameters(options.url, settings(options, true)),
                                               {},
                                               0,
                                               false,
                                               false,
                                               {},
                                               timer(home.io)},
      writers_{
          connect_parameters(options.url, settings(options, false)), {}, 0, false, false, {}, timer(home.io)},
      ticker_(home.io) {}

clock::time_point pool::deadline() const {
    return clock::now() + options_.deadline;
}

void pool::start() {
    stopped_ = false;
    keep(readers_);
    keep(writers_);
    tick();
}

void pool::stop() {
    if (std::exchange(stopped_, true))
        return;
    ticker_.cancel();
    for (auto* s : {&readers_, &writers_}) {
        s->resume.cancel();
        for (auto& c : std::vector<connection_ptr>(s->alive))
            c->close("shutting down");
        fail_waiting(*s, unavailable("shutting down"));
    }
}

// ---- connecting
// ----------------------------------------------------------------------------------------------------

void pool::keep(side& s) {
    // After a failed attempt one at a time: there may be no more to be had.
    const std::size_t most = s.pause > 0ms ? s.alive.size() + 1 : wanted(s);
    while (!stopped_ && !s.pausing && s.alive.size() + s.connecting < std::min(most, wanted(s))) {
        ++s.connecting;
        net::co_spawn(home_.io, open_one(s), net::detached);
    }
}

task<> pool::open_one(side& s) {
    auto self = shared_from_this(); // holds `s`
    auto handle = co_await connect(home_.io, s.parameters, connect_deadline);
    --s.connecting;
    if (stopped_)
        co_return;
    if (handle)
        opened(s, std::move(*handle));
    else
        failed(s, handle.error());
}

void pool::opened(side& s, pg_handle handle) {
    // The connection holds callbacks into this pool; the pool outlives it, or is about to be destroyed with
    // it.
    connection::callbacks then;
    std::weak_ptr<pool> weak = weak_from_this();
    side* which = &s;
    then.progress = [weak](connection&) {
        if (auto p = weak.lock()) {
            p->send_waiting_reads();
            p->serve_writers();
        }
    };
    then.lost = [weak, which](connection& c) {
        if (auto p = weak.lock())
            p->lost(*which, c);
    };
    then.again = [weak, which](std::vector<unit_ptr> units) {
        if (auto p = weak.lock())
            for (auto& u : units)
                which == &p->readers_ ? p->read(std::move(u)) : p->write(std::move(u));
    };
    auto c = std::make_shared<connection>(home_.io, std::move(handle), std::move(then));
    s.alive.push_back(c);
    s.down = false;
    s.pause = 0ms;
    ++(&s == &readers_ ? count_.readers : count_.writers);
    c->start();
    send_waiting_reads();
    serve_writers();
    keep(s);
}

void pool::failed(side& s, const error& e) {
    if (s.alive.empty() && !std::exchange(s.down, true))
        spdlog::warn("no connection to PostgreSQL: {}",
                     std::string_view(e.text).substr(0, e.text.find('\n')));
    if (s.alive.empty())
        fail_waiting(s, unavailable("PostgreSQL is away"));
    else if (s.pause == 0ms)
        spdlog::warn("{} connections are all that PostgreSQL lets us have: {}", s.alive.size(),
                     std::string_view(e.text).substr(0, e.text.find('\n')));
    if (s.pausing)
        return;
    s.pausing = true;
    s.pause =
        std::clamp(2 * s.pause, std::chrono::milliseconds(shortest_pause),
                   std::chrono::milliseconds(s.alive.empty() ? longest_pause : longest_pause_of_refused));
    s.resume.expires_after(s.pause);
    s.resume.async_wait([self = shared_from_this(), &s](boost::system::error_code) {
        s.pausing = false;
        self->keep(s);
    });
}

void pool::lost(side& s, connection& c) {
    auto found = std::find_if(s.alive.begin(), s.alive.end(), [&](auto& a) { return a.get() == &c; });
    if (found == s.alive.end())
        return;
    s.alive.erase(found);
    --(&s == &readers_ ? count_.readers : count_.writers);
    if (s.alive.empty())
        s.resume.cancel(); // none is left to wait with
    keep(s);
}

std::size_t pool::wanted(const side& s) const {
    if (&s == &readers_)
        return readers;
    std::size_t busy = 0;
    for (const auto& c : writers_.alive)
        busy += c->leased || !c->idle();
    std::size_t most = std::max<std::size_t>(options_.connections_per_loop, readers + 1) - readers;
    return std::clamp<std::size_t>(busy + writes_.size(), 1, most);
}

// ---- reads
// ---------------------------------------------------------------------------------------------------------

pool::connection_ptr pool::best_reader() {
    connection_ptr best;
    for (const auto& c : readers_.alive) {
        // Reads of one turn go together, unless they would wait for each other too long.
        if (c->collecting() && c->in_flight() < reader_share)
            return c;
        if (c->in_flight() < reader_depth && (!best || c->in_flight() < best->in_flight()))
            best = c;
    }
    return best;
}

void pool::read(unit_ptr u) {
    if (stopped_ || readers_.down)
        return u->fail(unavailable("PostgreSQL is away"));
    if (reads_.empty()) {
        if (auto c = best_reader())
            return send(*c, std::move(u));
    }
    if (full())
        return u->fail(unavailable("too many statements wait"));
    reads_.push_back(std::move(u));
    note_queue();
}

void pool::send_waiting_reads() {
    while (!reads_.empty()) {
        auto c = best_reader();
        if (!c)
            return;
        auto u = std::move(reads_.front());
        reads_.pop_front();
        send(*c, std::move(u));
        note_queue();
    }
}

void pool::send(connection& c, unit_ptr u) {
    if (!c.alive())
        return u->fail(unavailable("connection to PostgreSQL lost"));
    count_.statements.fetch_add(u->commands.size(), std::memory_order_relaxed);
    count_.round_trips.fetch_add(1, std::memory_order_relaxed);
    c.send(std::move(u));
}

// ---- writes
// --------------------------------------------------------------------------------------------------------

void pool::write(unit_ptr u) {
    auto until = u->deadline;
    writes_.push_back({std::move(u), nullptr, until});
    serve_writers();
}

void pool::acquire(std::unique_ptr<lease_completion> done) {
    writes_.push_back({nullptr, std::move(done), deadline()});
    serve_writers();
}

void pool::serve_writers() {
    for (const auto& c : writers_.alive) {
        if (writes_.empty())
            break;
        if (c->leased || !c->idle() || !c->alive()) // one that is lost is still there while its units fail
            continue;
        waiter w = std::move(writes_.front());
        writes_.pop_front();
        start_on(c, std::move(w));
    }
    // Only the newest can be one too many.
    if (!writes_.empty() &&
        (stopped_ || writers_.down || reads_.size() + writes_.size() > options_.queue_limit)) {
        waiter w = std::move(writes_.back());
        writes_.pop_back();
        w.fail(unavailable(writers_.down ? "PostgreSQL is away" : "too many statements wait"));
    }
    keep(writers_);
    note_queue();
}

void pool::start_on(const connection_ptr& c, waiter w) {
    if (w.work)
        return send(*c, std::move(w.work));
    c->leased = true;
    (*w.wants_lease)(std::make_shared<lease>(shared_from_this(), c));
}

void pool::give_back(connection& c, bool begun) {
    c.leased = false;
    if (!c.alive())
        return;
    if (!c.idle())
        return c.close("given back while it was busy");
    if (begun) {
        // Nobody waits for it; until it is answered the connection is not idle, so nobody gets it.
        static const statement rollback("ROLLBACK");
        auto u = std::make_unique<unit>();
        u->commands.emplace_back(rollback);
        return send(c, std::move(u));
    }
    serve_writers();
}

// ---- bounds
// --------------------------------------------------------------------------------------------------------

void pool::fail_waiting(side& s, const error& e) {
    if (&s == &readers_)
        for (auto& u : std::exchange(reads_, {}))
            u->fail(e);
    else
        for (auto& w : std::exchange(writes_, {}))
            w.fail(e);
    note_queue();
}

void pool::tick() {
    ticker_.expires_after(tick_every);
    ticker_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (ec || self->stopped_)
            return;
        auto at = clock::now();
        while (!self->reads_.empty() && at > self->reads_.front()->deadline) {
            self->reads_.front()->fail(unavailable("waited too long"));
            self->reads_.pop_front();
        }
        while (!self->writes_.empty() && at > self->writes_.front().deadline) {
            self->writes_.front().fail(unavailable("waited too long"));
            self->writes_.pop_front();
        }
        self->note_queue();
        for (auto* s : {&self->readers_, &self->writers_})
            for (auto& c : std::vector<connection_ptr>(s->alive))
                c->expire(at, self->options_.deadline + 1s);
        self->close_unused(at);
        self->tick();
    });
}

/// One at a time: the newest, since work goes to the oldest that is free.
void pool::close_unused(clock::time_point now) {
    for (std::size_t i = writers_.alive.size(); i > 1; --i) {
        const connection_ptr c = writers_.alive[i - 1];
        if (!c->leased && c->idle_since(now - options_.idle))
            return c->close("not needed");
    }
}

void pool::note_queue() {
    count_.queued.store(reads_.size() + writes_.size(), std::memory_order_relaxed);
}

} // namespace mvp::storage
