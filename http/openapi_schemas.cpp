#include "http/openapi_schemas.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::http {
namespace {

using storage::field_info;
using storage::kind;
namespace flag = storage::flag;
using use = schema_book::use;

constexpr std::string_view hidden_from_others = "Null for others than the user himself and staff.";
constexpr std::string_view hidden_from_strangers = "Null for anonymous callers.";
constexpr std::string_view staff_only = "Taken from staff only, ignored from others.";

bool is_file(kind k) {
    return k == kind::file || k == kind::image;
}

bool may_be_null(const field_info& f, use where) {
    switch (where) {
    case use::answer:
        return f.has(flag::nullable | flag::personal | flag::members | flag::secret) || is_file(f.type);
    case use::body:
        return f.has(flag::nullable);
    case use::multipart: // an empty text stands for null
    case use::query:
        return false;
    }
    return false;
}

void write_types(json_writer& w, std::initializer_list<std::string_view> types, bool null) {
    w.key("type");
    if (types.size() == 1 && !null)
        return w.value(*types.begin());
    w.array([&] {
        for (const auto type : types)
            w.value(type);
        if (null)
            w.value("null");
    });
}

/// What a client may leave empty matches nothing but an empty text then.
std::string or_empty(const field_info& f, std::string_view pattern) {
    return f.has(flag::blank) ? fmt::format("^({})?$", pattern) : fmt::format("^{}$", pattern);
}

void write_choices(json_writer& w, const field_info& f, bool null) {
    w.key("enum").array([&] {
        for (const auto choice : f.choices)
            w.value(choice);
        if (null)
            w.raw("null");
        else if (f.has(flag::blank))
            w.value("");
    });
}

void write_text(json_writer& w, const field_info& f, use where, bool null) {
    write_types(w, {"string"}, null);
    const bool taken = where == use::body || where == use::multipart;
    if (f.bounds.length)
        w.member("maxLength", f.bounds.length);
    if (taken && !f.has(flag::blank))
        w.member("minLength", 1);
    if (f.type == kind::phone)
        w.member("pattern", or_empty(f, R"(\+?1?\d{9,15})"));
    if (f.has(flag::blank))
        return; // "" has no format
    if (f.type == kind::email)
        w.member("format", "email");
    if (f.type == kind::url)
        w.member("format", "uri");
}

void write_integer(json_writer& w, const field_info& f, use where, bool null) {
    write_types(w, {"integer"}, null);
    if (where == use::answer)
        return;
    if (f.bounds.min != storage::limits{}.min)
        w.member("minimum", f.bounds.min);
    if (f.bounds.max != storage::limits{}.max)
        w.member("maximum", f.bounds.max);
}

void write_decimal(json_writer& w, const field_info& f, use where, bool null) {
    if (where == use::body)
        write_types(w, {"string", "number"}, null);
    else
        write_types(w, {"string"}, null);
    if (where == use::answer)
        w.member("pattern", fmt::format(R"(^-?\d+\.\d{{{}}}$)", f.places));
    w.member("description", fmt::format("A decimal number with {} decimals.", f.places));
}

void write_texts(json_writer& w, const field_info& f, use where, bool null) {
    if (where == use::multipart) { // as JSON text
        write_types(w, {"string"}, false);
        return w.member("contentMediaType", "application/json");
    }
    write_types(w, {"array"}, null);
    w.key("items").object([&] {
        w.member("type", "string");
        if (f.bounds.length)
            w.member("maxLength", f.bounds.length);
    });
    if (f.bounds.items)
        w.member("maxItems", f.bounds.items);
}

void write_file(json_writer& w, use where, bool null) {
    switch (where) {
    case use::answer:
        write_types(w, {"string"}, true);
        w.member("format", "uri-reference");
        return;
    case use::multipart:
        write_types(w, {"string"}, false);
        w.member("contentMediaType", "application/octet-stream");
        return;
    case use::body:
    case use::query:
        write_types(w, {null ? "null" : "string"}, false); // a file comes by multipart only
        return;
    }
}

void write_formatted(json_writer& w, std::string_view format, bool null) {
    write_types(w, {"string"}, null);
    w.member("format", format);
}

/// The members that say which values a field has.
void write_values(json_writer& w, const field_info& f, use where) {
    const bool null = may_be_null(f, where);
    switch (f.type) {
    case kind::integer:
        return write_integer(w, f, where, null);
    case kind::boolean:
        return write_types(w, {"boolean"}, null);
    case kind::decimal:
        return write_decimal(w, f, where, null);
    case kind::choice:
        write_types(w, {"string"}, null);
        return write_choices(w, f, null);
    case kind::date:
        return write_formatted(w, "date", null);
    case kind::timestamp:
        return write_formatted(w, "date-time", null);
    case kind::id:
    case kind::reference:
        return write_formatted(w, "uuid", null);
    case kind::time:
        write_types(w, {"string"}, null);
        return w.member("pattern", R"(^\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?$)");
    case kind::texts:
        return write_texts(w, f, where, null);
    case kind::json:
        return w.member("description", "Any JSON.");
    case kind::file:
    case kind::image:
        return write_file(w, where, null);
    case kind::automatic:
    case kind::text:
    case kind::email:
    case kind::url:
    case kind::phone:
        return write_text(w, f, where, null);
    }
}

void write_visibility(json_writer& w, const field_info& f, use where) {
    if (where == use::answer) {
        if (!f.has(flag::created | flag::updated | flag::staff))
            w.member("readOnly", true);
        if (f.has(flag::personal))
            w.member("description", hidden_from_others);
        else if (f.has(flag::members))
            w.member("description", hidden_from_strangers);
        return;
    }
    if (f.has(flag::staff) && !f.has(flag::created | flag::updated)) {
        w.member("description", staff_only);
        w.member("x-staff-only", true);
    }
}

} // namespace

