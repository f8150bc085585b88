#include "http/json.hpp"

#include "http/text.hpp"
#include "storage/model/json_text.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mvp::http {
namespace {

using ondemand_value = simdjson::ondemand::value;

constexpr int deepest = 100;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view without_space(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// JSON's grammar of numbers; `integer` tells whether there is neither fraction nor exponent.
bool is_number(std::string_view text, bool& integer) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const std::size_t begin = at;
        while (at < text.size() && is_digit(text[at]))
            ++at;
        return at > begin;
    };
    const bool zero = at < text.size() && text[at] == '0';
    const std::size_t begin = at;
    if (!digits() || (zero && at > begin + 1))
        return false;
    integer = at == text.size();
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (!digits())
            return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-'))
            ++at;
        if (!digits())
            return false;
    }
    return at == text.size();
}

/// `token`: the whole of a text, number or literal, with white space around it at most.
bool read_scalar(std::string_view token, json_value& into) {
    token = without_space(token);
    if (token.starts_with('"')) {
        into.is = json_value::type::string;
        std::size_t at = 1;
        return read_json_text(token, at, into.text) && at == token.size();
    }
    into.text = token;
    bool integer = false;
    if (token == "null")
        into.is = json_value::type::null;
    else if (token == "true" || token == "false")
        into.is = json_value::type::boolean;
    else if (is_number(token, integer))
        into.is = integer ? json_value::type::integer : json_value::type::number;
    else
        return false;
    return true;
}

enum class walked { well, wrong, too_deep, too_many };

/// Walks to the end of everything below, since on-demand parsing only checks what is looked at.
/// `left`: how many more values there may be.
template <class Value>
walked walk(Value& value, json_value& into, int depth, const char* end, std::size_t& left) {
    if (left-- == 0)
        return walked::too_many;
    simdjson::ondemand::json_type type;
    if (value.type().get(type))
        return walked::wrong;
    if (type == simdjson::ondemand::json_type::array) {
        into.is = json_value::type::array;
        simdjson::ondemand::array array;
        if (depth == deepest)
            return walked::too_deep;
        if (value.get_array().get(array))
            return walked::wrong;
        for (auto item : array) {
            ondemand_value inner;
            if (std::move(item).get(inner))
                return walked::wrong;
            if (auto w = walk(inner, into.items.emplace_back(), depth + 1, end, left); w != walked::well)
                return w;
        }
        return walked::well;
    }
    if (type == simdjson::ondemand::json_type::object) {
        into.is = json_value::type::object;
        simdjson::ondemand::object object;
        if (depth == deepest)
            return walked::too_deep;
        if (value.get_object().get(object))
            return walked::wrong;
        for (auto item : object) {
            simdjson::ondemand::field field;
            if (std::move(item).get(field))
                return walked::wrong;
            const char* key = field.key().raw();
            std::size_t at = 0;
            if (!read_json_text({key, static_cast<std::size_t>(end - key)}, at, into.keys.emplace_back()))
                return walked::wrong;
            if (auto w = walk(field.value(), into.items.emplace_back(), depth + 1, end, left);
                w != walked::well)
                return w;
        }
        return walked::well;
    }
    std::string_view token;
    if constexpr (std::is_same_v<Value, ondemand_value>)
        token = value.raw_json_token();
    else
        return walked::wrong; // a document that is a scalar never comes here
    return read_scalar(token, into) ? walked::well : walked::wrong;
}

walked parse(std::string_view text, json_value& into) {
    const auto trimmed = without_space(text);
    if (!trimmed.starts_with('{') && !trimmed.starts_with('['))
        return is_utf8(text) && read_scalar(trimmed, into) ? walked::well : walked::wrong;
    thread_local simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(text);
    simdjson::ondemand::document document;
    if (parser.iterate(padded).get(document))
        return walked::wrong;
    std::size_t left = most_json_values;
    auto how = walk(document, into, 0, padded.data() + padded.size(), left);
    const char* rest = nullptr;
    if (how == walked::well && document.current_location().get(rest) == simdjson::SUCCESS)
        return walked::wrong; // something stands behind the value
    return how;
}

