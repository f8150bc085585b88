#include "http/rest.hpp"

#include "http/validators.hpp"

#include <fmt/format.h>
#include <limits>

namespace mvp::http {
namespace {

/// A field as a filter asks for it: the bounds are for what is written, and no row need be where an id leads.
storage::field_info as_filter(storage::field_info f) {
    f.bounds = {.min = std::numeric_limits<std::int64_t>::min(),
                .max = std::numeric_limits<std::int64_t>::max()};
    if (f.type == storage::kind::reference)
        f.type = storage::kind::id;
    return f;
}

} // namespace

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

std::optional<std::string> read_filter(const request& call, std::string_view name,
                                       const storage::field_info& f, std::vector<field_error>& wrong) {
    const auto given = text_parameter(call, name);
    if (!given)
        wrong.push_back(given.error().fields.front());
    if (!given || strip(*given).empty())
        return std::nullopt;
    auto checked = check_value(as_filter(f), {.is = json_value::type::string, .text = *given});
    if (!checked.complaints.empty())
        wrong.push_back({std::string(name), std::move(checked.complaints)});
    return std::move(checked.text);
}

result<std::optional<std::string>> only_filter(const request& call, const storage::field_info& f) {
    error e{errc::invalid, {}};
    auto value = read_filter(call, f.name, f, e.fields);
    if (!e.fields.empty())
        return fail(std::move(e));
    return value;
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
