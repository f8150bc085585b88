// Builds the rooms on each other, runs them until a signal, and takes them down in the opposite order.
#include "program.hpp"
#include "serve_metrics.hpp"

#include "actors/announcer.hpp"
#include "actors/drainer.hpp"
#include "actors/event_relay.hpp"
#include "actors/inboxes.hpp"
#include "actors/mailer.hpp"
#include "actors/moderators.hpp"
#include "actors/ratings.hpp"
#include "actors/scheduler.hpp"
#include "actors/sender.hpp"
#include "http/api/mails.hpp"
#include "http/auth/authenticate.hpp"
#include "http/auth/tokens.hpp"
#include "http/metrics.hpp"
#include "http/server.hpp"
#include "http/services.hpp"
#include "http/throttle.hpp"
#include "storage/accounts.hpp"
#include "storage/cache.hpp"
#include "storage/cleaning.hpp"
#include "storage/invalidation.hpp"
#include "storage/log.hpp"
#include "storage/loop.hpp"
#include "storage/mail/smtp.hpp"
#include "storage/mails.hpp"
#include "storage/media/store.hpp"
#include "storage/postgres/database.hpp"
#include "storage/rate_limiter.hpp"
#include "storage/redis/client.hpp"
#include "storage/redis/protocol.hpp"
#include "storage/text_messages.hpp"
#include "storage/worker_pool.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <pthread.h>
#include <random>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace mvp::program {
namespace {

std::size_t cores() {
    return std::max(1u, std::thread::hardware_concurrency());
}

/// Every connection is a descriptor: as many as the system lets us have.
void raise_descriptor_limit() {
    rlimit bound{};
    if (getrlimit(RLIMIT_NOFILE, &bound) == 0 && bound.rlim_cur < bound.rlim_max) {
        bound.rlim_cur = bound.rlim_max;
        setrlimit(RLIMIT_NOFILE, &bound);
    }
}

/// Blocks the signals that end the program, in this thread and those that it starts; wait() takes them.
class ending {
  public:
    ending() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    int wait() const {
        int which = 0;
        sigwait(&signals_, &which);
        return which;
    }

  private:
    sigset_t signals_;
};

bool json_log(const config::settings& values) {
    return values.log_format.empty() ? isatty(STDOUT_FILENO) == 0 : values.log_format == "json";
}

storage::rate rate(const config::rate_limit& limit) {
    return {limit.count, limit.per};
}

storage::rate_limiter_options limiter_options(const config::settings& v) {
    storage::rate_limiter_options o;
    o.enabled = v.rate_limits;
    o.login = rate(v.rate_login);
    o.registration = rate(v.rate_register);
    o.mail = rate(v.rate_mail);
    o.write = rate(v.rate_write);
    o.upload = rate(v.rate_upload);
    o.new_threads = rate(v.rate_new_threads);
    o.new_posts = rate(v.rate_new_posts);
    return o;
}

storage::database_options database_options(const config::settings& v) {
    storage::database_options o;
    o.url = v.database_url;
    o.connections_per_loop = v.database_connections;
    return o;
}

storage::cache_options cache_options(const config::settings& v) {
    storage::cache_options o;
    o.near = v.near_cache;
    o.shared = v.shared_cache;
    o.near_bytes = v.near_cache_bytes;
    return o;
}

http::service_options service_options(const config::settings& v) {
    http::service_options o;
    o.public_url = v.public_url;
    o.debug = v.debug;
    o.flags_to_hide = static_cast<int>(v.flags_to_hide);
    o.metrics_allow = v.metrics_allow;
    o.socket_queue_bytes = v.socket_queue_bytes;
    return o;
}

http::server_options server_options(const config::settings& v) {
    http::server_options o;
    o.bounds.connections = v.max_connections;
    o.bounds.head_time = v.head_timeout;
    o.bounds.body_time = v.body_timeout;
    o.bounds.idle_time = v.idle_timeout;
    o.bounds.stop_time = v.shutdown_timeout;
    o.dispatch.allowed_hosts = v.allowed_hosts;
    o.dispatch.cors_origins = v.cors_allowed_origins;
    o.dispatch.trusted_proxies = v.trusted_proxies;
    o.dispatch.authenticate = http::authenticate;
    o.dispatch.throttle = http::throttle;
    o.log.json = json_log(v);
    o.log.enabled = v.log_level == "trace" || v.log_level == "debug" || v.log_level == "info";
    return o;
}

/// Sends on the worker pool: libcurl blocks.
template <class Message, class Server> auto on(worker_pool& workers, Server server) {
    return [&workers, server](Message message) -> task<result<>> {
        return workers.run([server, message = std::move(message)] { return server.send(message); });
    };
}

/// Any number of processes that were started at one moment do not clean at one moment.
std::chrono::milliseconds about_an_hour() {
    std::random_device chance;
    return std::chrono::minutes(50) + std::chrono::milliseconds(chance() % 1'200'000);
}

/// What stands in settings that cannot be used, beyond their form.
std::optional<std::string> unusable(const config::settings& values) {
    if (auto redis = storage::redis::parse_url(values.redis_url); !redis)
        return "REDIS_URL is " + redis.error() + ".";
    std::error_code wrong;
    std::filesystem::create_directories(values.media_root, wrong);
    if (wrong)
        return fmt::format("MEDIA_ROOT ({}) cannot be made: {}.", values.media_root.string(),
                           wrong.message());
    return {};
}

template <class T> bool got(std::optional<T>& into, result<T> made) {
    if (!made)
        fmt::print(stderr, "mvpbackend: {}\n", made.error().text);
    else
        into.emplace(std::move(*made));
    return into.has_value();
}

} // namespace

