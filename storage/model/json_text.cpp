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

} // namespace mvp