bool takes_field(const field_info& f, mode how) {
    return how == mode::create ? f.has(flag::created) : f.has(flag::updated | flag::staff);
}

std::string_view name_of(storage::shape shown) {
    for (const auto& known : named_shapes())
        if (known.shown.data() == shown.data())
            return known.name;
    return {};
}

void schema_book::reference(json_writer& w, std::string_view component) {
    w.object([&] { w.member("$ref", "#/components/schemas/" + std::string(component)); });
}

bool schema_book::known(std::string_view name) const {
    return std::any_of(components_.begin(), components_.end(),
                       [&](const auto& c) { return c.first == name; });
}

void schema_book::field(json_writer& w, const field_info& f, use where) {
    w.object([&] {
        write_values(w, f, where);
        if (f.type != kind::decimal && f.type != kind::json)
            write_visibility(w, f, where);
    });
}

void schema_book::write_relation(json_writer& w, const storage::shape_item& item) {
    if (item.many)
        return array(w, item.many->shown);
    if (!item.one->join.starts_with("LEFT "))
        return shape(w, item.one->shown);
    w.object([&] {
        w.key("anyOf").array([&] {
            shape(w, item.one->shown);
            w.object([&] { w.member("type", "null"); });
        });
    });
}

void schema_book::write_object(json_writer& w, storage::shape shown) {
    w.object([&] {
        w.member("type", "object");
        w.key("required").array([&] {
            for (const auto& item : shown)
                w.value(item.name);
        });
        w.key("properties").object([&] {
            for (const auto& item : shown) {
                w.key(item.name);
                if (item.field)
                    field(w, *item.field, use::answer);
                else
                    write_relation(w, item);
            }
        });
    });
}

void schema_book::shape(json_writer& w, storage::shape shown) {
    const std::string name(name_of(shown));
    if (name.empty())
        return write_object(w, shown);
    if (!known(name)) {
        components_.emplace_back(name, ""); // its place before those that it refers to
        json_writer own;
        write_object(own, shown);
        std::find_if(components_.begin(), components_.end(), [&](const auto& c) {
            return c.first == name;
        })->second = own.take();
    }
    reference(w, name);
}

void schema_book::array(json_writer& w, storage::shape shown) {
    w.object([&] {
        w.member("type", "array");
        w.key("items");
        shape(w, shown);
    });
}

void schema_book::page(json_writer& w, storage::shape shown) {
    const auto write = [&](json_writer& to) {
        to.object([&] {
            to.member("type", "object");
            to.key("required").raw(R"(["count","next","previous","results"])");
            to.key("properties").object([&] {
                to.key("count").raw(R"({"type":"integer","minimum":0,"description":"Of all pages."})");
                to.key("next").raw(R"({"type":["string","null"],"format":"uri"})");
                to.key("previous").raw(R"({"type":["string","null"],"format":"uri"})");
                to.key("results");
                array(to, shown);
            });
        });
    };
    const std::string shape_name(name_of(shown));
    if (shape_name.empty())
        return write(w);
    const std::string name = shape_name + "Page";
    if (!known(name)) {
        json_writer own;
        write(own);
        components_.emplace_back(name, own.take());
    }
    reference(w, name);
}

void schema_book::body(json_writer& w, const std::string& name, const doc::operation& o, bool multipart) {
    const auto where = multipart ? use::multipart : use::body;
    const auto each_key = [&](auto call) {
        for (const auto& k : o.keys)
            if (k.where == doc::operation::place::body && !k.named.name.empty())
                call(k.named);
    };
    json_writer own;
    own.object([&] {
        own.member("type", "object");
        own.key("required").array([&] {
            each_key([&](const doc::key& k) {
                if (!k.optional)
                    own.value(k.name);
            });
            for (const auto& f : o.taken)
                if (o.how != mode::patch && f.has(flag::required) && takes_field(f, o.how))
                    own.value(f.name);
        });
        own.key("properties").object([&] {
            each_key([&](const doc::key& k) {
                own.key(k.name);
                key(own, k, where);
            });
            for (const auto& f : o.taken)
                if (takes_field(f, o.how)) {
                    own.key(f.name);
                    field(own, f, where);
                }
        });
    });
    if (!known(name))
        components_.emplace_back(name, own.take());
    reference(w, name);
}

void schema_book::key(json_writer& w, const doc::key& named, use where) {
    const auto typed = [&](std::string_view type, std::string_view format = {}) {
        w.object([&] {
            w.member("type", type);
            if (!format.empty())
                w.member("format", format);
        });
    };
    const auto upload = [&] { w.raw(R"({"type":"string","contentMediaType":"application/octet-stream"})"); };
    switch (named.type) {
    case doc::is::text:
        return typed("string");
    case doc::is::integer:
        return typed("integer");
    case doc::is::boolean:
        return typed("boolean");
    case doc::is::id:
        return typed("string", "uuid");
    case doc::is::time:
        return typed("string", "date-time");
    case doc::is::texts:
        return w.raw(R"({"type":"array","items":{"type":"string"}})");
    case doc::is::object:
        return shape(w, named.shown);
    case doc::is::array:
        return array(w, named.shown);
    case doc::is::file:
        if (where == use::multipart)
            return upload();
        return typed("string");
    case doc::is::files:
        return w.object([&] {
            w.member("type", "array");
            w.key("items");
            upload();
        });
    }
}

void schema_book::write_components(json_writer& w) const {
    for (const auto& [name, schema] : components_)
        w.key(name).raw(schema);
}

} // namespace mvp::http