int serve(const config::settings& values) {
    const ending end; // before any thread starts
    raise_descriptor_limit();
    if (auto wrong = unusable(values)) {
        fmt::print(stderr, "mvpbackend: {}\n", *wrong);
        return 2;
    }
    log::start({json_log(values), values.log_level});

    std::optional<storage::mailing::smtp_sender> smtp;
    if (!values.email_url.empty() &&
        !got(smtp, storage::mailing::smtp_sender::create(values.email_url, values.email_from)))
        return 2;
    std::optional<storage::mailing::sms_gateway> sms;
    if (!values.sms_url.empty() && !got(sms, storage::mailing::sms_gateway::create(values.sms_url)))
        return 2;

    loops all(values.io_threads ? values.io_threads : cores());
    // First: an exception finds no actors yet, which end on running loops only.
    http::listening_sockets sockets(all, values.listen);
    worker_pool workers(values.worker_threads ? values.worker_threads : cores(), 1024);
    storage::database db(all, database_options(values));
    storage::redis::client redis(all, values.redis_url);
    storage::cache cache(redis, cache_options(values));
    storage::accounts accounts(db, cache);
    storage::rate_limiter limiter(redis, limiter_options(values));
    storage::media::store media(workers, values.media_root);
    actors::system actors(all);
    actors::inboxes inboxes(actors, db, redis);
    actors::ratings ratings(actors, db, cache);
    actors::moderators moderators(actors, db, {.any_number = !values.rate_limits});
    actors::relay relay(actors, db, inboxes, [&db, &cache](std::vector<storage::event_subject> about) {
        return storage::invalidate(db, cache, std::move(about));
    });
    actors::announcer announcer(actors, db, inboxes);
    http::signed_tokens links(values.secret_key);
    storage::mail_links mail_links;
    mail_links.public_url = values.public_url;
    mail_links.unsubscribe = [&links, &values](const uuid& user, const std::vector<std::string>& types) {
        return http::api::unsubscribe_link(links, values.public_url, user, types);
    };
    actors::mailer mailer(actors, db, std::move(mail_links));
    std::optional<actors::sender> mails, text_messages;
    if (smtp)
        mails.emplace(actors, db, "mails", [&db, send = on<storage::mailing::outgoing>(workers, *smtp)] {
            return storage::deliver_mail(db, send);
        });
    if (sms)
        text_messages.emplace(actors, db, "text_messages",
                              [&db, send = on<storage::mailing::text_message>(workers, *sms)] {
                                  return storage::deliver_text_message(db, send);
                              });
    actors::drainer cleaner(actors, "cleaner", [&db] { return storage::clean(db); },
                            {.tick = about_an_hour()});
    http::tokens tokens(values.secret_key, {values.access_token_lifetime, values.refresh_token_lifetime});
    http::metrics metrics;
    http::services services{db,      cache,   accounts,   redis,  limiter, media,   workers,
                            inboxes, ratings, moderators, tokens, links,   metrics, service_options(values)};
    register_metrics(metrics, db, cache, workers, actors, inboxes, relay);
    register_metrics(metrics, ratings);
    register_mail_metrics(metrics, mailer, announcer, mails, text_messages);
    register_metrics(metrics, moderators);
    http::server server(all, std::move(sockets), services, metrics, http::all_routes(),
                        server_options(values));

    all.start();
    db.start();
    redis.start();
    server.start();
    log::info("serving on http://{}", values.listen);

    const int signal = end.wait();
    log::info("stopping: {}", signal == SIGTERM ? "SIGTERM" : "SIGINT");
    server.stop();
    relay.stop();
    announcer.stop();
    mailer.stop();
    if (mails)
        mails->stop();
    if (text_messages)
        text_messages->stop();
    cleaner.stop();
    moderators.stop();
    inboxes.stop();
    ratings.stop();
    actors.stop();
    redis.stop();
    db.stop();
    all.stop_and_join();
    log::stop();
    return 0;
}

} // namespace mvp::program
