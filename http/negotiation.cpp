#include "http/negotiation.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <charconv>

namespace mvp::http {

namespace {

bool refused_by_quality(std::string_view range) {
    const std::string q = header_parameter(range, "q");
    return !q.empty() && q.find_first_not_of("0.") == q.npos;
}

int wanted_indent(std::string_view range) {
    const std::string text = header_parameter(range, "indent");
    int indent = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), indent);
    return wrong != std::errc{} || end != text.data() + text.size() ? 0 : std::clamp(indent, 0, 8);
}

/// 0 to 1.
double quality_of(std::string_view range) {
    const std::string text = header_parameter(range, "q");
    double q = text.empty() ? 1 : 0;
    std::from_chars(text.data(), text.data() + text.size(), q);
    return q >= 0 && q <= 1 ? q : 0;
}

/// How much `type` ("text/html") is wanted; `family`: "text/*".
double wanted(std::string_view accept, std::string_view type, std::string_view family) {
    double quality = 0;
    int closest = 0;
    while (!accept.empty()) {
        const auto range = trimmed(next_item(accept, ','));
        const auto name = trimmed(range.substr(0, range.find(';')));
        const int close = equals_ignoring_case(name, type)     ? 3
                          : equals_ignoring_case(name, family) ? 2
                          : name == "*/*"                      ? 1
                                                               : 0;
        if (close > closest) {
            closest = close;
            quality = quality_of(range);
        }
    }
    return quality;
}

} // namespace

bool prefers_html(std::string_view accept) {
    return wanted(accept, "text/html", "text/*") > wanted(accept, "application/json", "application/*");
}

negotiated negotiate(std::string_view accept) {
    negotiated result;
    if (accept.empty() || accept == "*/*" || accept == "application/json")
        return result;
    result.acceptable = false;
    while (!accept.empty()) {
        const auto range = trimmed(next_item(accept, ','));
        const auto type = trimmed(range.substr(0, range.find(';')));
        const bool json = equals_ignoring_case(type, "application/json");
        if (!json && !equals_ignoring_case(type, "application/*") && type != "*/*" &&
            !equals_ignoring_case(type, "text/html") && !equals_ignoring_case(type, "text/*"))
            continue;
        if (range.size() != type.size() && refused_by_quality(range))
            continue;
        result.acceptable = true;
        if (json && range.size() != type.size() && result.indent == 0)
            result.indent = wanted_indent(range);
    }
    return result;
}

std::string indent_json(std::string_view compact, int spaces) {
    std::string out;
    out.reserve(compact.size() * 2);
    int depth = 0;
    bool in_text = false;
    auto new_line = [&] { out.append(1, '\n').append(static_cast<std::size_t>(depth * spaces), ' '); };
    for (std::size_t i = 0; i < compact.size(); ++i) {
        const char c = compact[i];
        if (in_text) {
            out += c;
            if (c == '\\' && i + 1 < compact.size())
                out += compact[++i];
            else if (c == '"')
                in_text = false;
            continue;
        }
        switch (c) {
        case '"':
            in_text = true;
            out += c;
            break;
        case '{':
        case '[':
            out += c;
            if (i + 1 < compact.size() && (compact[i + 1] == '}' || compact[i + 1] == ']')) {
                out += compact[++i];
            } else {
                ++depth;
                new_line();
            }
            break;
        case '}':
        case ']':
            --depth;
            new_line();
            out += c;
            break;
        case ',':
            out += c;
            new_line();
            break;
        case ':':
            out += ": ";
            break;
        default:
            out += c;
        }
    }
    return out;
}

} // namespace mvp::http
