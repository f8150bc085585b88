// Runs the real program for the black-box tests: a throw-away database, a Redis database of its own, a free
// port. Needs MVPBACKEND (the program's path), DATABASE_URL (a server where databases may be made) and
// REDIS_URL.
#pragma once

#include "tests/support/eventually.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/sql.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace mvp::test {

using environment = std::map<std::string, std::string>;

/// What several server processes share: database, Redis database, media folder.
class world {
  public:
    /// `database`: any database of the PostgreSQL to use; `redis`: its URL, whose database number is
    /// replaced.
    explicit world(const std::string& database = test::database_url(), const std::string& redis = {});
    ~world();
    world(const world&) = delete;

    std::string database_url() const { return database_.url(); }
    const std::string& redis_url() const { return redis_url_; }
    const std::filesystem::path& folder() const { return folder_; }
    /// Runs SQL and returns the rows as text ("" for NULL); throws on an error. The parameters are $1, $2, ….
    std::vector<std::vector<std::string>> sql(const std::string& text,
                                              const std::vector<std::string>& parameters = {}) const;

  private:
    scratch_database database_;
    std::string redis_url_;
    std::filesystem::path folder_;
};

inline constexpr char secret_key[] = "a-secret-key-of-the-tests-that-is-long-enough";

class server {
  public:
    /// Migrates (once a world), starts the program and waits until it is ready. `extra` overrides the
    /// environment: RATE_LIMITS=off, ALLOWED_HOSTS=localhost,127.0.0.1, LOG_LEVEL=warning.
    explicit server(environment extra = {}, std::shared_ptr<world> shared = std::make_shared<world>());
    ~server();
    server(const server&) = delete;

    unsigned short port() const { return port_; }
    pid_t pid() const { return pid_; }
    http_client client() const { return http_client(port_); }
    const world& database() const { return *world_; }
    const std::shared_ptr<world>& shared_world() const { return world_; }

    void start();
    /// Sends the signal and waits for the end; the exit code, or -signal when it was killed by one.
    int stop(int signal);
    bool running() const { return pid_ > 0; }

    /// Runs a subcommand of the program in this server's environment; its exit code.
    int run(const std::vector<std::string>& arguments, environment extra = {},
            std::string* output = nullptr) const;

  private:
    environment environment_;
    std::shared_ptr<world> world_;
    unsigned short port_ = 0;
    pid_t pid_ = -1;
};

/// The one that most tests share, started at first use.
server& shared_server();

struct user {
    std::string id, email, access, refresh;
};
inline constexpr char good_password[] = "Str0ng!Passw0rd";

/// Sends a form with one file and nothing else.
reply upload(server& on, std::string_view method, const std::string& path, const std::string& token,
             form_file file);

/// Registers a fresh account ("<name>-<n>@example.com").
user register_user(server& on, std::string_view name = "user", const json::object& extra = {});
/// Logs in again and replaces the tokens.
void log_in(server& on, user& who, std::string_view password = good_password);
/// The superuser of this server (made by createsuperuser at first use).
user superuser(server& on);
/// A member of staff, made by the superuser.
user register_staff(server& on);
/// Makes him a verified seller (verified by staff, seller mode enabled).
void enable_selling(server& on, const user& who);
user register_seller(server& on);
/// A company's account.
user register_company(server& on);

/// The body of a car that passes every check.
json::object car_body(std::string_view title = "2020 Toyota Camry");
/// Creates a car; approves it when asked; its id.
std::string create_car(server& on, const user& seller, bool approved,
                       std::string_view title = "2020 Toyota Camry");

/// The same for a part.
json::object part_body(std::string_view name = "Brake pads");
std::string create_part(server& on, const user& seller, bool approved, std::string_view name = "Brake pads");

} // namespace mvp::test
