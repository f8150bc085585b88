#include "http/ranges.hpp"

#include "http/answer.hpp"
#include "http/clock.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fmt/format.h>
#include <optional>

namespace mvp::http {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return text.empty() || parsed.ec != std::errc{} || parsed.ptr != end ? std::nullopt
                                                                         : std::optional(value);
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
    std::tm parts{};
    const std::string copy(text);
    const char* const end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (!end || *end)
        return {};
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

enum class asked { whole, part, impossible };

/// "bytes=0-99", "bytes=100-", "bytes=-100".
asked read_range(std::string_view header, std::uint64_t size, file_part& out) {
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit))
        return asked::whole;
    const auto range = trimmed(header.substr(unit.size()));
    const auto dash = range.find('-');
    if (dash == range.npos || range.find(',') != range.npos)
        return asked::whole;
    const auto first = number(range.substr(0, dash)), last = number(range.substr(dash + 1));
    if (dash == 0) { // the last so many bytes
        if (!last)
            return asked::whole;
        if (*last == 0 || size == 0)
            return asked::impossible;
        out.length = std::min(*last, size);
        out.first = size - out.length;
        return asked::part;
    }
    if (!first || (!last && dash + 1 != range.size()) || (last && *last < *first))
        return asked::whole;
    if (*first >= size)
        return asked::impossible;
    out.first = *first;
    out.length = std::min(last.value_or(size - 1), size - 1) - *first + 1;
    return asked::part;
}

bool unchanged(const request& call, std::string_view etag, std::chrono::sys_seconds modified) {
    if (!call.known.if_none_match.empty()) // then the date does not count
        return etag_matches(call.known.if_none_match, etag);
    const auto since = parse_http_date(call.header("if-modified-since"));
    return since && modified <= *since;
}

} // namespace

file_part choose_part(const request& call, std::uint64_t size, std::chrono::sys_seconds modified) {
    file_part part;
    part.length = size;
    part.etag = fmt::format("\"{:x}-{:x}\"", size, modified.time_since_epoch().count());
    if (unchanged(call, part.etag, modified)) {
        part.status = 304;
        part.length = 0;
        return part;
    }
    const auto range = call.header("range");
    if (range.empty())
        return part;
    const auto condition = call.header("if-range");
    if (!condition.empty() && condition != part.etag && condition != http_date(modified))
        return part;
    switch (read_range(range, size, part)) {
    case asked::whole:
        break;
    case asked::part:
        part.status = 206;
        part.content_range = fmt::format("bytes {}-{}/{}", part.first, part.first + part.length - 1, size);
        break;
    case asked::impossible:
        part.status = 416;
        part.length = 0;
        part.content_range = fmt::format("bytes */{}", size);
        break;
    }
    return part;
}

} // namespace mvp::http
