// Small things that HTTP needs done to texts.
#pragma once

#include <string>
#include <string_view>

namespace mvp::http {

inline char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// ASCII letters only.
inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

/// What is before the first `separator`; `rest` loses it and the separator. For "a, b;c" lists.
std::string_view next_item(std::string_view& rest, char separator);

/// Value of a header's parameter ("boundary" of `multipart/form-data; boundary="x y"`), unquoted; empty if
/// absent.
std::string header_parameter(std::string_view value, std::string_view name);

/// "%41b" -> "Ab"; a '%' without two hex digits stays as it is.
std::string percent_decode(std::string_view encoded);

/// As percent_decode, with '+' for a space, and U+FFFD for what is no UTF-8: a query string's or form's item.
std::string form_decode(std::string_view encoded);

bool is_utf8(std::string_view text);
/// `text` with U+FFFD in the place of each byte that belongs to no character.
std::string replace_invalid_utf8(std::string text);

} // namespace mvp::http
