// The OpenAPI document, and a page that shows it and tries requests. The page's files are part of the program
// (http/docs/); nothing is loaded from elsewhere.
#include "http/answer.hpp"
#include "http/docs/assets.hpp"
#include "http/openapi.hpp"
#include "http/router.hpp"

#include <algorithm>

namespace mvp::http::api {
namespace {

/// Both live as long as the program: every answer shares them.
storage::cached_body_ptr kept(std::string_view bytes) {
    return std::make_shared<const storage::cached_body>(
        storage::cached_body{std::string(bytes), etag_of(bytes)});
}

task<result<response>> schema(services&, request&) {
    static const auto document = kept(openapi_document());
    co_return response(document);
}

response asset(const docs_asset& found) {
    response r;
    r.body = found.bytes;
    r.content_type = found.content_type;
    // The page runs its own scripts only and talks to this server only. The library writes style attributes.
    r.headers.emplace_back("Content-Security-Policy",
                           "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src "
                           "'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                           "frame-ancestors 'none'");
    r.headers.emplace_back("Cache-Control", "public, max-age=3600");
    return r;
}

task<result<response>> docs_file(services&, request& call) {
    const auto all = docs_assets();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const docs_asset& a) { return a.name == call.path_parameters[0]; });
    if (found == all.end())
        co_return fail(errc::not_found, "");
    co_return asset(*found);
}

task<result<response>> docs_page(services&, request&) {
    co_return asset(docs_assets().front());
}

constexpr route table[] = {
    {.path = "/api/schema/",
     .name = "schema",
     .by_method = {.get = schema},
     .who = access::ignores_credentials,
     .docs = {.get = doc::gives_bytes("application/json").about("This document")}},
    {.path = "/api/docs/",
     .name = "docs",
     .by_method = {.get = docs_page},
     .who = access::ignores_credentials,
     .docs = {.get = doc::gives_bytes("text/html").about("This document as a page that tries requests")}},
    {.path = "/api/docs/{path*}",
     .name = "docs-file",
     .by_method = {.get = docs_file},
     .who = access::ignores_credentials,
     .docs = {.get = doc::gives_bytes("*/*").about("A file of that page")}},
};

} // namespace

extern const std::span<const route> schema_routes;
const std::span<const route> schema_routes = table;

} // namespace mvp::http::api
