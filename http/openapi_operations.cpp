#include "http/openapi_operations.hpp"

#include "http/openapi.hpp"
#include "http/openapi_refusals.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mvp::http {
namespace {

using doc::operation;
using content = operation::content;
using place = operation::place;

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

/// "cars_mark_as_sold" -> "CarsMarkAsSold"
std::string pascal_case(std::string_view name) {
    std::string out;
    bool begins = true;
    for (const char c : name) {
        if (c != '_')
            out += begins ? upper(c) : c;
        begins = c == '_';
    }
    return out;
}

/// "cars_mark_as_sold" -> "Cars mark as sold"
std::string sentence(std::string_view name) {
    std::string out(name);
    std::replace(out.begin(), out.end(), '_', ' ');
    out.front() = upper(out.front());
    return out;
}

// --- who may
// ----------------------------------------------------------------------------------------------------------

void write_security(json_writer& w, login who) {
    w.key("security").array([&] {
        if (who == login::possible)
            w.raw("{}");
        if (who != login::none)
            w.raw(R"({"bearer":[]})");
    });
}

std::string_view description_of(login who) {
    switch (who) {
    case login::none:
        return "For everybody; an Authorization header is not looked at.";
    case login::possible:
        return "For everybody; what is shown may depend on the caller.";
    case login::needed:
        break;
    }
    return "Needs a login.";
}

bool staff_only(access who, verb method) {
    return who == access::staff || (who == access::reads_anyone_writes_staff && method != verb::get);
}

// --- parameters
// -------------------------------------------------------------------------------------------------------

void write_parameter(json_writer& w, std::string_view name, std::string_view in, bool required,
                     std::string_view about, std::string_view schema) {
    w.object([&] {
        w.member("name", name);
        w.member("in", in);
        if (required)
            w.member("required", true);
        if (!about.empty())
            w.member("description", about);
        w.key("schema").raw(schema);
    });
}

std::string schema_text(schema_book& book, const storage::field_info& f) {
    json_writer w;
    book.field(w, f, schema_book::use::query);
    return w.take();
}

std::string names_with(storage::field_table table, unsigned flags) {
    std::string names;
    for (const auto& f : table)
        if (f.has(flags))
            names += fmt::format("{}`{}`", names.empty() ? "" : ", ", f.name);
    return names;
}

void write_path_parameters(json_writer& w, std::string_view path) {
    for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 1)) {
        std::string_view name = path.substr(open + 1, path.find('}', open) - open - 1);
        const bool tail = name.ends_with('*');
        name = name.substr(0, name.size() - tail);
        write_parameter(w, name, "path", true, "",
                        tail ? R"({"type":"string"})" : R"({"type":"string","format":"uuid"})");
    }
}

void write_list_parameters(json_writer& w, schema_book& book, const operation& o) {
    namespace flag = storage::flag;
    constexpr auto text = R"({"type":"string"})";
    if (const auto names = names_with(o.listed, flag::searchable); !names.empty())
        write_parameter(w, "search", "query", false,
                        "Terms, each of which must stand in one of " + names + ".", text);
    if (const auto names = names_with(o.ordered, flag::sortable); !names.empty())
        write_parameter(w, "ordering", "query", false,
                        "Fields to order by, with a - before those that fall: " + names + ".", text);
    for (const auto& f : o.listed)
        if (f.has(flag::filterable))
            write_parameter(w, f.name, "query", false, "Only rows with this value.", schema_text(book, f));
}

bool is_list(const operation& o) {
    return o.answers == content::page || o.answers == content::array_or_page;
}

bool shows_rows(verb method, const operation& o) {
    return method == verb::get && (is_list(o) || o.answers == content::array || o.answers == content::object);
}

void write_parameters(json_writer& w, schema_book& book, const route& r, verb method, const operation& o) {
    w.key("parameters").array([&] {
        write_path_parameters(w, r.path);
        write_list_parameters(w, book, o);
        for (const auto& f : o.asked)
            write_parameter(w, f.name, "query", false, "", schema_text(book, f));
        for (const auto& k : o.keys)
            if (k.where == place::query && !k.named.name.empty()) {
                json_writer schema;
                book.key(schema, k.named, schema_book::use::query);
                write_parameter(w, k.named.name, "query", false, "", schema.text());
            }
        if (shows_rows(method, o))
            write_parameter(w, "fields", "query", false, "Keys of the rows to show, separated by commas.",
                            R"({"type":"string"})");
        if (is_list(o)) {
            write_parameter(w, "page", "query", false,
                            o.answers == content::page
                                ? "From 1; `last` is the last one."
                                : "From 1; `last` is the last one. Without it: all, as an array.",
                            R"({"anyOf":[{"type":"integer","minimum":1},{"const":"last"}]})");
            write_parameter(w, "page_size", "query", false, "Rows of a page.",
                            R"({"type":"integer","minimum":1,"maximum":100,"default":20})");
        }
    });
}

