#include "storage/postgres/connect.hpp"

#include "storage/postgres/errors.hpp"
#include "storage/timer.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>

namespace mvp::storage {

namespace {

using resolver = net::ip::basic_resolver<net::ip::tcp, executor>;

bool is_name(const std::string& host) {
    if (host.empty() || host.front() == '/' || host.front() == '@' || host.find(',') != std::string::npos)
        return false;
    boost::system::error_code no_address;
    net::ip::make_address(host, no_address);
    return bool(no_address);
}

/// One attempt with its deadline. Lives in connect()'s frame.
class attempt {
  public:
    attempt(net::io_context& io, std::chrono::milliseconds deadline)
        : io_(io), socket_(io), timer_(io, deadline) {}
    ~attempt() { let_go(); }

    task<result<pg_handle>> run(const connect_parameters& parameters) {
        auto values = parameters.values();
        if (!parameters.name_to_resolve().empty()) {
            auto address = co_await resolve(parameters.name_to_resolve());
            if (!address)
                co_return mvp::fail(address.error());
            values.emplace_back("hostaddr", *address);
        }
        std::vector<const char*> keys, texts;
        for (const auto& [key, value] : values) {
            keys.push_back(key.c_str());
            texts.push_back(value.c_str());
        }
        keys.push_back(nullptr);
        texts.push_back(nullptr);
        pg_handle handle(PQconnectStartParams(keys.data(), texts.data(), 0), PQfinish);
        if (!handle)
            co_return mvp::fail(unavailable("out of memory"));
        PQsetNoticeProcessor(
            handle.get(), [](void*, const char*) {}, nullptr); // not to stderr
        co_return co_await poll(std::move(handle));
    }

  private:
    task<result<std::string>> resolve(const std::string& name) {
        resolver r(io_);
        timer_.async_wait([&r, alive = std::weak_ptr<int>(alive_)](auto ec) {
            if (!ec && !alive.expired())
                r.cancel();
        });
        boost::system::error_code ec;
        auto found = co_await r.async_resolve(name, "", net::redirect_error(use_task, ec));
        alive_ = std::make_shared<int>(); // r is about to go
        if (ec || found.empty())
            co_return mvp::fail(unavailable("cannot look up " + name));
        co_return found.begin()->endpoint().address().to_string();
    }

    task<result<pg_handle>> poll(pg_handle handle) {
        timer_.async_wait([this, alive = std::weak_ptr<int>(alive_)](auto ec) {
            if (ec || alive.expired())
                return;
            late_ = true;
            let_go();
        });
        for (auto state = PGRES_POLLING_WRITING; PQstatus(handle.get()) != CONNECTION_BAD;) {
            // libpq may have gone on to another socket, even one with the same number.
            let_go();
            socket_.assign(PQsocket(handle.get()));
            boost::system::error_code ec;
            co_await socket_.async_wait(state == PGRES_POLLING_READING ? pg_socket::wait_read
                                                                       : pg_socket::wait_write,
                                        net::redirect_error(use_task, ec));
            if (late_)
                co_return mvp::fail(unavailable("no connection to PostgreSQL in time"));
            state = PQconnectPoll(handle.get());
            if (state == PGRES_POLLING_OK) {
                let_go();
                PQsetnonblocking(handle.get(), 1);
                co_return result<pg_handle>(std::move(handle));
            }
            if (state == PGRES_POLLING_FAILED)
                break;
        }
        let_go(); // before PQfinish closes the descriptor
        co_return mvp::fail(unavailable(PQerrorMessage(handle.get())));
    }

    void let_go() {
        if (socket_.is_open())
            socket_.release(); // libpq owns and closes it
    }

    net::io_context& io_;
    pg_socket socket_;
    timer timer_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    bool late_ = false;
};

} // namespace

connect_parameters::connect_parameters(const std::string& url,
                                       const std::vector<std::pair<std::string, std::string>>& settings) {
    char* complaint = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(url.c_str(), &complaint), PQconninfoFree);
    if (!parsed) {
        invalid_ = complaint ? complaint : "invalid URL";
        PQfreemem(complaint);
        return;
    }
    std::string options, host, hostaddr;
    for (auto* o = parsed.get(); o->keyword; ++o) {
        if (!o->val)
            continue;
        std::string key = o->keyword;
        if (key == "options") {
            options = o->val;
            continue;
        }
        if (key == "host")
            host = o->val;
        if (key == "hostaddr")
            hostaddr = o->val;
        values_.emplace_back(std::move(key), o->val);
    }
    for (const auto& [name, value] : settings)
        options += " -c " + name + "=" + value;
    values_.emplace_back("options", options);
    values_.emplace_back("client_encoding", "UTF8");
    values_.emplace_back("fallback_application_name", "mvpbackend");
    values_.emplace_back("tcp_user_timeout", "10000"); // a peer that is gone is noticed
    if (hostaddr.empty() && is_name(host))
        name_ = host;
}

task<result<pg_handle>> connect(net::io_context& io, const connect_parameters& parameters,
                                std::chrono::milliseconds deadline) {
    if (!parameters.invalid().empty())
        co_return fail(errc::internal, parameters.invalid());
    attempt a(io, deadline);
    co_return co_await a.run(parameters);
}

} // namespace mvp::storage
