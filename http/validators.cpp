#include "http/validators.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address_v6.hpp>
#include <utility>

namespace mvp::http {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
/// Characters beyond ASCII count as letters: international domain names.
bool is_letter(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

/// "example" of "www.example.com".
bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

/// Two labels at least, the last one (two letters or more, no number).
bool is_domain(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == name.npos || name.size() > 253)
        return false;
    const auto top = name.substr(dot + 1);
    if (!is_label(top) || top.size() < 2 || std::all_of(top.begin(), top.end(), is_digit))
        return false;
    for (std::string_view rest = name.substr(0, dot);;) {
        const auto end = rest.find('.');
        if (!is_label(rest.substr(0, end)))
            return false;
        if (end == rest.npos)
            return true;
        rest.remove_prefix(end + 1);
    }
}

bool is_ipv4(std::string_view text) {
    for (int part = 0; part < 4; ++part) {
        const auto end = std::min(text.find('.'), text.size());
        const auto digits = text.substr(0, end);
        if (digits.empty() || digits.size() > 3 || !std::all_of(digits.begin(), digits.end(), is_digit) ||
            (digits.size() > 1 && digits[0] == '0') || (digits.size() == 3 && digits > "255"))
            return false;
        text.remove_prefix(end);
        if ((part < 3) != text.starts_with('.'))
            return false;
        if (part < 3)
            text.remove_prefix(1);
    }
    return text.empty();
}

bool is_ipv6(std::string_view text) {
    boost::system::error_code wrong;
    boost::asio::ip::make_address_v6(text, wrong);
    return !wrong;
}

bool is_local_part(std::string_view user) {
    if (user.size() >= 2 && user.front() == '"' && user.back() == '"') {
        user = user.substr(1, user.size() - 2);
        for (std::size_t i = 0; i < user.size(); ++i) {
            const auto c = static_cast<unsigned char>(user[i]);
            if (c == '\\' && i + 1 < user.size())
                ++i;
            else if (c == '"' || c == '\\' || c == '\n' || c == '\t' || c == ' ' || c >= 0x80)
                return false;
        }
        return true;
    }
    bool dot = true; // neither at the ends nor two together
    for (char c : user) {
        if (c == '.' && dot)
            return false;
        dot = c == '.';
        const bool letter = lower(c) >= 'a' && lower(c) <= 'z';
        if (!dot && !letter && !is_digit(c) &&
            std::string_view("-!#$%&'*+/=?^_`{}|~").find(c) == std::string_view::npos)
            return false;
    }
    return !dot;
}

/// Whether it holds a character that nobody sees, so that two addresses would look alike: controls, spaces,
/// marks of direction, joiners, fillers, selectors of variants. Ordered bytes of UTF-8 are ordered
/// characters.
bool has_invisible(std::string_view text) {
    static constexpr std::pair<std::string_view, std::string_view> unseen[] = {
        {"\xc2\x80", "\xc2\xa0"},                 // U+0080 to U+00A0
        {"\xc2\xad", "\xc2\xad"},                 // U+00AD
        {"\xcd\x8f", "\xcd\x8f"},                 // U+034F
        {"\xd8\x9c", "\xd8\x9c"},                 // U+061C
        {"\xe1\x85\x9f", "\xe1\x85\xa0"},         // U+115F, U+1160
        {"\xe1\x9a\x80", "\xe1\x9a\x80"},         // U+1680
        {"\xe1\x9e\xb4", "\xe1\x9e\xb5"},         // U+17B4, U+17B5
        {"\xe1\xa0\x8b", "\xe1\xa0\x8f"},         // U+180B to U+180F
        {"\xe2\x80\x80", "\xe2\x80\x8f"},         // U+2000 to U+200F
        {"\xe2\x80\xa8", "\xe2\x80\xaf"},         // U+2028 to U+202F
        {"\xe2\x81\x9f", "\xe2\x81\xaf"},         // U+205F to U+206F
        {"\xe2\xa0\x80", "\xe2\xa0\x80"},         // U+2800
        {"\xe3\x80\x80", "\xe3\x80\x80"},         // U+3000
        {"\xe3\x85\xa4", "\xe3\x85\xa4"},         // U+3164
        {"\xef\xb8\x80", "\xef\xb8\x8f"},         // U+FE00 to U+FE0F
        {"\xef\xbb\xbf", "\xef\xbb\xbf"},         // U+FEFF
        {"\xef\xbe\xa0", "\xef\xbe\xa0"},         // U+FFA0
        {"\xef\xbf\xb0", "\xef\xbf\xbf"},         // U+FFF0 to U+FFFF
        {"\xf3\xa0\x80\x80", "\xf3\xa0\xbf\xbf"}, // U+E0000 to U+E0FFF
    };
    while (!text.empty()) {
        const auto lead = static_cast<unsigned char>(text[0]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        const auto character = text.substr(0, length);
        for (const auto& [first, last] : unseen)
            if (character.size() == first.size() && character >= first && character <= last)
                return true;
        text.remove_prefix(character.size());
    }
    return false;
}

/// Bytes of the white space at the front of `text`; 0 if there is none.
std::size_t space_length(std::string_view text) {
    static constexpr std::array<std::string_view, 17> wide = {
        "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
        "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
        "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
    if (text.empty())
        return 0;
    const char c = text[0];
    if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f))
        return 1;
    if (static_cast<unsigned char>(c) < 0x80)
        return 0;
    if (text.starts_with("\xe2\x80\xa8") || text.starts_with("\xe2\x80\xa9"))
        return 3;
    for (auto space : wide)
        if (text.starts_with(space))
            return space.size();
    return 0;
}

} // namespace

