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
#include "tests/support/sql.hpp"

#include <atomic>
#include <cstdlib>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace mvp::test {

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

} // namespace mvp::test
