#include "http/openapi_refusals.hpp"

namespace mvp::http {
namespace {

using doc::operation;
using content = operation::content;

/// A refusal that any method with the same traits may give.
struct refusal {
    int status;
    std::string_view name, about, schema;
};
constexpr refusal refusals[] = {
    {304, "NotModified", "The client has it already (If-None-Match).", ""},
    {400, "BadRequest", "The body or a parameter is wrong, or the state of things forbids it.", "BadRequest"},
    {401, "Unauthorized", "No token, or one that does not count (any more).", "Refusal"},
    {403, "Forbidden", "The caller may not do this, or is suspended.", "Refusal"},
    {404, "NotFound", "There is no such thing, or none that the caller may see.", "Refusal"},
    {406, "NotAcceptable", "The Accept header asks for something else than JSON.", "Refusal"},
    {413, "TooLarge", "The body is too large.", "Refusal"},
    {415, "UnsupportedMediaType", "The body's type is not understood.", "Refusal"},
    {416, "RangeNotSatisfiable", "The file has no such range.", ""},
    {429, "Throttled", "Too many requests; Retry-After says when to come back.", "Refusal"},
    {503, "Unavailable", "Something that the answer needs is away for the moment.", "Refusal"},
};

bool refuses(int status, const route& r, verb method, const operation& o) {
    const bool in_api = r.path.starts_with("/api/");
    const bool writes = method != verb::get;
    const bool known_caller =
        login_for(r.who, method) != login::none || o.any_of_body; // some bodies hold credentials
    switch (status) {
    case 304:
        return !writes && (in_api || o.answers == content::file);
    case 400:
        return in_api;
    case 401:
    case 403:
        return known_caller;
    case 404:
        return in_api || o.answers == content::file || o.answers == content::bytes;
    case 406:
        return in_api;
    case 413:
    case 415:
        return o.any_of_body;
    case 416:
        return o.answers == content::file;
    case 429:
        return writes || r.counted != limit::automatic;
    case 503:
        return in_api || o.answers == content::file;
    }
    return false;
}

constexpr std::string_view refusal_schemas =
    R"("Refusal":{"description":"What a request is refused with: `detail` by the framework, `error` by a rule of the product.",
"anyOf":[{"type":"object","required":["detail"],"properties":{"detail":{"type":"string"},"code":{"type":"string"},
"messages":{"type":"array","items":{"type":"object","required":["token_class","token_type","message"],
"properties":{"token_class":{"type":"string"},"token_type":{"type":"string"},"message":{"type":"string"}}}}}},
{"type":"object","required":["error"],"properties":{"error":{"type":"string"}}}]},
"FieldErrors":{"description":"The complaints about each field; of a list's items by their place.","type":"object",
"additionalProperties":{"anyOf":[{"type":"array","items":{"type":"string"}},{"$ref":"#/components/schemas/FieldErrors"}]}},
"BadRequest":{"anyOf":[{"$ref":"#/components/schemas/Refusal"},{"$ref":"#/components/schemas/FieldErrors"}]})";

} // namespace

login login_for(access who, verb method) {
    const bool reads = method == verb::get;
    switch (who) {
    case access::ignores_credentials:
        return login::none;
    case access::anyone:
        return login::possible;
    case access::reads_anyone:
    case access::reads_anyone_writes_staff:
        return reads ? login::possible : login::needed;
    case access::posts_anyone:
        return method == verb::post ? login::possible : login::needed;
    case access::user:
    case access::user_by_hand:
    case access::staff:
        return login::needed;
    }
    return login::needed;
}

void write_refusals_of(json_writer& w, const route& r, verb method, const operation& o) {
    for (const auto& known : refusals)
        if (known.status != o.other_status && refuses(known.status, r, method, o))
            w.key(std::to_string(known.status)).object([&] {
                w.member("$ref", "#/components/responses/" + std::string(known.name));
            });
}

void write_refusals(json_writer& w) {
    for (const auto& known : refusals)
        w.key(known.name).object([&] {
            w.member("description", known.about);
            if (known.schema.empty())
                return;
            w.key("content").object([&] {
                w.key("application/json").object([&] {
                    w.key("schema");
                    schema_book::reference(w, known.schema);
                });
            });
        });
}

void write_refusal_schemas(json_writer& w) {
    w.raw(refusal_schemas);
}

} // namespace mvp::http
