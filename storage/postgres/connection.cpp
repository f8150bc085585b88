#include "storage/postgres/connection.hpp"

#include "storage/postgres/errors.hpp"

#include <boost/asio/defer.hpp>

namespace mvp::storage {

using clock = std::chrono::steady_clock;

connection::connection(net::io_context& io, pg_handle handle, callbacks then)
    : io_(io), handle_(std::move(handle)), socket_(io), then_(std::move(then)) {
    PQsetNoticeProcessor(
        handle_.get(), [](void*, const char*) {}, nullptr);
    broken_ = PQenterPipelineMode(handle_.get()) != 1;
    socket_.assign(PQsocket(handle_.get()));
}

connection::~connection() {
    if (socket_.is_open())
        socket_.release(); // libpq closes it
}

void connection::start() {
    read();
}

void connection::send(unit_ptr u) {
    if (pipeline_.idle())
        heard_ = clock::now();
    bool shared = u->shared && u->tries == 0;
    if (!shared && pipeline_.needs_sync())
        sync();
    for (const auto& s : pipeline_.add(std::move(u)))
        send_step(s);
    if (!shared)
        sync();
    if (flush_due_)
        return;
    flush_due_ = true;
    net::defer(io_, [self = shared_from_this()] {
        self->flush_due_ = false;
        if (!self->alive_)
            return;
        if (self->pipeline_.needs_sync())
            self->sync();
        self->flush();
    });
}

void connection::send_step(const pipeline::step& s) {
    int sent = 0;
    if (s.what == pipeline::step::kind::prepare) {
        sent = PQsendPrepare(handle_.get(), s.subject->name().c_str(), s.subject->sql().c_str(), 0, nullptr);
    } else {
        auto values = s.values->pointers();
        auto count = static_cast<int>(values.size());
        sent = s.what == pipeline::step::kind::run
                   ? PQsendQueryPrepared(handle_.get(), s.subject->name().c_str(), count, values.data(),
                                         nullptr, nullptr, 0)
                   : PQsendQueryParams(handle_.get(), s.subject->sql().c_str(), count, nullptr, values.data(),
                                       nullptr, nullptr, 0);
    }
    broken_ |= sent != 1; // found out by the flush, outside of the caller's stack
}

void connection::sync() {
    broken_ |= PQpipelineSync(handle_.get()) != 1;
    pipeline_.sync_sent();
}

void connection::flush() {
    int left = broken_ ? -1 : PQflush(handle_.get());
    if (left < 0)
        return close(PQerrorMessage(handle_.get()));
    if (left == 0 || write_waiting_)
        return;
    write_waiting_ = true;
    socket_.async_wait(pg_socket::wait_write, [self = shared_from_this()](boost::system::error_code ec) {
        self->write_waiting_ = false;
        if (!ec && self->alive_)
            self->flush();
    });
}

void connection::read() {
    socket_.async_wait(pg_socket::wait_read, [self = shared_from_this()](boost::system::error_code ec) {
        if (!ec && self->alive_)
            self->on_readable();
    });
}

void connection::on_readable() {
    heard_ = clock::now();
    bool ok = PQconsumeInput(handle_.get()) == 1;
    // What arrived before the connection broke is still worth something.
    take_results();
    if (!ok || PQstatus(handle_.get()) == CONNECTION_BAD)
        return close(PQerrorMessage(handle_.get()));
    deliver();
    if (!alive_)
        return;
    // A server that sends much may have filled the socket while it waited for us to read.
    if (write_waiting_)
        flush();
    if (alive_)
        read();
}

void connection::take_results() {
    // Two nulls in a row: libpq has nothing more, whatever is still expected (the connection broke).
    for (int nulls = 0; nulls < 2 && !pipeline_.idle() && !PQisBusy(handle_.get());) {
        PGresult* r = PQgetResult(handle_.get());
        nulls = r ? 0 : nulls + 1;
        if (r)
            on_result(r);
        else
            pipeline_.on_end();
    }
}

void connection::on_result(PGresult* r) {
    // One allocation holds the counter too; rows share it.
    std::shared_ptr<const void> keep(
        r, [](const void* p) { PQclear(static_cast<PGresult*>(const_cast<void*>(p))); });
    auto text = [&](int field) {
        const char* found = PQresultErrorField(r, field);
        return std::string_view(found ? found : "");
    };
    switch (PQresultStatus(r)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        return pipeline_.on_rows(rows(std::move(keep)));
    case PGRES_PIPELINE_ABORTED:
        return pipeline_.on_aborted();
    case PGRES_PIPELINE_SYNC:
        return pipeline_.on_sync();
    default: {
        auto state = text(PG_DIAG_SQLSTATE);
        auto named = text(PG_DIAG_CONSTRAINT_NAME);
        if (named.empty())
            named = text(PG_DIAG_COLUMN_NAME);
        auto message = text(PG_DIAG_MESSAGE_PRIMARY);
        if (message.empty())
            message = PQresultErrorMessage(r);
        return pipeline_.on_error(state, sql_error(state, named, message));
    }
    }
}

void connection::deliver() {
    auto finished = pipeline_.take_finished();
    auto again = pipeline_.take_again();
    for (auto& u : finished)
        u->finish();
    if (!again.empty())
        then_.again(std::move(again));
    if (!finished.empty() || !again.empty() || pipeline_.idle())
        then_.progress(*this);
}

void connection::expire(clock::time_point now, std::chrono::milliseconds silence) {
    for (const auto& u : pipeline_.units())
        if (u->done && now > u->deadline)
            u->fail(unavailable("PostgreSQL did not answer in time"));
    if (!pipeline_.idle() && now > heard_ + silence)
        close("PostgreSQL says nothing");
}

void connection::close(std::string why) {
    if (!alive_)
        return;
    auto self = shared_from_this(); // the pool may let go of it in `lost`
    alive_ = false;
    socket_.release(); // libpq closes it; cancels what waits for it
    handle_.reset();
    while (why.ends_with('\n'))
        why.pop_back();
    for (auto& u : pipeline_.take_all()) {
        if (!u->failure)
            u->failure = unavailable("connection to PostgreSQL lost: " + why);
        u->finish();
    }
    then_.lost(*this);
}

} // namespace mvp::storage
