#include "http/pagination.hpp"

#include "http/validators.hpp"
#include "storage/model/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace mvp::http {
namespace {

constexpr std::int64_t furthest_page = 1'000'000'000;

/// A whole number as Python reads it; empty if it is none.
std::optional<std::int64_t> integer(std::string_view text) {
    text = strip(text);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    if (text.empty() || text.find_first_not_of("0123456789") != text.npos)
        return std::nullopt;
    std::int64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
        value = std::numeric_limits<std::int64_t>::max();
    return negative ? -value : value;
}

void append_quoted(std::string& out, std::string_view text) {
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) && byte < 0x80)
            out += c;
        else if (std::string_view("_.-~").find(c) != std::string_view::npos)
            out += c;
        else if (c == ' ')
            out += '+';
        else
            out += fmt::format("%{:02X}", byte);
    }
}

void append_link(std::string& out, std::string_view name, const std::string& link) {
    out.append(",\"").append(name).append("\":");
    if (link.empty())
        out += "null";
    else
        append_json_text(out, link);
}

} // namespace

result<page_request> read_page(const query_parameters& query) {
    page_request page;
    if (const auto* size = query.find("page_size"))
        if (const auto number = integer(*size); number && *number > 0)
            page.size = static_cast<int>(std::min<std::int64_t>(*number, largest_page_size));
    const auto* wanted = query.find("page");
    if (!wanted || wanted->empty())
        return page;
    if (*wanted == "last") {
        page.last = true;
        return page;
    }
    const auto number = integer(*wanted);
    if (!number || *number < 1)
        return fail(errc::not_found, "Invalid page.");
    page.number = std::min(*number, furthest_page);
    return page;
}

std::int64_t page_count(std::int64_t rows, int size) {
    return std::max<std::int64_t>(1, (rows + size - 1) / size);
}

result<std::string> page_body(const request& r, const page_request& page, std::int64_t count,
                              std::string_view results) {
    const auto pages = page_count(count, page.size);
    if (page.number > pages)
        return fail(errc::not_found, "Invalid page.");
    std::string body = fmt::format("{{\"count\":{}", count);
    body.reserve(body.size() + results.size() + 300);
    append_link(body, "next", page.number < pages ? page_link(r, page.number + 1) : "");
    append_link(body, "previous", page.number > 1 ? page_link(r, page.number - 1) : "");
    return body.append(",\"results\":").append(results).append("}");
}

std::string page_link(const request& r, std::int64_t number) {
    auto items = r.parameters().all();
    std::erase_if(items, [](const auto& item) { return item.first == "page"; });
    if (number > 1)
        items.emplace_back("page", std::to_string(number));
    std::stable_sort(items.begin(), items.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string link = r.origin();
    link += r.path;
    for (const auto& item : items) {
        link += &item == &items.front() ? '?' : '&';
        append_quoted(link, item.first);
        link += '=';
        append_quoted(link, item.second);
    }
    return link;
}

} // namespace mvp::http