bool is_email(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == text.npos || text.size() > 320 || !is_local_part(text.substr(0, at)))
        return false;
    const auto domain = text.substr(at + 1);
    if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
        const auto literal = domain.substr(1, domain.size() - 2);
        return is_ipv4(literal) || is_ipv6(literal);
    }
    return domain == "localhost" || (is_domain(domain) && !has_invisible(domain));
}

bool is_url(std::string_view text) {
    const auto colon = text.find("://");
    if (colon == text.npos)
        return false;
    const auto scheme = text.substr(0, colon);
    if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https") &&
        !equals_ignoring_case(scheme, "ftp") && !equals_ignoring_case(scheme, "ftps"))
        return false;
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(1))
        if (space_length(rest))
            return false;
    auto host = text.substr(colon + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    if (const auto user = host.rfind('@'); user != host.npos)
        host.remove_prefix(user + 1);
    std::string_view port;
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == host.npos || !is_ipv6(host.substr(1, end - 1)))
            return false;
        port = host.substr(end + 1);
        host = {};
    } else if (const auto end = host.find(':'); end != host.npos) {
        port = host.substr(end);
        host = host.substr(0, end);
    }
    if (!port.empty()) {
        const auto digits = port.substr(1);
        if (port[0] != ':' || digits.empty() || digits.size() > 5 ||
            !std::all_of(digits.begin(), digits.end(), is_digit))
            return false;
    }
    if (host.empty())
        return text.find('[') != text.npos;
    if (host.ends_with('.'))
        host.remove_suffix(1);
    return equals_ignoring_case(host, "localhost") || is_ipv4(host) || is_domain(host);
}

bool is_link(std::string_view text) {
    const auto is_blank = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
    if (std::any_of(text.begin(), text.end(), is_blank))
        return false;
    if (text.starts_with('/')) // browsers read a second slash, or a backslash, as another site's address
        return !text.starts_with("//") && !text.starts_with("/\\");
    return is_url(text) && lower(text[0]) == 'h';
}

bool is_phone(std::string_view text) {
    if (text.starts_with('+'))
        text.remove_prefix(1);
    if (!std::all_of(text.begin(), text.end(), is_digit))
        return false;
    return text.size() >= 9 && text.size() <= (text.starts_with('1') ? 16u : 15u);
}

std::string_view strip(std::string_view text) {
    while (const auto length = space_length(text))
        text.remove_prefix(length);
    for (bool more = true; more;) {
        more = false;
        for (std::size_t length = 1; length <= 3 && length <= text.size(); ++length) {
            if (space_length(text.substr(text.size() - length)) == length) {
                text.remove_suffix(length);
                more = true;
                break;
            }
        }
    }
    return text;
}

std::size_t character_count(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

} // namespace mvp::http
