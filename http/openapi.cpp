#include "http/openapi.hpp"

#include "http/openapi_operations.hpp"
#include "http/openapi_refusals.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace mvp::http {
namespace {

using doc::operation;

struct tag {
    std::string_view name, about;
};
/// The first part of a path behind /api/; what is no part of the API is "service".
constexpr tag tags[] = {
    {"token", "Obtaining, refreshing and ending tokens."},
    {"users", "Accounts: registration, log-in, profiles, verification, suspension."},
    {"cars", "Cars for sale."},
    {"parts", "Parts for sale."},
    {"part-categories", "The tree of kinds of parts."},
    {"company-stores", "Companies' shop windows."},
    {"part-reviews", "What buyers say of parts."},
    {"forum", "Categories, threads, responses and experts."},
    {"comments", "Comments on anything."},
    {"comment-replies", "Replies to comments."},
    {"reviews", "What buyers say of sellers."},
    {"seller-ratings", "What the reviews of a seller add up to."},
    {"notifications", "What a user is told."},
    {"notification-preferences", "How a user wants to be told."},
    {"moderation", "What waits for staff to decide."},
    {"announcements", "Messages of staff to everybody."},
    {"service", "About the server itself."},
};

std::string_view tag_of(std::string_view path) {
    constexpr std::string_view api = "/api/";
    if (path.starts_with(api)) {
        const auto rest = path.substr(api.size());
        const auto name = rest.substr(0, rest.find('/'));
        if (std::any_of(std::begin(tags), std::end(tags), [&](const tag& t) { return t.name == name; }))
            return name;
    }
    return "service";
}

struct method {
    verb name;
    std::string_view key; ///< in the document
    handler handlers::*run;
    operation doc::operations::*described;
    std::string_view suffix, list_suffix; ///< of an operation's name
};
constexpr method methods[] = {
    {verb::get, "get", &handlers::get, &doc::operations::get, "retrieve", "list"},
    {verb::post, "post", &handlers::post, &doc::operations::post, "create", "create"},
    {verb::put, "put", &handlers::put, &doc::operations::put, "update", "replace"},
    {verb::patch, "patch", &handlers::patch, &doc::operations::patch, "partial_update", "partial_update"},
    {verb::delete_, "delete", &handlers::del, &doc::operations::del, "destroy", "destroy"},
};

/// Calls `each(route, method, operation)` for all that is routed.
template <class F> void for_each_operation(std::span<const std::span<const route>> tables, F each) {
    for (const auto& table : tables)
        for (const route& r : table)
            for (const method& m : methods)
                if (r.by_method.*m.run || (r.docs.*m.described).described())
                    each(r, m, r.docs.*m.described);
}

/// The paths in the order of the tables, each with its operations: several routes may share one.
struct described_path {
    std::string path;
    std::vector<std::pair<const route*, const method*>> operations;
};
std::vector<described_path> by_path(std::span<const std::span<const route>> tables) {
    std::vector<described_path> paths;
    for_each_operation(tables, [&](const route& r, const method& m, const operation&) {
        const auto path = openapi_path(r.path);
        auto at = std::find_if(paths.begin(), paths.end(), [&](const auto& p) { return p.path == path; });
        if (at == paths.end())
            at = paths.insert(paths.end(), {path, {}});
        at->operations.emplace_back(&r, &m);
    });
    return paths;
}

std::string place_of(const route& r, const method& m) {
    return fmt::format("{} {}", boost::beast::http::to_string(m.name), r.path);
}

void write_tags(json_writer& w, const std::vector<described_path>& paths) {
    for (const auto& t : tags) {
        const auto used = [&](const described_path& p) { return tag_of(p.path) == t.name; };
        if (std::any_of(paths.begin(), paths.end(), used))
            w.object([&] {
                w.member("name", t.name);
                w.member("description", t.about);
            });
    }
}

constexpr std::string_view about =
    "Cars, parts and a community around them. Bodies may be JSON or forms; in a form an empty text stands "
    "for "
    "null. "
    "`fields=id,title` in the query of a GET selects the keys of the rows that it answers. Live "
    "notifications come through a WebSocket at /ws/notifications/.";

} // namespace

std::string openapi_path(std::string_view path) {
    std::string out(path);
    if (const auto star = out.find("*}"); star != out.npos)
        out.erase(star, 1);
    return out;
}

std::string operation_id(const route& of, verb name) {
    std::string_view base = of.name;
    const bool list = base.ends_with("-list");
    const bool detail = base.ends_with("-detail");
    if (list || detail)
        base.remove_suffix(list ? std::string_view("-list").size() : std::string_view("-detail").size());
    std::string id(base);
    const auto several = std::count_if(std::begin(methods), std::end(methods),
                                       [&](const method& m) { return of.by_method.*m.run != nullptr; });
    if (list || detail || several > 1)
        for (const method& m : methods)
            if (m.name == name)
                id.append("-").append(list ? m.list_suffix : m.suffix);
    std::replace(id.begin(), id.end(), '-', '_');
    return id;
}

std::vector<std::string> undescribed(std::span<const std::span<const route>> tables) {
    std::vector<std::string> found;
    for_each_operation(tables, [&](const route& r, const method& m, const operation& o) {
        if (!o.described() || !(r.by_method.*m.run))
            found.push_back(place_of(r, m));
    });
    return found;
}

std::vector<std::string> nameless(std::span<const std::span<const route>> tables) {
    std::vector<std::string> found;
    for_each_operation(tables, [&](const route& r, const method& m, const operation& o) {
        const bool wanting = std::any_of(o.keys.begin(), o.keys.end(), [](const auto& k) {
            return !k.named.shown.empty() && name_of(k.named.shown).empty();
        });
        if (wanting || (!o.shown.empty() && name_of(o.shown).empty()))
            found.push_back(place_of(r, m));
    });
    return found;
}

std::string openapi_document(std::span<const std::span<const route>> tables) {
    if (const auto missing = undescribed(tables); !missing.empty())
        throw std::logic_error("no description of " + missing.front());
    const auto paths = by_path(tables);
    schema_book book;
    json_writer w;
    w.object([&] {
        w.member("openapi", "3.1.0");
        w.key("info").object([&] {
            w.member("title", "mvpBackend");
            w.member("version", MVP_VERSION);
            w.member("description", about);
            w.key("contact").raw(R"({"name":"mvpBackend"})");
            w.key("license").raw(R"({"name":"MIT","identifier":"MIT"})");
        });
        w.key("servers").raw(R"([{"url":"/"}])");
        w.key("tags").array([&] { write_tags(w, paths); });
        w.key("paths").object([&] {
            for (const auto& p : paths)
                w.key(p.path).object([&] {
                    for (const auto& [r, m] : p.operations) {
                        w.key(m->key);
                        write_operation(w, book, *r, m->name, r->docs.*m->described, tag_of(p.path));
                    }
                });
        });
        w.key("components").object([&] {
            w.key("securitySchemes")
                .raw(R"({"bearer":{"type":"http","scheme":"bearer","bearerFormat":"JWT"}})");
            w.key("responses").object([&] { write_refusals(w); });
            w.key("schemas").object([&] {
                write_refusal_schemas(w);
                book.write_components(w);
            });
        });
    });
    return w.take();
}

const std::string& openapi_document() {
    static const std::string made = openapi_document(all_routes());
    return made;
}

} // namespace mvp::http
