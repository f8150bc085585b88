#include "http/text.hpp"

namespace mvp::http {

namespace {

int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Bytes of the well-formed UTF-8 character at the beginning of `text`; 0 if there is none (RFC 3629).
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i, unsigned char from = 0x80, unsigned char to = 0xbf) {
        return i < text.size() && byte(i) >= from && byte(i) <= to;
    };
    const unsigned char c = byte(0);
    if (c < 0x80)
        return 1;
    if (c >= 0xc2 && c <= 0xdf)
        return follows(1) ? 2 : 0;
    if (c >= 0xe0 && c <= 0xef) {
        const unsigned char from = c == 0xe0 ? 0xa0 : 0x80, to = c == 0xed ? 0x9f : 0xbf;
        return follows(1, from, to) && follows(2) ? 3 : 0;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        const unsigned char from = c == 0xf0 ? 0x90 : 0x80, to = c == 0xf4 ? 0x8f : 0xbf;
        return follows(1, from, to) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

std::string decode(std::string_view encoded, bool plus_is_space) {
    std::string out;
    out.reserve(encoded.size());
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] == '%' && i + 2 < encoded.size() && hex(encoded[i + 1]) >= 0 &&
            hex(encoded[i + 2]) >= 0) {
            out += static_cast<char>(hex(encoded[i + 1]) * 16 + hex(encoded[i + 2]));
            i += 2;
        } else {
            out += plus_is_space && encoded[i] == '+' ? ' ' : encoded[i];
        }
    }
    return out;
}

} // namespace

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view next_item(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto item = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    return item;
}

std::string header_parameter(std::string_view value, std::string_view name) {
    std::size_t i = value.find(';');
    while (i < value.size()) {
        ++i; // behind the ';'
        const auto equals = value.find_first_of("=;", i);
        if (equals == value.npos)
            return {};
        if (value[equals] == ';') {
            i = equals;
            continue;
        }
        const auto found = trimmed(value.substr(i, equals - i));
        std::string text;
        i = equals + 1;
        while (i < value.size() && (value[i] == ' ' || value[i] == '\t'))
            ++i;
        if (i < value.size() && value[i] == '"') {
            for (++i; i < value.size() && value[i] != '"'; ++i) {
                if (value[i] == '\\' && i + 1 < value.size())
                    ++i;
                text += value[i];
            }
            i = value.find(';', i);
        } else {
            const auto end = value.find(';', i);
            text = trimmed(value.substr(i, end == value.npos ? end : end - i));
            i = end;
        }
        if (equals_ignoring_case(found, name))
            return text;
    }
    return {};
}

std::string percent_decode(std::string_view encoded) {
    return decode(encoded, false);
}

std::string form_decode(std::string_view encoded) {
    return replace_invalid_utf8(decode(encoded, true));
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = character_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string replace_invalid_utf8(std::string text) {
    if (is_utf8(text))
        return text;
    std::string out;
    out.reserve(text.size() + 16);
    for (std::string_view rest = text; !rest.empty();) {
        const auto length = character_length(rest);
        out += length ? rest.substr(0, length) : std::string_view("\xef\xbf\xbd");
        rest.remove_prefix(length ? length : 1);
    }
    return out;
}

} // namespace mvp::http
