#include "config/table.hpp"

#include <array>
#include <filesystem>

namespace mvp::config {
namespace {

/// The setter of one member: parse, then assign.
template <class T, class Parse>
std::function<parsed<void>(settings&, std::string_view)> into(T settings::*member, Parse parse) {
    return [member, parse](settings& values, std::string_view text) -> parsed<void> {
        auto value = parse(text);
        if (!value)
            return tl::unexpected(std::move(value.error()));
        values.*member = std::move(*value);
        return {};
    };
}

parsed<std::string> as_is(std::string_view text) {
    return std::string(text);
}

parsed<std::string> mail_address(std::string_view text) {
    const auto at = text.find('@');
    const bool whole = at != std::string_view::npos && at > 0 && at + 1 < text.size();
    if (!text.empty() && (!whole || text.find_first_of("\r\n") != std::string_view::npos))
        return tl::unexpected(std::string("must be an e-mail address such as noreply@example.com"));
    return std::string(text);
}

parsed<std::filesystem::path> folder(std::string_view text) {
    if (text.empty())
        return tl::unexpected(std::string("must be a folder"));
    return std::filesystem::path(text);
}

/// Empty is allowed: chosen by where the output goes.
parsed<std::string> log_format(std::string_view text) {
    static constexpr std::array<std::string_view, 2> formats{"text", "json"};
    return text.empty() ? parsed<std::string>("") : parse_choice(text, formats);
}

parsed<std::string> log_level(std::string_view text) {
    static constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};
    return parse_choice(text, levels);
}

template <std::size_t N> auto url(std::array<std::string_view, N> schemes) {
    return [schemes](std::string_view text) { return parse_url(text, schemes); };
}

auto count(std::size_t least, std::size_t most) {
    return [least, most](std::string_view text) { return parse_count(text, least, most); };
}

/// Less than 3 leaves none for writes.
parsed<std::size_t> connections(std::string_view text) {
    auto given = parse_count(text, 0, 1000);
    return given && *given > 0 ? parse_count(text, 3, 1000) : given;
}

/// A frame must fit.
parsed<std::size_t> socket_queue(std::string_view text) {
    auto given = parse_size(text);
    if (given && *given < 64 * 1024)
        return tl::unexpected(std::string("must be 64KiB or more"));
    return given;
}

using std::array;
using sv = std::string_view;
using enum entry::shown;

const array all{
    entry{"LISTEN", "127.0.0.1:8000", "address:port to serve on; several processes may share one port",
          into(&settings::listen, parse_listen)},
    entry{"DATABASE_URL", "", "PostgreSQL, a libpq URL; required",
          into(&settings::database_url, url(array<sv, 2>{"postgresql", "postgres"})), as_url},
    entry{"REDIS_URL", "", "redis://host:port/db or unix:///path?db=N; required",
          into(&settings::redis_url, url(array<sv, 2>{"redis", "unix"})), as_url},
    entry{"SECRET_KEY", "", "signs tokens and links; required, 32 bytes or more (DEBUG=true makes one up)",
          into(&settings::secret_key, as_is), never},
    entry{"DEBUG", "false", "for development: makes up a missing SECRET_KEY",
          into(&settings::debug, parse_flag)},
    entry{"ALLOWED_HOSTS", "localhost,127.0.0.1,0.0.0.0",
          "Host headers that are served; .example.com also means all below it, * any",
          into(&settings::allowed_hosts, parse_hosts)},
    entry{"CORS_ALLOWED_ORIGINS", "", "origins whose browsers may call with credentials; *: any, without",
          into(&settings::cors_allowed_origins, parse_origins)},
    entry{"PUBLIC_URL", "",
          "where clients reach the site, for links in mails (see below); default http://LISTEN",
          into(&settings::public_url, parse_public_url)},
    entry{"MEDIA_ROOT", "var/media", "folder of the uploaded files", into(&settings::media_root, folder)},
    entry{"EMAIL_URL", "", "smtp://user:password@host:port or smtps://…; empty: mails stay in the table",
          into(&settings::email_url, url(array<sv, 2>{"smtp", "smtps"})), as_url},
    entry{"EMAIL_FROM", "", "sender of mails", into(&settings::email_from, mail_address)},
    entry{"ACCESS_TOKEN_LIFETIME", "7d", "how long an access token lives",
          into(&settings::access_token_lifetime, parse_duration)},
    entry{"REFRESH_TOKEN_LIFETIME", "30d", "how long a refresh token lives",
          into(&settings::refresh_token_lifetime, parse_duration)},
    entry{"RATE_LIMITS", "on", "off for load tests", into(&settings::rate_limits, parse_flag)},
    entry{"RATE_LOGIN", "10/1m", "log-ins and tokens per address and e-mail",
          into(&settings::rate_login, parse_rate)},
    entry{"RATE_REGISTER", "20/1h", "registrations per address", into(&settings::rate_register, parse_rate)},
    entry{"RATE_MAIL", "5/1h", "password reset and verification mails per account",
          into(&settings::rate_mail, parse_rate)},
    entry{"RATE_WRITE", "120/1m", "writes per user", into(&settings::rate_write, parse_rate)},
    entry{"RATE_UPLOAD", "30/1m", "uploads per user", into(&settings::rate_upload, parse_rate)},
    entry{"RATE_NEW_THREADS", "3/24h",
          "forum threads of a user, as long as his account is no older than that",
          into(&settings::rate_new_threads, parse_rate)},
    entry{"RATE_NEW_POSTS", "10/24h",
          "responses, comments and replies of a user, as long as his account is no older than that",
          into(&settings::rate_new_posts, parse_rate)},
    entry{"FLAGS_TO_HIDE", "3", "how many users hide something by flagging it, until staff decide",
          into(&settings::flags_to_hide, count(1, 1000))},
    entry{"TRUSTED_PROXIES", "",
          "addresses and networks whose X-Forwarded-For, -Proto and -Host are believed",
          into(&settings::trusted_proxies, parse_networks)},
    entry{"SMS_URL", "", "gateway that takes POST {\"to\",\"text\"}; empty: codes stay in the table",
          into(&settings::sms_url, url(array<sv, 2>{"http", "https"})), as_url},
    entry{"LOG_FORMAT", "", "text or json; empty: text on a terminal, else json",
          into(&settings::log_format, log_format)},
    entry{"LOG_LEVEL", "info", "debug, info, warning or error", into(&settings::log_level, log_level)},
    entry{"IO_THREADS", "0", "event loops; 0: one a core", into(&settings::io_threads, count(0, 1024))},
    entry{"WORKER_THREADS", "0", "threads for password hashing and pictures; 0: from the cores",
          into(&settings::worker_threads, count(0, 1024))},
    entry{"DATABASE_CONNECTIONS", "0",
          "PostgreSQL connections per event loop, 2 of them for reads; 0: 2 a loop and 64 in all for writes",
          into(&settings::database_connections, connections)},
    entry{"MAX_CONNECTIONS", "20000",
          "open connections of clients to a process; who comes beyond them gets 503",
          into(&settings::max_connections, count(1, 1'000'000))},
    entry{"SOCKET_QUEUE_BYTES", "1048576", "what may wait per WebSocket before it is closed; 64KiB or more",
          into(&settings::socket_queue_bytes, socket_queue)},
    entry{"METRICS_ALLOW", "",
          "addresses and networks besides loopback that may read /metrics; a trusted proxy's own address "
          "counts only here",
          into(&settings::metrics_allow, parse_networks)},
    entry{"HEAD_TIMEOUT", "10s", "time for the head of a request",
          into(&settings::head_timeout, parse_duration)},
    entry{"BODY_TIMEOUT", "30s", "time for the body of a request",
          into(&settings::body_timeout, parse_duration)},
    entry{"IDLE_TIMEOUT", "75s", "time between the requests of a connection",
          into(&settings::idle_timeout, parse_duration)},
    entry{"SHUTDOWN_TIMEOUT", "10s", "time for what is in flight when the server is asked to stop",
          into(&settings::shutdown_timeout, parse_duration)},
    entry{"NEAR_CACHE", "on", "keep finished answers in this process",
          into(&settings::near_cache, parse_flag)},
    entry{"SHARED_CACHE", "on", "keep finished answers in Redis", into(&settings::shared_cache, parse_flag)},
    entry{"NEAR_CACHE_BYTES", "64MiB", "bound of the answers kept in this process",
          into(&settings::near_cache_bytes, parse_size)},
};

} // namespace

std::span<const entry> table() {
    return all;
}

} // namespace mvp::config
