// A PostgreSQL server of the test's own, to be stopped, killed and started at will.
#pragma once

#include "tests/support/free_port.hpp"
#include "tests/support/sql.hpp"

#include <filesystem>
#include <pwd.h>

namespace mvp::test {

class cluster {
  public:
    cluster() {
        std::string pattern = (std::filesystem::temp_directory_path() / "cluster-XXXXXX").string();
        if (!mkdtemp(pattern.data()))
            throw std::runtime_error("mkdtemp");
        folder_ = pattern;
        if (geteuid() == 0) { // PostgreSQL refuses to run as root
            passwd* user = getpwnam("postgres");
            if (!user || chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
                throw std::runtime_error("no user postgres");
            as_ = "cd / && setpriv --reuid=postgres --regid=postgres --init-groups ";
        }
        for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql"))
            programs_ = version.path() / "bin";
        port_ = free_port();
        run("initdb -D " + folder_ + "/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync");
        start();
    }
    cluster(const cluster&) = delete;
    cluster& operator=(const cluster&) = delete;
    ~cluster() {
        if (running_)
            stop("immediate");
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    void start() {
        run("pg_ctl -D " + folder_ + "/data -l " + folder_ +
            "/log -w start -o \"-c listen_addresses=127.0.0.1 -p " + std::to_string(port_) + " -k " +
            folder_ + " -c fsync=off -c max_connections=40\"");
        running_ = true;
    }
    /// "immediate" is what a crash looks like, "fast" an orderly restart.
    void stop(const std::string& mode) {
        run("pg_ctl -D " + folder_ + "/data -m " + mode + " -w stop");
        running_ = false;
    }

    std::string url(const std::string& user = "postgres") const {
        return "postgresql://" + user + "@/postgres?host=" + folder_ + "&port=" + std::to_string(port_);
    }
    std::string tcp_url() const {
        return "postgresql://postgres@localhost:" + std::to_string(port_) + "/postgres";
    }
    std::string sql(const std::string& text) const { return run_sql(url(), text); }

  private:
    void run(const std::string& command) {
        // The server inherits no descriptor of the test's.
        std::string line = as_ + programs_ + "/" + command + " >/dev/null 2>&1 </dev/null";
        if (std::system(line.c_str()) != 0)
            throw std::runtime_error("failed: " + line);
    }

    std::string folder_, as_, programs_;
    int port_ = 0;
    bool running_ = false;
};

} // namespace mvp::test
