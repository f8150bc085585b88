// Throw-away databases for tests, on the server that DATABASE_URL names.
//
//   test_database db;                      // migrated and empty, dropped at the end
//   live_database live;                    // the same with loops and a storage::database on it
//   auto answer = live.run([&] { return live.db.query(s); });
#pragma once

#include "storage/loop.hpp"
#include "storage/migrate.hpp"
#include "storage/postgres/database.hpp"
#include "tests/support/run.hpp"

#include <atomic>
#include <cstdlib>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace mvp::testing {

inline std::string database_url() {
    const char* url = std::getenv("DATABASE_URL");
    if (!url)
        throw std::runtime_error(
            "DATABASE_URL is not set: ./dev test sets it, or `eval $(./dev services start)`");
    return url;
}

/// Runs SQL on a connection of its own and returns the first value of the last result ("" if there is none).
/// Throws.
inline std::string run_sql(const std::string& url, const std::string& sql) {
    std::unique_ptr<PGconn, decltype(&PQfinish)> c(PQconnectdb(url.c_str()), PQfinish);
    if (PQstatus(c.get()) != CONNECTION_OK)
        throw std::runtime_error(PQerrorMessage(c.get()));
    PQsetNoticeProcessor(
        c.get(), [](void*, const char*) {}, nullptr);
    std::unique_ptr<PGresult, decltype(&PQclear)> r(PQexec(c.get(), sql.c_str()), PQclear);
    auto status = PQresultStatus(r.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw std::runtime_error(PQerrorMessage(c.get()));
    return PQntuples(r.get()) > 0 ? PQgetvalue(r.get(), 0, 0) : "";
}

/// The URL of another database on the same server.
inline std::string with_database(const std::string& url, const std::string& name) {
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), nullptr),
                                                                        PQconninfoFree);
    if (!parsed)
        throw std::runtime_error("DATABASE_URL cannot be read");
    std::string out = "postgresql:///" + name, separator = "?";
    for (auto* o = parsed.get(); o->keyword; ++o) {
        if (!o->val || std::string_view(o->keyword) == "dbname")
            continue;
        out += std::exchange(separator, "&") + o->keyword + "=";
        for (const char* c = o->val; *c; ++c) {
            char hex[4];
            std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(*c));
            out += std::isalnum(static_cast<unsigned char>(*c)) ? std::string(1, *c) : std::string(hex);
        }
    }
    return out;
}

/// A database that lasts as long as this object.
class scratch_database {
  public:
    explicit scratch_database(const std::string& from = "template0") {
        static std::atomic<int> count{0};
        name_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(count++);
        // template0 with an encoding of its own: the server's default does not matter.
        run_sql(database_url(), "CREATE DATABASE " + name_ + " TEMPLATE " + from +
                                    (from == "template0" ? " ENCODING 'UTF8' LOCALE 'C.UTF-8'" : ""));
    }
    scratch_database(const scratch_database&) = delete;
    scratch_database& operator=(const scratch_database&) = delete;
    ~scratch_database() {
        try {
            run_sql(database_url(), "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
        } catch (const std::exception& e) {
            std::fprintf(stderr, "%s\n", e.what());
        }
    }
    const std::string& name() const { return name_; }
    std::string url() const { return with_database(database_url(), name_); }

  private:
    std::string name_;
};

/// A migrated, empty database. The migrations run once a test program; each of these is a copy.
class test_database {
  public:
    test_database() : copy_(migrated().name()) {}
    std::string url() const { return copy_.url(); }

  private:
    static scratch_database& migrated() {
        static scratch_database made;
        static const bool done = [] {
            auto r = storage::migrate(made.url());
            if (!r)
                throw std::runtime_error(r.error().text);
            return true;
        }();
        (void)done;
        return made;
    }
    scratch_database copy_;
};

/// A migrated database with loops running and connections on it.
class live_database {
  public:
    explicit live_database(std::size_t loop_count = 1, storage::database_options options = {})
        : all(loop_count), db(all, with_url(std::move(options))) {
        all.start();
        db.start();
        if (!eventually([&] { return db.available(); }))
            throw std::runtime_error("no connection to the test database");
    }
    ~live_database() {
        db.stop();
        all.stop_and_join();
    }

    /// Calls `work` on a loop and waits for the task that it returns.
    template <class F> auto run(F work, std::size_t on = 0) { return run_on(all[on], std::move(work)); }
    std::string url() const { return own_.url(); }
    /// Runs SQL beside the connections under test.
    std::string sql(const std::string& text) const { return run_sql(url(), text); }

  private:
    storage::database_options with_url(storage::database_options o) const {
        o.url = own_.url();
        return o;
    }
    test_database own_;

  public:
    loops all;
    storage::database db;
};

} // namespace mvp::testing
