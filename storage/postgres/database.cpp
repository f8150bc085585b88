#include "storage/postgres/database.hpp"

#include "storage/loop.hpp"
#include "storage/postgres/errors.hpp"
#include "storage/postgres/joint_writes.hpp"
#include "storage/postgres/listener.hpp"
#include "storage/postgres/pool.hpp"
#include "storage/timer.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include <random>

namespace mvp::storage {

namespace {

/// Resumes a coroutine on its loop with what Shape makes of the answer; never from inside libpq's callbacks.
template <class Base, class Answer, class Result, class Handler, class Shape>
class resume final : public Base {
  public:
    resume(Handler handler, Shape shape) : handler_(std::move(handler)), shape_(std::move(shape)) {}
    void operator()(Answer answer) override {
        auto where = net::get_associated_executor(handler_);
        net::defer(where, [h = std::move(handler_), value = Result(shape_(std::move(answer)))]() mutable {
            std::move(h)(std::move(value));
        });
    }

  private:
    Handler handler_;
    Shape shape_;
};

using answers = result<std::vector<rows>>;

/// Suspends, hands the unit to `send` with this coroutine as who waits for it, and returns the shaped answer.
template <class R, class Send, class Shape> task<R> await_unit(unit_ptr u, Send send, Shape shape) {
    return net::async_initiate<const net::use_awaitable_t<executor>&, void(R)>(
        [](auto handler, unit_ptr u, Send send, Shape shape) {
            using H = std::decay_t<decltype(handler)>;
            u->done = std::make_unique<resume<completion, answers, R, H, Shape>>(std::move(handler),
                                                                                 std::move(shape));
            if (u->commands.empty())
                return u->finish();
            for (const auto& c : u->commands)
                if (c.with.holds_nul())
                    return u->fail(
                        error(errc::bad_request, "The request holds a value that cannot be stored."));
            send(std::move(u));
        },
        use_task, std::move(u), std::move(send), std::move(shape));
}

result<rows> last_of(answers a) {
    if (!a)
        return fail(std::move(a.error()));
    return a->empty() ? rows() : std::move(a->back());
}

answers all_of(answers a) {
    return a;
}

unit_ptr unit_of(std::vector<command> commands, bool shared) {
    auto u = std::make_unique<unit>();
    u->commands = std::move(commands);
    u->shared = shared;
    return u;
}

std::vector<command> one(command c) {
    std::vector<command> out;
    out.push_back(std::move(c));
    return out;
}

} // namespace

struct database::impl {
    std::vector<loop*> homes;
    std::vector<std::shared_ptr<pool>> pools;
    std::vector<std::shared_ptr<joint_writes>> joint; // of each pool
    std::shared_ptr<listener> listening;

    /// The pool of the loop that we are on; null elsewhere.
    std::shared_ptr<pool> here() const {
        loop* l = loop::current();
        if (!l || l->index >= homes.size() || homes[l->index] != l)
            return nullptr;
        return pools[l->index];
    }

    /// Runs `what` on the loop, or here if the loop has ended for good.
    template <class F> static void on(loop& l, F what) {
        if (l.io.stopped())
            what();
        else
            net::post(l.io, std::move(what));
    }

    template <class R, class Shape> task<R> read(std::vector<command> commands, Shape shape) {
        // The pool is looked for when the coroutine starts, which may be on another thread than this one.
        auto send = [this](unit_ptr u) {
            auto p = here();
            if (!p)
                return u->fail(error(errc::internal, "called from a thread that is none of the loops"));
            u->deadline = p->deadline();
            p->read(std::move(u));
        };
        auto u = unit_of(std::move(commands), true);
        return await_unit<R>(std::move(u), std::move(send), std::move(shape));
    }

