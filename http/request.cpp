#include "http/request.hpp"

#include "http/text.hpp"

#include <system_error>

namespace mvp::http {

namespace {
constexpr std::size_t kept_body = 16 * 1024; ///< memory that a connection keeps for its next body
}

query_parameters::query_parameters(std::string_view encoded, std::size_t most) {
    while (!encoded.empty() && items_.size() < most) {
        const auto end = encoded.find('&');
        const auto item = encoded.substr(0, end);
        if (!item.empty()) {
            const auto equals = item.find('=');
            items_.emplace_back(form_decode(item.substr(0, equals)),
                                equals == item.npos ? std::string() : form_decode(item.substr(equals + 1)));
        }
        if (end == encoded.npos)
            break;
        encoded.remove_prefix(end + 1);
    }
}

const std::string* query_parameters::find(std::string_view name) const {
    for (auto item = items_.rbegin(); item != items_.rend(); ++item)
        if (item->first == name)
            return &item->second;
    return nullptr;
}

uploaded_file::uploaded_file(uploaded_file&& from) noexcept {
    *this = std::move(from);
}

uploaded_file& uploaded_file::operator=(uploaded_file&& from) noexcept {
    std::swap(field, from.field);
    std::swap(name, from.name);
    std::swap(content_type, from.content_type);
    std::swap(path, from.path);
    std::swap(size, from.size);
    return *this;
}

uploaded_file::~uploaded_file() {
    std::error_code ignored; // the store may have moved it away
    if (!path.empty())
        std::filesystem::remove(path, ignored);
}

std::string request::header_list(std::string_view lower_case_name) const {
    std::string list;
    for (const auto& [name, value] : headers)
        if (equals_ignoring_case(name, lower_case_name))
            list.append(list.empty() ? "" : ",").append(value);
    return list;
}

std::string_view request::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
        if (equals_ignoring_case(name, lower_case_name))
            return value;
    return {};
}

const query_parameters& request::parameters() const {
    if (!parameters_)
        parameters_.emplace(query);
    return *parameters_;
}

result<uuid> request::id(std::size_t index) const {
    if (auto parsed = uuid::parse(path_parameters.at(index)))
        return *parsed;
    return fail(errc::not_found, "Not found.");
}

void request::reset() {
    method = verb::get;
    method_text = target = path = query = access_token = {};
    head = json_suffix = false;
    headers.clear();
    known = {};
    type = body_type::none;
    if (body.capacity() > kept_body)
        body = std::string();
    else
        body.clear();
    fields = form();
    body_error.reset();
    matched = nullptr;
    path_parameters = {};
    request_id.clear();
    caller.reset();
    parameters_.reset();
}

} // namespace mvp::http
