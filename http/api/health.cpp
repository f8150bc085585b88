// Whether the process lives, whether it can serve, and what it counts.
#include "http/hosts.hpp"
#include "http/metrics.hpp"
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/cache.hpp"
#include "storage/migrate.hpp"
#include "storage/redis/client.hpp"

namespace mvp::http::api {
namespace {

task<result<response>> alive(services&, request&) {
    co_return response(200, R"({"status":"ok"})");
}

task<result<response>> ready(services& with, request&) {
    const auto current = co_await storage::migrations_current(with.db);
    if (!current || !with.db.available() || !co_await with.db.takes_writes())
        co_return response(503, R"({"status":"unavailable","missing":["postgresql"]})");
    if (!*current)
        co_return response(503, R"({"status":"unavailable","missing":["migrations"]})");
    const bool redis = with.redis.connected() && with.cache.trusted();
    co_return response(200, redis ? R"({"status":"ready"})" : R"({"status":"ready","degraded":["redis"]})");
}

task<result<response>> counts(services& with, request& call) {
    boost::system::error_code wrong;
    const auto address = boost::asio::ip::make_address(call.remote_address, wrong);
    // A proxy on this machine that does not say for whom it asks may ask for anybody.
    const bool local =
        !wrong && call.client_known && (address.is_loopback() || networks({"127.0.0.0/8"}).contain(address));
    if (!local && !networks(with.options.metrics_allow).contain(call.remote_address))
        co_return fail(errc::not_found, "");
    response answer(200, with.metrics.text());
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return answer;
}

constexpr route table[] = {
    {.path = "/healthz",
     .name = "healthz",
     .by_method = {.get = alive},
     .who = access::ignores_credentials,
     .docs = {.get = doc::gives(doc::text("status"))}},
    {.path = "/readyz",
     .name = "readyz",
     .by_method = {.get = ready},
     .who = access::ignores_credentials,
     .docs = {.get = doc::gives(doc::text("status"), doc::texts("missing").or_none(),
                                doc::texts("degraded").or_none())
                         .or_with(503)}},
    {.path = "/metrics",
     .name = "metrics",
     .by_method = {.get = counts},
     .who = access::ignores_credentials,
     .docs = {.get = doc::gives_bytes("text/plain")}},
};

} // namespace

extern const std::span<const route> health_routes;
const std::span<const route> health_routes = table;

} // namespace mvp::http::api
