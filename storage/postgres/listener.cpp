#include "storage/postgres/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <spdlog/spdlog.h>

namespace mvp::storage {

using namespace std::chrono_literals;

listener::listener(loop& home, const std::string& url)
    : home_(home), parameters_(url, {{"application_name", "mvpbackend-listener"}}), socket_(home.io),
      pause_(home.io) {}

void listener::add(std::string channel, std::function<void(std::string_view)> notified,
                   std::function<void()> reconnected) {
    std::string insert = "INTO " + channel + " (";
    channels_.push_back({std::move(channel), std::move(insert), std::move(notified), std::move(reconnected)});
}

void listener::committed(const statement& s) {
    for (const auto& c : channels_)
        if (s.sql().find(c.insert) != std::string::npos)
            net::post(home_.io, [self = shared_from_this(), &c] {
                if (!self->stopped_)
                    c.notified("");
            });
}

void listener::start() {
    net::co_spawn(home_.io, run(), net::detached);
}

void listener::stop() {
    stopped_ = true;
    pause_.cancel();
    if (socket_.is_open())
        socket_.cancel();
}

task<> listener::run() {
    auto self = shared_from_this();
    while (!stopped_) {
        auto handle = co_await connect(home_.io, parameters_, 3000ms);
        if (handle && !stopped_) {
            socket_.assign(PQsocket(handle->get()));
            co_await serve(handle->get());
            socket_.release(); // libpq closes it
            handle->reset();
        }
        if (stopped_)
            break;
        boost::system::error_code ec;
        pause_.expires_after(300ms);
        co_await pause_.async_wait(net::redirect_error(use_task, ec));
    }
}

task<> listener::serve(PGconn* handle) {
    std::string sql;
    for (const auto& c : channels_)
        sql += "LISTEN \"" + c.name + "\";";
    if (!PQsendQuery(handle, sql.c_str()))
        co_return;
    PQflush(handle); // far less than a socket's buffer
    std::size_t to_confirm = channels_.size();
    for (;;) {
        boost::system::error_code ec;
        co_await socket_.async_wait(pg_socket::wait_read, net::redirect_error(use_task, ec));
        if (ec || stopped_ || !PQconsumeInput(handle) || !dispatch(handle, to_confirm))
            co_return;
    }
}

bool listener::dispatch(PGconn* handle, std::size_t& to_confirm) {
    while (to_confirm > 0 && !PQisBusy(handle)) {
        std::unique_ptr<PGresult, decltype(&PQclear)> r(PQgetResult(handle), PQclear);
        if (!r || PQresultStatus(r.get()) != PGRES_COMMAND_OK) {
            spdlog::warn("cannot listen: {}", PQerrorMessage(handle));
            return false;
        }
        if (--to_confirm == 0) {
            PQclear(PQgetResult(handle)); // the null that ends them
            for (const auto& c : channels_)
                c.reconnected();
        }
    }
    while (PGnotify* raw = PQnotifies(handle)) {
        std::unique_ptr<PGnotify, decltype(&PQfreemem)> note(raw, PQfreemem);
        for (const auto& c : channels_)
            if (c.name == note->relname)
                c.notified(note->extra);
    }
    return true;
}

} // namespace mvp::storage
