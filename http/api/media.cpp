// Uploaded pictures. The session sends the file with its type, ranges and validators; what is private is not
// served here.
#include "http/router.hpp"
#include "http/services.hpp"
#include "storage/media/store.hpp"

namespace mvp::http::api {
namespace {

task<result<response>> serve(services& with, request& call) {
    auto file = co_await with.media.open(std::string(call.path_parameters[0]));
    if (!file)
        co_return fail(std::move(file.error()));
    response r;
    r.file = std::move(*file);
    // A stored name is random and its contents never change.
    r.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
    co_return r;
}

constexpr route table[] = {
    {.path = "/media/{path*}",
     .name = "media",
     .by_method = {.get = serve},
     .who = access::ignores_credentials,
     .docs = {.get = doc::gives_file("image/*")}},
};

} // namespace

extern const std::span<const route> media_routes;
const std::span<const route> media_routes = table;

} // namespace mvp::http::api