    /// `together`: the one statement may share a transaction with others of its kind.
    task<answers> write(std::vector<command> commands, bool together = false) {
        auto p = here();
        if (!p)
            co_return fail(errc::internal, "called from a thread that is none of the loops");
        auto shared = together ? joint[loop::current()->index] : nullptr;
        auto news = listening;
        // No transaction of the caller's, so it may be repeated after a deadlock.
        for (int attempt = 0;; ++attempt) {
            auto u = unit_of(commands, false);
            u->deadline = p->deadline();
            auto send = [p, shared](unit_ptr u) {
                shared ? shared->add(std::move(u)) : p->write(std::move(u));
            };
            auto answer = co_await await_unit<answers>(std::move(u), std::move(send), all_of);
            if (answer)
                for (const auto& c : commands)
                    news->committed(*c.what);
            if (answer || attempt == 2 || !is_retryable(answer.error()))
                co_return answer;
            co_await pause(attempt + 1);
        }
    }
};

database::database(loops& all, database_options options) : impl_(std::make_unique<impl>()) {
    options.connections_per_loop = connections_of_loop(options.connections_per_loop, all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        impl_->homes.push_back(&all[i]);
        impl_->pools.push_back(std::make_shared<pool>(all[i], options));
        impl_->joint.push_back(std::make_shared<joint_writes>(impl_->pools.back(), options.queue_limit));
    }
    impl_->listening = std::make_shared<listener>(all[0], options.url);
}

database::~database() {
    stop();
}

void database::start() {
    for (std::size_t i = 0; i < impl_->pools.size(); ++i)
        net::post(impl_->homes[i]->io, [p = impl_->pools[i]] { p->start(); });
    if (impl_->listening->wanted())
        net::post(impl_->homes[0]->io, [l = impl_->listening] { l->start(); });
}

void database::stop() {
    for (std::size_t i = 0; i < impl_->pools.size(); ++i)
        impl::on(*impl_->homes[i], [p = impl_->pools[i]] { p->stop(); });
    impl::on(*impl_->homes[0], [l = impl_->listening] { l->stop(); });
}

task<result<rows>> database::query(const statement& s, parameters p) {
    return impl_->read<result<rows>>(one({s, std::move(p)}), last_of);
}

task<result<rows>> database::query(statement_ptr s, parameters p) {
    return impl_->read<result<rows>>(one({std::move(s), std::move(p)}), last_of);
}

task<result<std::vector<rows>>> database::batch(std::vector<command> commands) {
    return impl_->read<answers>(std::move(commands), all_of);
}

task<result<rows>> database::execute(const statement& s, parameters p) {
    co_return last_of(co_await impl_->write(one({s, std::move(p)})));
}

task<result<rows>> database::execute(statement_ptr s, parameters p) {
    co_return last_of(co_await impl_->write(one({std::move(s), std::move(p)})));
}

task<result<rows>> database::execute_together(const statement& s, parameters p) {
    co_return last_of(co_await impl_->write(one({s, std::move(p)}), true));
}

task<result<std::vector<rows>>> database::execute_batch(std::vector<command> commands) {
    return impl_->write(std::move(commands));
}

// ---- transactions
// --------------------------------------------------------------------------------------------------

namespace {

/// Sends statements on a leased connection; BEGIN goes in front of the first ones, in the same round trip.
task<answers> in_transaction(lease& l, std::vector<command> commands) {
    static const statement begin("BEGIN");
    bool first = !l.begun;
    if (first)
        commands.insert(commands.begin(), command(begin));
    l.begun = true;
    for (const auto& c : commands)
        l.sent.push_back(c.what);
    auto u = unit_of(std::move(commands), false);
    u->in_transaction = true;
    u->deadline = l.from().deadline();
    auto send = [&l](unit_ptr u) { l.from().send(l.what(), std::move(u)); };
    auto answer = co_await await_unit<answers>(std::move(u), std::move(send), all_of);
    if (answer && first)
        answer->erase(answer->begin());
    co_return answer;
}

lease& lease_of(void* connection) {
    return *static_cast<lease*>(connection);
}

} // namespace

task<result<rows>> transaction::query(const statement& s, parameters p) {
    co_return last_of(co_await in_transaction(lease_of(connection_), one({s, std::move(p)})));
}

task<result<std::vector<rows>>> transaction::batch(std::vector<command> commands) {
    return in_transaction(lease_of(connection_), std::move(commands));
}

task<result<database::held>> database::begin() {
    auto p = impl_->here();
    if (!p)
        co_return fail(errc::internal, "called from a thread that is none of the loops");
    auto got = co_await net::async_initiate<const net::use_awaitable_t<executor>&, void(result<lease_ptr>)>(
        [](auto handler, std::shared_ptr<pool> p) {
            using H = std::decay_t<decltype(handler)>;
            auto same = [](result<lease_ptr> r) { return r; };
            using waiting = resume<lease_completion, result<lease_ptr>, result<lease_ptr>, H, decltype(same)>;
            p->acquire(std::make_unique<waiting>(std::move(handler), same));
        },
        use_task, std::move(p));
    if (!got)
        co_return fail(std::move(got.error()));
    co_return held(std::move(*got));
}

task<result<>> database::end(held& connection, bool commit) {
    static const statement committing("COMMIT");
    lease& l = *static_cast<lease*>(connection.get());
    if (!commit || !l.begun)
        co_return result<>(); // what is open is rolled back when the connection is given back
    auto answer = co_await in_transaction(l, one(committing));
    if (!answer)
        co_return fail(std::move(answer.error()));
    l.begun = false;
    // COMMIT of a transaction in which a statement failed rolls back, and says so without an error.
    if (answer->back().tag() != "COMMIT")
        co_return fail(errc::internal, "committed a transaction in which a statement had failed");
    for (const auto& committed : l.sent)
        impl_->listening->committed(*committed);
    co_return result<>();
}

bool database::retryable(const error& e) {
    return is_retryable(e);
}

task<> database::pause(int attempt) {
    static thread_local std::minstd_rand random(std::random_device{}());
    timer t(loop::current()->io, attempt * std::chrono::milliseconds(20 + random() % 40));
    boost::system::error_code ignored;
    co_await t.async_wait(net::redirect_error(use_task, ignored));
}

// ---- the rest
// ------------------------------------------------------------------------------------------------------

void database::listen(std::string channel, std::function<void(std::string_view)> notified,
                      std::function<void()> reconnected) {
    impl_->listening->add(std::move(channel), std::move(notified), std::move(reconnected));
}

bool database::available() const {
    for (const auto& p : impl_->pools)
        if (p->count().readers == 0 || p->count().writers == 0)
            return false;
    return true;
}

task<bool> database::takes_writes() {
    static const statement state("SELECT NOT current_setting('transaction_read_only')::boolean");
    if (queued() > 0)
        co_return true;
    const auto answer = co_await execute(state);
    co_return answer && answer->front().boolean(0);
}

std::size_t database::queued() const {
    std::size_t sum = 0;
    for (const auto& p : impl_->pools)
        sum += p->count().queued;
    return sum;
}

std::size_t database::open() const {
    std::size_t sum = 0;
    for (const auto& p : impl_->pools)
        sum += p->count().readers + p->count().writers;
    return sum;
}

std::uint64_t database::statements() const {
    std::uint64_t sum = 0;
    for (const auto& p : impl_->pools)
        sum += p->count().statements;
    return sum;
}

std::uint64_t database::round_trips() const {
    std::uint64_t sum = 0;
    for (const auto& p : impl_->pools)
        sum += p->count().round_trips;
    return sum;
}

} // namespace mvp::storage
