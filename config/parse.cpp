#include "config/parse.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mvp::config {
namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string_view text) {
    std::string made(text);
    std::ranges::transform(made, made.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return made;
}

bool has_blank_or_control(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return value;
}

/// A number and the unit behind it.
std::pair<std::optional<std::uint64_t>, std::string_view> with_unit(std::string_view text) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return {whole_number(text.substr(0, digits)), trim(text.substr(digits))};
}

/// The address as the system writes it, so that texts can be compared; nothing if it is none.
std::optional<std::string> canonical_address(const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    std::array<char, INET6_ADDRSTRLEN> written{};
    for (const int family : {AF_INET, AF_INET6})
        if (inet_pton(family, text.c_str(), bytes.data()) == 1)
            return inet_ntop(family, bytes.data(), written.data(), written.size());
    return std::nullopt;
}

/// "10.0.0.1", "10.0.0.0/8", "2001:db8::/32", with the address in the system's spelling.
std::optional<std::string> canonical_network(const std::string& text) {
    const auto slash = text.find('/');
    auto address = canonical_address(text.substr(0, slash));
    if (!address || slash == std::string::npos)
        return address;
    const auto bits = whole_number(std::string_view(text).substr(slash + 1));
    if (!bits || *bits > (address->find(':') == std::string::npos ? 32u : 128u))
        return std::nullopt;
    return fmt::format("{}/{}", *address, *bits);
}

bool is_host_name(std::string_view text) {
    if (text.starts_with('['))
        return text.ends_with(']') &&
               canonical_address(std::string(text.substr(1, text.size() - 2))).has_value();
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

/// "host" or "host:port" of a URL.
bool is_authority(std::string_view text) {
    const auto bracket = text.rfind(']');
    const auto colon = text.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        const auto port = whole_number(text.substr(colon + 1));
        if (!port || *port > 65535)
            return false;
        text = text.substr(0, colon);
    }
    return is_host_name(lower(text));
}

} // namespace

parsed<bool> parse_flag(std::string_view text) {
    const std::string word = lower(trim(text));
    if (word == "true" || word == "on" || word == "yes" || word == "1")
        return true;
    if (word == "false" || word == "off" || word == "no" || word == "0")
        return false;
    return tl::unexpected(std::string("must be true or false (on and off will do)"));
}

parsed<std::size_t> parse_count(std::string_view text, std::size_t least, std::size_t most) {
    const auto value = whole_number(trim(text));
    if (!value || *value < least || *value > most)
        return tl::unexpected(fmt::format("must be a whole number from {} to {}", least, most));
    return *value;
}

parsed<std::size_t> parse_size(std::string_view text) {
    const auto [number, unit] = with_unit(trim(text));
    int shift = -1;
    if (unit.empty() || unit == "B")
        shift = 0;
    else if (unit == "KiB")
        shift = 10;
    else if (unit == "MiB")
        shift = 20;
    else if (unit == "GiB")
        shift = 30;
    constexpr std::uint64_t most = std::uint64_t{1} << 40;
    if (!number || shift < 0 || *number > (most >> shift))
        return tl::unexpected(std::string("must be a size in bytes such as 1048576 or 64MiB"));
    return *number << shift;
}

parsed<std::chrono::seconds> parse_duration(std::string_view text) {
    const auto [number, unit] = with_unit(trim(text));
    std::uint64_t seconds = 0;
    if (unit.empty() || unit == "s")
        seconds = 1;
    else if (unit == "m")
        seconds = 60;
    else if (unit == "h")
        seconds = 3600;
    else if (unit == "d")
        seconds = 86400;
    constexpr std::uint64_t most = 10u * 366 * 86400;
    if (!number || seconds == 0 || *number == 0 || *number > most / seconds)
        return tl::unexpected(std::string("must be a duration such as 45s, 30m, 12h or 7d"));
    return std::chrono::seconds(*number * seconds);
}

