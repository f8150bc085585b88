// SQL for tests, on libpq alone: one statement, the URL of another database, a database that lasts as long as
// an object.
#pragma once

#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>

namespace mvp::test {

inline std::string database_url() {
    const char* url = std::getenv("DATABASE_URL");
    if (!url)
        throw std::runtime_error(
            "DATABASE_URL is not set: ./dev test sets it, or `eval $(./dev services start)`");
    return url;
}

using sql_connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using sql_answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Throws. What a statement waits for longer than a minute it does not get: it fails and says so.
inline sql_connection open_sql(const std::string& url) {
    const char* const names[] = {"connect_timeout", "options", "dbname", nullptr};
    const char* const values[] = {"20", "-c statement_timeout=60s", url.c_str(), nullptr};
    sql_connection c(PQconnectdbParams(names, values, 1), PQfinish);
    if (PQstatus(c.get()) != CONNECTION_OK)
        throw std::runtime_error(PQerrorMessage(c.get()));
    PQsetNoticeProcessor(
        c.get(), [](void*, const char*) {}, nullptr);
    return c;
}

/// Throws if it is an error.
inline sql_answer checked(PGconn* c, PGresult* of, const std::string& sql) {
    sql_answer r(of, PQclear);
    const auto status = PQresultStatus(r.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw std::runtime_error(PQerrorMessage(c) + sql);
    return r;
}

/// Runs SQL on a connection of its own and returns the first value of the last result ("" if there is none).
/// Throws.
inline std::string run_sql(const std::string& url, const std::string& sql) {
    const auto c = open_sql(url);
    const auto r = checked(c.get(), PQexec(c.get(), sql.c_str()), sql);
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
    /// `base`: any database of the server to make it on.
    explicit scratch_database(const std::string& from = "template0", std::string base = database_url())
        : base_(std::move(base)) {
        static std::atomic<int> count{0};
        name_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(count++);
        // template0 with an encoding of its own: the server's default does not matter.
        run_sql(base_, "CREATE DATABASE " + name_ + " TEMPLATE " + from +
                           (from == "template0" ? " ENCODING 'UTF8' LOCALE 'C.UTF-8'" : ""));
    }
    scratch_database(const scratch_database&) = delete;
    scratch_database& operator=(const scratch_database&) = delete;
    ~scratch_database() {
        try {
            run_sql(base_, "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
        } catch (const std::exception& e) {
            std::fprintf(stderr, "%s\n", e.what());
        }
    }
    const std::string& name() const { return name_; }
    std::string url() const { return with_database(base_, name_); }

  private:
    std::string base_, name_;
};

} // namespace mvp::test
