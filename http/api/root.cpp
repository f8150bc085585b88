// GET /api/: where the collections are.
#include "http/router.hpp"
#include "storage/model/json_text.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace mvp::http::api {
namespace {

// The order in which clients know them; one is shown when its list is routed.
constexpr std::string_view collections[] = {"users",
                                            "cars",
                                            "parts",
                                            "part-categories",
                                            "company-stores",
                                            "part-reviews",
                                            "forum/categories",
                                            "forum/threads",
                                            "forum/responses",
                                            "forum/experts",
                                            "comments",
                                            "comment-replies",
                                            "reviews",
                                            "seller-ratings",
                                            "notifications",
                                            "notification-preferences",
                                            "conversations",
                                            "messages",
                                            "blocked-users",
                                            "orders",
                                            "payments",
                                            "invoices",
                                            "refunds",
                                            "wallets",
                                            "discounts",
                                            "shop-locations"};

bool routed(std::string_view collection) {
    const std::string path = "/api/" + std::string(collection) + "/";
    for (const auto& table : all_routes())
        if (std::any_of(table.begin(), table.end(), [&](const route& r) { return r.path == path; }))
            return true;
    return false;
}

const std::vector<std::string_view>& existing() {
    static const auto found = [] {
        std::vector<std::string_view> names;
        std::copy_if(std::begin(collections), std::end(collections), std::back_inserter(names), routed);
        return names;
    }();
    return found;
}

task<result<response>> root(services&, request& call) {
    std::string body = "{";
    for (const auto name : existing()) {
        if (body.size() > 1)
            body += ',';
        append_json_text(body, name);
        body += ':';
        append_json_text(body,
                         call.origin() + "/api/" + std::string(name) + (call.json_suffix ? ".json" : "/"));
    }
    body += '}';
    co_return response(200, std::move(body));
}

constexpr route table[] = {
    {.path = "/api/",
     .name = "api-root",
     .by_method = {.get = root},
     .who = access::anyone,
     .docs = {.get = doc::gives_links()}},
};

} // namespace

extern const std::span<const route> root_routes;
const std::span<const route> root_routes = table;

} // namespace mvp::http::api