// --- bodies
// -----------------------------------------------------------------------------------------------------------

bool is_file(const storage::field_info& f) {
    return f.type == storage::kind::file || f.type == storage::kind::image;
}
bool is_file(const doc::key& k) {
    return k.type == doc::is::file || k.type == doc::is::files;
}

/// The keys of an answer.
void write_keys(json_writer& w, schema_book& book, const operation& o) {
    const auto each = [&](auto call) {
        for (const auto& k : o.keys)
            if (k.where == place::answer && !k.named.name.empty())
                call(k.named);
    };
    w.object([&] {
        w.member("type", "object");
        w.key("required").array([&] {
            each([&](const doc::key& k) {
                if (!k.optional)
                    w.value(k.name);
            });
        });
        w.key("properties").object([&] {
            each([&](const doc::key& k) {
                w.key(k.name);
                book.key(w, k, schema_book::use::answer);
            });
        });
    });
}

void write_body(json_writer& w, schema_book& book, const operation& o, const std::string& id) {
    const auto taken = [&](const auto& f) { return is_file(f) && takes_field(f, o.how); };
    const auto placed = [](const auto& k) { return k.where == place::body && is_file(k.named); };
    const bool files = std::any_of(o.taken.begin(), o.taken.end(), taken) ||
                       std::any_of(o.keys.begin(), o.keys.end(), placed);
    const bool only_files = files && o.taken.empty();
    const std::string name = pascal_case(id) + "Request";
    const auto schema = [&](bool multipart) {
        w.object([&] {
            w.key("schema");
            book.body(w, multipart ? name + "Multipart" : name, o, multipart);
        });
    };
    w.key("requestBody").object([&] {
        w.key("content").object([&] {
            if (!only_files) {
                w.key("application/json");
                schema(false);
                w.key("application/x-www-form-urlencoded");
                schema(false);
            }
            w.key("multipart/form-data");
            schema(files);
        });
    });
}

// --- answers
// ----------------------------------------------------------------------------------------------------------

void write_answer_schema(json_writer& w, schema_book& book, const operation& o) {
    switch (o.answers) {
    case content::object:
        return book.shape(w, o.shown);
    case content::page:
        return book.page(w, o.shown);
    case content::array:
        return book.array(w, o.shown);
    case content::array_or_page:
        return w.object([&] {
            w.key("anyOf").array([&] {
                book.array(w, o.shown);
                book.page(w, o.shown);
            });
        });
    case content::keys:
        return write_keys(w, book, o);
    case content::links:
        return w.raw(R"({"type":"object","additionalProperties":{"type":"string","format":"uri"}})");
    case content::bytes:
        if (o.media_type == "application/json")
            return w.raw("{}");
        [[fallthrough]];
    case content::file:
        return w.raw(R"({"type":"string","contentMediaType":"application/octet-stream"})");
    case content::nothing:
    case content::undescribed:
        return;
    }
}

constexpr std::pair<int, std::string_view> success_texts[] = {
    {200, "It went well."},
    {201, "It was made."},
    {202, "It will be done."},
    {204, "It is gone."},
    {503, "Something that it needs is missing."},
};

void write_success(json_writer& w, schema_book& book, const operation& o, int status) {
    const auto known = std::find_if(std::begin(success_texts), std::end(success_texts),
                                    [&](const auto& t) { return t.first == status; });
    w.key(std::to_string(status)).object([&] {
        w.member("description", known == std::end(success_texts) ? "It went well." : known->second);
        if (o.answers == content::nothing)
            return;
        w.key("content").object([&] {
            w.key(o.media_type.empty() ? "application/json" : o.media_type).object([&] {
                w.key("schema");
                write_answer_schema(w, book, o);
            });
            if (o.or_html)
                w.key("text/html").raw(R"({"schema":{"type":"string"}})");
        });
    });
}

void write_answers(json_writer& w, schema_book& book, const route& r, verb method, const operation& o) {
    w.key("responses").object([&] {
        write_success(w, book, o, o.status);
        if (o.answers == content::file)
            write_success(w, book, o, 206);
        if (o.other_status)
            write_success(w, book, o, o.other_status);
        write_refusals_of(w, r, method, o);
    });
}

} // namespace

void write_operation(json_writer& w, schema_book& book, const route& r, verb method, const operation& o,
                     std::string_view tag) {
    const auto id = operation_id(r, method);
    const auto who = login_for(r.who, method);
    w.object([&] {
        w.member("operationId", id);
        w.key("tags").array([&] { w.value(tag); });
        w.member("summary", o.summary.empty() ? sentence(id) : std::string(o.summary));
        w.member("description", staff_only(r.who, method) ? "For staff." : description_of(who));
        write_security(w, who);
        write_parameters(w, book, r, method, o);
        if (o.any_of_body)
            write_body(w, book, o, id);
        write_answers(w, book, r, method, o);
    });
}

} // namespace mvp::http
