#include "storage/model/json_text.hpp"

#include <array>

namespace mvp {

namespace {

// 1: must be escaped; 2: may begin U+2028 or U+2029 (e2 80 a8, e2 80 a9).
constexpr std::array<unsigned char, 256> attention = [] {
    std::array<unsigned char, 256> table{};
    for (int c = 0; c < 0x20; ++c)
        table[c] = 1;
    table['"'] = table['\\'] = 1;
    table[0xe2] = 2;
    return table;
}();

void append_escape(std::string& out, unsigned char c) {
    constexpr char digits[] = "0123456789abcdef";
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\b':
        out += "\\b";
        return;
    case '\f':
        out += "\\f";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        out += "\\u00";
        out += digits[c >> 4];
        out += digits[c & 15];
    }
}

} // namespace

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0; // where what is not yet copied begins
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (!attention[c])
            continue;
        if (attention[c] == 1) {
            out.append(text, plain, i - plain);
            append_escape(out, c);
            plain = i + 1;
        } else if (text.substr(i, 3) == "\xe2\x80\xa8" || text.substr(i, 3) == "\xe2\x80\xa9") {
            out.append(text, plain, i - plain);
            out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
            plain = i + 1;
        }
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

std::string json_text(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json_text(out, text);
    return out;
}

namespace {

/// Four hex digits at `at`; -1 if there are none.
int hex4(std::string_view json, std::size_t at) {
    if (at + 4 > json.size())
        return -1;
    int value = 0;
    for (char c : json.substr(at, 4)) {
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            out += static_cast<char>(0xe0 | code >> 12);
        } else {
            out += static_cast<char>(0xf0 | code >> 18);
            out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
        }
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    }
    out += static_cast<char>(0x80 | (code & 0x3f));
}

} // namespace

bool read_json_text(std::string_view json, std::size_t& at, std::string& out) {
    while (true) {
        const std::size_t begin = at;
        while (at < json.size() && json[at] != '"' && json[at] != '\\' &&
               static_cast<unsigned char>(json[at]) >= 0x20)
            ++at;
        out.append(json, begin, at - begin);
        if (at >= json.size() || (json[at] != '"' && json[at] != '\\'))
            return false;
        if (json[at++] == '"')
            return true;
        if (at >= json.size())
            return false;
        switch (const char c = json[at++]) {
        case '"':
        case '\\':
        case '/':
            out += c;
            break;
        case 'b':
            out += '\b';
            break;
        case 'f':
            out += '\f';
            break;
        case 'n':
            out += '\n';
            break;
        case 'r':
            out += '\r';
            break;
        case 't':
            out += '\t';
            break;
        case 'u': {
            const int first = hex4(json, at);
            if (first < 0)
                return false;
            at += 4;
            unsigned code = static_cast<unsigned>(first);
            if (code >= 0xd800 && code < 0xdc00 && json.substr(at, 2) == "\\u") {
                const int second = hex4(json, at + 2);
                if (second >= 0xdc00 && second < 0xe000) {
                    code = 0x10000 + ((code - 0xd800) << 10) + (static_cast<unsigned>(second) - 0xdc00);
                    at += 6;
                }
            }
            append_utf8(out, code);
            break;
        }
        default:
            return false;
        }
    }
}

} // namespace mvp
