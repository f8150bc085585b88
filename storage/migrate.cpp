#include "storage/migrate.hpp"

#include "storage/postgres/errors.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <map>

namespace mvp::storage {

namespace {

// The tables are created with the server's own functions only, so that psql shows what this program sees.
constexpr char checksum[] = "encode(sha256(convert_to($1, 'UTF8')), 'hex')";
constexpr char lock_key[] = "7021947310483651"; // any number, the same in all processes

using pg_result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// A blocking connection that turns what goes wrong into an error.
class session {
  public:
    explicit session(const std::string& url) : connection_(nullptr, PQfinish) {
        const char* keys[] = {"dbname", "connect_timeout", "application_name", nullptr};
        const char* values[] = {url.c_str(), "10", "mvpbackend migrate", nullptr};
        connection_.reset(PQconnectdbParams(keys, values, 1));
    }
    bool connected() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
    std::string complaint() const { return PQerrorMessage(connection_.get()); }
    PGconn* get() const { return connection_.get(); }

    result<pg_result> run(const std::string& sql, std::vector<const char*> values = {}) {
        // Without values: several statements in one text.
        pg_result r(values.empty() ? PQexec(get(), sql.c_str())
                                   : PQexecParams(get(), sql.c_str(), static_cast<int>(values.size()),
                                                  nullptr, values.data(), nullptr, nullptr, 0),
                    PQclear);
        auto status = PQresultStatus(r.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            return fail(errc::internal, complaint());
        return r;
    }

  private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

result<> apply(session& s, const migration& m) {
    const std::string name(m.name), sql(m.sql);
    auto done = s.run("BEGIN").and_then([&](auto&&) { return s.run(sql); }).and_then([&](auto&&) {
        return s.run(fmt::format("INSERT INTO schema_migrations (name, checksum) VALUES ($2, {})", checksum),
                     {sql.c_str(), name.c_str()});
    });
    if (done)
        done = s.run("COMMIT");
    if (!done)
        return fail(errc::internal, fmt::format("migration {}: {}", name, done.error().text));
    return {};
}

/// Name and checksum of what has been applied.
result<std::map<std::string, std::string, std::less<>>> applied(session& s) {
    auto r = s.run("SELECT name, checksum FROM schema_migrations");
    if (!r)
        return fail(r.error());
    std::map<std::string, std::string, std::less<>> out;
    for (int i = 0; i < PQntuples(r->get()); ++i)
        out.emplace(PQgetvalue(r->get(), i, 0), PQgetvalue(r->get(), i, 1));
    return out;
}

result<> prepare(session& s) {
    if (!s.connected())
        return fail(errc::unavailable, s.complaint());
    auto encoding = s.run("SHOW server_encoding");
    if (!encoding)
        return fail(encoding.error());
    if (std::string_view(PQgetvalue(encoding->get(), 0, 0)) != "UTF8")
        return fail(errc::refused, "the database's encoding must be UTF8");
    auto ready =
        s.run(fmt::format("SET client_min_messages = warning; SELECT pg_advisory_lock({});", lock_key))
            .and_then([&](auto&&) {
                return s.run("CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, checksum "
                             "text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
            });
    if (!ready)
        return fail(ready.error());
    return {};
}

} // namespace

result<int> migrate(const std::string& url, std::span<const migration> all) {
    session s(url); // the lock falls with the session
    if (auto ready = prepare(s); !ready)
        return fail(ready.error());
    auto there = applied(s);
    if (!there)
        return fail(there.error());
    int count = 0;
    for (const auto& m : all) {
        auto known = there->find(m.name);
        if (known == there->end()) {
            if (auto done = apply(s, m); !done)
                return fail(done.error());
            ++count;
            continue;
        }
        const std::string sql(m.sql);
        auto sum = s.run(fmt::format("SELECT {}", checksum), {sql.c_str()});
        if (!sum)
            return fail(sum.error());
        if (known->second != PQgetvalue(sum->get(), 0, 0))
            return fail(errc::refused, fmt::format("migration {} was applied with another text", m.name));
    }
    return count;
}

task<result<bool>> migrations_current(database& db) {
    static const statement missing("SELECT count(*) FROM unnest($1::text[], $2::text[]) AS wanted (name, "
                                   "sql) WHERE NOT EXISTS (SELECT FROM "
                                   "schema_migrations s WHERE s.name = wanted.name AND s.checksum = "
                                   "encode(sha256(convert_to(wanted.sql, "
                                   "'UTF8')), 'hex'))");
    std::vector<std::string> names, texts;
    for (const auto& m : migrations()) {
        names.emplace_back(m.name);
        texts.emplace_back(m.sql);
    }
    parameters p(names, texts);
    auto count = co_await db.query(missing, std::move(p));
    if (!count && is_missing_schema(count.error())) // before the very first migration
        co_return false;
    if (!count)
        co_return fail(count.error());
    co_return count->front().integer(0) == 0;
}

} // namespace mvp::storage
