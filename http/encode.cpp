#include "http/encode.hpp"

#include "storage/model/json_text.hpp"
#include "storage/query.hpp"

#include <algorithm>

namespace mvp::http {
namespace {

using storage::kind;
namespace flag = storage::flag;

/// PostgreSQL's "2026-11-22 22:36:27.84+00" as "2026-11-22T22:36:27.840000Z".
void append_time(std::string& out, std::string_view text) {
    if (text.size() < 19 || text[10] != ' ' || !text.ends_with("+00")) {
        out.append(1, '"').append(text).append(1, '"'); // already as we write it
        return;
    }
    out.append(1, '"').append(text, 0, 10).append(1, 'T');
    text = text.substr(11, text.size() - 14);
    out.append(text);
    if (text.size() > 8)
        out.append(15 - std::min<std::size_t>(text.size(), 15), '0');
    out.append("Z\"");
}

/// JSON without the blanks that jsonb puts between its parts.
void append_compact(std::string& out, std::string_view json) {
    bool inside = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (!inside && c == ' ')
            continue;
        out += c;
        if (c == '"')
            inside = !inside;
        else if (c == '\\' && inside && i + 1 < json.size())
            out += json[++i];
    }
}

void append_key(std::string& out, std::string_view name, bool first) {
    out.append(first ? "\"" : ",\"").append(name).append("\":");
}

bool hidden(const storage::field_info& f, const view& to) {
    return (f.has(flag::members) && !to.logged_in) || (f.has(flag::personal) && !to.personal) ||
           f.has(flag::secret);
}

} // namespace

void append_value(std::string& out, const storage::field_info& field, const std::string_view* text,
                  const view& to) {
    if (!text || hidden(field, to)) {
        out += "null";
        return;
    }
    switch (field.type) {
    case kind::integer:
        out += *text;
        return;
    case kind::boolean:
        out += text->starts_with('t') ? "true" : "false";
        return;
    case kind::decimal:
    case kind::choice:
    case kind::date:
    case kind::id:
    case kind::reference: // nothing in them to escape
        out.append(1, '"').append(*text).append(1, '"');
        return;
    case kind::time: // PostgreSQL leaves out a fraction's last zeros, the API does not
        out += '"';
        if (const auto t = storage::parse_time_of_day(*text))
            storage::append_time_of_day(out, *t);
        out += '"';
        return;
    case kind::timestamp:
        append_time(out, *text);
        return;
    case kind::texts:
    case kind::json:
        append_compact(out, *text);
        return;
    case kind::file:
    case kind::image:
        if (text->empty()) {
            out += "null";
            return;
        }
        out.append(1, '"').append(to.origin).append("/media/").append(*text).append(1, '"');
        return;
    case kind::automatic:
    case kind::text:
    case kind::email:
    case kind::url:
    case kind::phone:
        append_json_text(out, *text);
        return;
    }
}

void append_object(std::string& out, storage::shape shown, const storage::row& from, int& column,
                   const view& to, std::span<const storage::rows> lists) {
    out += '{';
    for (const auto& item : shown) {
        append_key(out, item.name, &item == shown.data());
        if (item.field) {
            const auto text = from.text(column);
            append_value(out, *item.field, from.is_null(column) ? nullptr : &text, to);
            ++column;
            continue;
        }
        const auto& inner = item.one ? *item.one : *item.many;
        view inside = to;
        if (inner.relative_media)
            inside.origin = {};
        if (item.many) {
            append_array(out, inner.shown, lists.front(), inside);
            lists = lists.subspan(1);
        } else if (from.is_null(column)) {
            out += "null";
            column += static_cast<int>(storage::column_count(inner.shown));
        } else {
            append_object(out, inner.shown, from, column, inside);
        }
    }
    out += '}';
}

std::string encode_object(storage::shape shown, const storage::row& from, const view& to,
                          std::span<const storage::rows> lists) {
    std::string out;
    out.reserve(1024);
    int column = 0;
    append_object(out, shown, from, column, to, lists);
    return out;
}

void append_array(std::string& out, storage::shape shown, const storage::rows& from, const view& to,
                  std::size_t at_most, std::span<const storage::rows> inner) {
    out += '[';
    for (std::size_t i = 0; i < std::min(from.size(), at_most); ++i) {
        if (i)
            out += ',';
        int column = 0;
        append_object(out, shown, from[i], column, to, inner.empty() ? inner : inner.subspan(i, 1));
    }
    out += ']';
}

void append_struct(std::string& out, storage::shape shown, const void* object, const view& to) {
    out += '{';
    std::string text;
    for (const auto& item : shown) {
        append_key(out, item.name, &item == shown.data());
        text.clear();
        const bool present = item.field->to_text(object, text);
        const std::string_view cell = text;
        append_value(out, *item.field, present ? &cell : nullptr, to);
    }
    out += '}';
}

} // namespace mvp::http
