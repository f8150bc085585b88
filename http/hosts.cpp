#include "http/hosts.hpp"

#include "http/text.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace mvp::http {

namespace {

/// Sixteen bytes for IPv6, four for IPv4 (also when it is written as IPv6).
std::vector<unsigned char> address_bytes(const boost::asio::ip::address& address) {
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto six = address.to_v6();
    const auto bytes = six.to_bytes();
    if (six.is_v4_mapped())
        return {bytes.begin() + 12, bytes.end()};
    return {bytes.begin(), bytes.end()};
}

bool same_beginning(const std::vector<unsigned char>& a, const std::vector<unsigned char>& b, unsigned bits) {
    if (a.size() != b.size() || !std::equal(a.begin(), a.begin() + bits / 8, b.begin()))
        return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

bool is_port(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

} // namespace

std::string host_name(std::string_view host) {
    std::string_view name = host;
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == host.npos)
            return {};
        name = host.substr(0, end + 1);
        boost::system::error_code wrong;
        boost::asio::ip::make_address_v6(std::string(host.substr(1, end - 1)), wrong);
        if (wrong)
            return {};
    } else {
        name = host.substr(0, host.find(':'));
        for (const unsigned char c : name)
            if (!std::isalnum(c) && c != '.' && c != '-' && c != '_')
                return {};
    }
    const auto port = host.substr(name.size());
    if (!port.empty() && (port[0] != ':' || !is_port(port.substr(1))))
        return {};
    if (name.ends_with('.'))
        name.remove_suffix(1);
    std::string lowered(name);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    return lowered;
}

allowed_hosts::allowed_hosts(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {
    for (auto& pattern : patterns_)
        std::transform(pattern.begin(), pattern.end(), pattern.begin(), lower);
}

bool allowed_hosts::allows(std::string_view host_header) const {
    const std::string name = host_name(host_header);
    if (name.empty())
        return false;
    return std::any_of(patterns_.begin(), patterns_.end(), [&](std::string_view pattern) {
        if (pattern == "*" || pattern == name)
            return true;
        return pattern.starts_with('.') && (name.ends_with(pattern) || name == pattern.substr(1));
    });
}

networks::networks(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        const auto slash = text.find('/');
        boost::system::error_code wrong;
        const auto address = boost::asio::ip::make_address(text.substr(0, slash), wrong);
        if (wrong)
            throw std::invalid_argument("\"" + text + "\" is neither an address nor a network");
        network added{address_bytes(address), 0};
        added.bits = static_cast<unsigned>(added.bytes.size() * 8);
        if (slash != text.npos) {
            unsigned bits = 0;
            const char* const end = text.data() + text.size();
            const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
            if (parsed.ec != std::errc{} || parsed.ptr != end || bits > added.bits)
                throw std::invalid_argument("\"" + text + "\" is neither an address nor a network");
            added.bits = bits;
        }
        all_.push_back(std::move(added));
    }
}

bool networks::contain(const boost::asio::ip::address& address) const {
    if (all_.empty())
        return false;
    const auto bytes = address_bytes(address);
    return std::any_of(all_.begin(), all_.end(),
                       [&](const network& n) { return same_beginning(n.bytes, bytes, n.bits); });
}

bool networks::contain(std::string_view text) const {
    boost::system::error_code wrong;
    const auto address = boost::asio::ip::make_address(std::string(text), wrong);
    return !wrong && contain(address);
}

} // namespace mvp::http
