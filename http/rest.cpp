#include "http/rest.hpp"

#include <fmt/format.h>

namespace mvp::http {

storage::viewer viewer_of(const request& call) {
    return call.caller ? storage::viewer(call.caller->id, call.caller->is_staff) : storage::viewer();
}

view view_for(const request& call, std::string_view origin) {
    view to;
    to.logged_in = call.caller != nullptr;
    to.origin = origin;
    return to;
}

std::string ordering_of(const request& call) {
    const auto* given = call.parameters().find("ordering");
    return given ? *given : std::string();
}

error no_such(const storage::resource& of) {
    return {errc::not_found, fmt::format("No {} matches the given query.", of.name)};
}

result<response> page_answer(const request& call, const page_request& page, const storage::page& found,
                             storage::shape shown, const view& to) {
    std::string results;
    results.reserve(found.items.size() * 512);
    append_array(results, shown, found.items, to, static_cast<std::size_t>(page.size), found.inner);
    auto body = page_body(call, page, found.count, results);
    if (!body)
        return fail(std::move(body.error()));
    return response(200, std::move(*body));
}

bool page_asked(const request& call) {
    return call.parameters().find("page") || call.parameters().find("page_size");
}

result<std::string> text_parameter(const request& call, std::string_view name) {
    const auto* given = call.parameters().find(name);
    if (!given)
        return std::string();
    if (given->find('\0') != given->npos)
        return fail(error::invalid(std::string(name), "Null characters are not allowed."));
    return *given;
}

result<std::optional<uuid>> id_parameter(const request& call, std::string_view name) {
    const auto* given = call.parameters().find(name);
    if (!given || given->empty())
        return std::optional<uuid>();
    const auto id = uuid::parse(*given);
    if (!id)
        return fail(error::invalid(std::string(name), "Must be a valid UUID."));
    return id;
}

result<uuid> needed_id_parameter(const request& call, std::string_view name) {
    const auto id = id_parameter(call, name);
    if (!id)
        return fail(id.error());
    if (!*id)
        return fail(errc::refused, fmt::format("{} parameter required", name));
    return **id;
}

result<std::optional<uuid>> id_in_body(const inputs& body, std::string_view name) {
    const auto* given = body.object.find(name);
    const bool is_text = given && given->is == json_value::type::string;
    if (!given || given->is == json_value::type::null || (is_text && given->text.empty()))
        return std::optional<uuid>();
    const auto id = is_text ? uuid::parse(given->text) : std::nullopt;
    if (!id)
        return fail(error::invalid(std::string(name), "Must be a valid UUID."));
    return id;
}

} // namespace mvp::http