/// As repr() of a Python str: single quotes, or double ones if only single ones are inside.
std::string python_quoted(std::string_view text) {
    const char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
    std::string out(1, quote);
    for (char c : text) {
        if (c == quote || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else
            out += c;
    }
    return out += quote;
}

std::string repr(const json_value& value) {
    using type = json_value::type;
    switch (value.is) {
    case type::null:
        return "None";
    case type::boolean:
        return value.text == "true" ? "True" : "False";
    case type::integer:
        return value.text == "-0" ? "0" : value.text;
    case type::number: {
        double d = 0;
        const auto end = value.text.data() + value.text.size();
        if (std::from_chars(value.text.data(), end, d).ec == std::errc::result_out_of_range)
            d = std::strtod(value.text.c_str(), nullptr);
        return python_float(d);
    }
    case type::string:
        return python_quoted(value.text);
    case type::array:
    case type::object:
        break;
    }
    const bool array = value.is == type::array;
    std::string out(1, array ? '[' : '{');
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i)
            out += ", ";
        if (!array)
            out += python_quoted(value.keys[i]) + ": ";
        out += repr(value.items[i]);
    }
    return out += array ? ']' : '}';
}

} // namespace

const json_value* json_value::find(std::string_view key) const {
    for (std::size_t i = keys.size(); i > 0; --i)
        if (keys[i - 1] == key)
            return &items[i - 1];
    return nullptr;
}

std::string_view json_value::type_name() const {
    static constexpr std::string_view names[] = {"NoneType", "bool", "int", "float", "str", "list", "dict"};
    return names[static_cast<std::size_t>(is)];
}

result<json_value> parse_json(std::string_view text) {
    json_value value;
    switch (parse(text, value)) {
    case walked::well:
        return value;
    case walked::too_deep:
        return fail(errc::bad_request, "JSON parse error - Values are nested too deeply.");
    case walked::too_many:
        return fail(errc::bad_request,
                    fmt::format("JSON parse error - More than {} values.", most_json_values));
    case walked::wrong:
        break;
    }
    std::string reason = python_complaint(text);
    if (reason.empty())
        reason = "Expecting value: line 1 column 1 (char 0)";
    return fail(errc::bad_request, "JSON parse error - " + reason);
}

std::string python_text(const json_value& value) {
    return replace_invalid_utf8(value.is == json_value::type::string ? value.text : repr(value));
}

std::string python_float(double value) {
    if (std::isinf(value))
        return value < 0 ? "-inf" : "inf";
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    std::string_view shortest(text, static_cast<std::size_t>(end - text));
    std::string out = shortest.starts_with('-') ? "-" : "";
    shortest.remove_prefix(out.size());
    const auto e = shortest.find('e');
    int exponent = 0;
    const bool negative = shortest[e + 1] == '-';
    std::from_chars(shortest.data() + e + 2, shortest.data() + shortest.size(), exponent);
    exponent = negative ? -exponent : exponent;
    std::string digits(shortest.substr(0, e));
    std::erase(digits, '.');
    const auto count = static_cast<int>(digits.size());
    if (exponent < -4 || exponent >= 16) {
        out += digits[0];
        if (count > 1)
            out.append(1, '.').append(digits, 1);
        const auto power = std::to_string(std::abs(exponent));
        return out.append(exponent < 0 ? "e-" : "e+").append(power.size() < 2 ? "0" : "").append(power);
    }
    if (exponent < 0)
        return out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
    if (count <= exponent + 1)
        return out.append(digits).append(static_cast<std::size_t>(exponent + 1 - count), '0').append(".0");
    digits.insert(static_cast<std::size_t>(exponent) + 1, ".");
    return out += digits;
}

unsigned find_surrogate(std::string_view text) {
    for (std::size_t i = 0; i + 2 < text.size(); ++i)
        if (text[i] == '\xed' && static_cast<unsigned char>(text[i + 1]) >= 0xa0)
            return 0xd000u | (static_cast<unsigned char>(text[i + 1]) & 0x3fu) << 6 |
                   (static_cast<unsigned char>(text[i + 2]) & 0x3fu);
    return 0;
}

} // namespace mvp::http
