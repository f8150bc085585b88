// Every setting of the program, once: name, default, help. The environment wins over the TOML file; an
// unknown key in the file or a bad value stops the start and names the key. Only main.cpp and program.cpp
// read this; the rooms get option structs of their own. The table itself is in settings.cpp; the file's keys
// are the names in lower case.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace mvp::config {

struct rate_limit {
    int count = 0;
    std::chrono::seconds per{60};
    bool operator==(const rate_limit&) const = default;
}; ///< written "10/1m", "20/1h"

struct settings {
    std::string listen = "127.0.0.1:8000";
    std::string database_url, redis_url, secret_key;
    bool debug = false;
    std::vector<std::string> allowed_hosts{"localhost", "127.0.0.1", "0.0.0.0"}; ///< lower case
    std::vector<std::string> cors_allowed_origins;
    std::string public_url; ///< without a slash at the end; load() fills in http://LISTEN
    std::filesystem::path media_root = "var/media";
    std::string email_url, email_from, sms_url;
    std::chrono::seconds access_token_lifetime{7 * 86400}, refresh_token_lifetime{30 * 86400};
    bool rate_limits = true;
    rate_limit rate_login{10, std::chrono::seconds{60}}, rate_register{20, std::chrono::seconds{3600}},
        rate_mail{5, std::chrono::seconds{3600}}, rate_write{120, std::chrono::seconds{60}},
        rate_upload{30, std::chrono::seconds{60}};
    rate_limit rate_new_threads{3, std::chrono::hours{24}}, rate_new_posts{10, std::chrono::hours{24}};
    std::size_t flags_to_hide = 3;
    std::vector<std::string> trusted_proxies; ///< IP addresses and networks
    std::string log_format;                   ///< "text" or "json"; empty: text on a terminal, else json
    std::string log_level = "info";
    std::size_t io_threads = 0, worker_threads = 0; ///< 0: from the cores
    std::size_t database_connections = 0;           ///< a loop; 0: from the loops
    std::size_t max_connections = 20'000;           ///< of clients
    std::size_t socket_queue_bytes = 1048576;
    std::vector<std::string> metrics_allow; ///< besides loopback; IP addresses and networks
    std::chrono::seconds head_timeout{10}, body_timeout{30}, idle_timeout{75}, shutdown_timeout{10};
    bool near_cache = true, shared_cache = true;
    std::size_t near_cache_bytes = 64u << 20;

    bool operator==(const settings&) const = default;
};

struct loaded {
    settings values;
    std::map<std::string, std::string> texts;   ///< variable -> its value as written
    std::map<std::string, std::string> sources; ///< variable -> "default", "environment" or the file's name
};

/// `environment`: name -> value; only known names are looked at. The error is one sentence that names the
/// key.
tl::expected<loaded, std::string> load(const std::map<std::string, std::string>& environment,
                                       const std::optional<std::filesystem::path>& file);

/// The variables of this process that the table knows, for load().
std::map<std::string, std::string> process_environment();

/// What `serve` additionally needs: DATABASE_URL, REDIS_URL, and a SECRET_KEY of 32 bytes or more, which
/// DEBUG makes up when there is none. The error is one sentence that names the key.
tl::expected<void, std::string> require_complete(settings& values);
/// What `migrate`, `seed` and `createsuperuser` need: DATABASE_URL.
tl::expected<void, std::string> require_database(const settings& values);

/// One line a setting: NAME = value  (source) help; secrets and passwords in URLs masked.
std::string describe(const loaded& all);

/// Why these settings are unsafe in production, a sentence each that begins with the key; empty: none.
std::vector<std::string> deployment_warnings(const settings& values);

} // namespace mvp::config