parsed<rate_limit> parse_rate(std::string_view text) {
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto count = parse_count(text.substr(0, slash), 1, 1'000'000);
        const auto per = parse_duration(text.substr(slash + 1));
        if (count && per && *per <= std::chrono::hours(24))
            return rate_limit{static_cast<int>(*count), *per};
    }
    return tl::unexpected(std::string("must be a number and a time of at most a day such as 10/1m or 20/1h"));
}

std::vector<std::string> parse_list(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (const auto item = trim(text.substr(0, comma)); !item.empty())
            items.emplace_back(item);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return items;
}

parsed<std::string> parse_listen(std::string_view text) {
    const std::string_view whole = trim(text);
    const auto colon = whole.rfind(':');
    if (colon != std::string_view::npos) {
        std::string_view address = whole.substr(0, colon);
        const bool six = address.starts_with('[') && address.ends_with(']');
        if (six)
            address = address.substr(1, address.size() - 2);
        const auto port = whole_number(whole.substr(colon + 1));
        const auto known = canonical_address(std::string(address));
        if (known && port && *port <= 65535 && six == (known->find(':') != std::string::npos))
            return std::string(whole);
    }
    return tl::unexpected(std::string("must be an address and a port such as 127.0.0.1:8000 or [::1]:8000"));
}

parsed<std::vector<std::string>> parse_hosts(std::string_view text) {
    auto hosts = parse_list(text);
    for (auto& host : hosts) {
        host = lower(host);
        const std::string_view name = host.starts_with('.') ? std::string_view(host).substr(1) : host;
        if (host != "*" && !is_host_name(name))
            return tl::unexpected(fmt::format(
                "must be a list of host names without scheme and port such as api.example.com, not '{}'",
                host));
    }
    return hosts;
}

parsed<std::vector<std::string>> parse_origins(std::string_view text) {
    auto origins = parse_list(text);
    for (auto& origin : origins) {
        origin = lower(origin);
        const auto behind = origin.find("://");
        const std::string_view scheme = std::string_view(origin).substr(0, std::min(behind, origin.size()));
        if (origin != "*" && !((scheme == "http" || scheme == "https") && behind != std::string::npos &&
                               is_authority(std::string_view(origin).substr(behind + 3))))
            return tl::unexpected(fmt::format(
                "must be a list of origins such as https://app.example.com, or *, not '{}'", origin));
    }
    return origins;
}

parsed<std::vector<std::string>> parse_networks(std::string_view text) {
    auto networks = parse_list(text);
    for (auto& network : networks) {
        auto known = canonical_network(network);
        if (!known)
            return tl::unexpected(fmt::format(
                "must be a list of IP addresses or networks such as 10.0.0.0/8, not '{}'", network));
        network = std::move(*known);
    }
    return networks;
}

parsed<std::string> parse_url(std::string_view text, std::span<const std::string_view> schemes) {
    const std::string_view url = trim(text);
    if (url.empty())
        return std::string();
    const auto behind = url.find("://");
    if (behind == std::string_view::npos || has_blank_or_control(url) || url.size() == behind + 3 ||
        std::ranges::find(schemes, url.substr(0, behind)) == schemes.end())
        return tl::unexpected(
            fmt::format("must be a URL that begins with {}://", fmt::join(schemes, ":// or ")));
    return std::string(url);
}

parsed<std::string> parse_public_url(std::string_view text) {
    static constexpr std::array<std::string_view, 2> schemes{"http", "https"};
    auto url = parse_url(text, schemes);
    if (!url || url->empty())
        return url;
    while (url->ends_with('/'))
        url->pop_back();
    const auto host = std::min(url->find("://") + 3, url->size());
    const auto path = std::min(url->find('/', host), url->size());
    if (url->find_first_of("?#") != std::string::npos ||
        !is_authority(std::string_view(*url).substr(host, path - host)))
        return tl::unexpected(std::string("must be a URL such as https://api.example.com, without query"));
    return url;
}

parsed<std::string> parse_choice(std::string_view text, std::span<const std::string_view> choices) {
    const std::string word = lower(trim(text));
    if (std::ranges::find(choices, word) == choices.end())
        return tl::unexpected(fmt::format("must be one of {}", fmt::join(choices, ", ")));
    return word;
}

} // namespace mvp::config
