#include "storage/query.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace mvp::storage {
namespace {

void append_column(std::string& out, const field_info& f, std::string_view alias) {
    if (f.expression.empty()) {
        out.append(alias).append(".").append(f.name);
        return;
    }
    for (char c : f.expression)
        c == '@' ? out.append(alias) : out.append(1, c);
}

/// `text` with its '?' numbered from `next`.
void append_numbered(std::string& out, std::string_view text, std::size_t next) {
    for (char c : text)
        c == '?' ? out.append("$").append(std::to_string(next++)) : out.append(1, c);
}

bool is_column(const field_info& f, unsigned flags) {
    return f.has(flags) && !f.has(flag::computed_);
}

bool is_file(const field_info& f) {
    return f.type == kind::file || f.type == kind::image;
}

void add_value(parameters& values, const field_info& f, const void* object) {
    std::string text;
    if (f.to_text(object, text))
        values.add(text);
    else
        values.add(std::nullopt);
}

/// Whether SQL speaks of a column: "c.make" does not occur in "c.maker" or "abc.make".
bool mentions(std::string_view sql, const std::string& column) {
    const auto in_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
    for (auto at = sql.find(column); at != sql.npos; at = sql.find(column, at + 1)) {
        const auto end = at + column.size();
        if ((at == 0 || !in_name(sql[at - 1])) && (end == sql.size() || !in_name(sql[end])))
            return true;
    }
    return false;
}

/// The resource's columns that `order` and `sql` speak of: to carry all of them through a join costs a tenth
/// of a list. Those to sort by come first, where they are found without a look at the others.
std::string carried_columns(const resource& of, std::string_view order, std::string_view sql) {
    std::string first, others;
    for (const auto& f : of.fields) {
        const auto column = fmt::format("{}.{}", of.alias, f.name);
        if (f.has(flag::computed_))
            continue;
        if (mentions(order, column))
            first.append(first.empty() ? "" : ", ").append(column);
        else if (mentions(sql, column))
            others.append(", ").append(column);
    }
    return first + others;
}

} // namespace

std::string select_list(shape shown, std::string_view alias) {
    std::string out;
    for (const auto& item : shown) {
        if (item.many)
            continue;
        if (!out.empty())
            out += ", ";
        if (item.one)
            out += select_list(item.one->shown, item.one->alias);
        else
            append_column(out, *item.field, alias);
    }
    return out;
}

std::string join_list(shape shown) {
    std::string out;
    for (const auto& item : shown)
        if (item.one)
            out.append(" ").append(item.one->join).append(join_list(item.one->shown));
    return out;
}

std::size_t column_count(shape shown) {
    std::size_t count = 0;
    for (const auto& item : shown)
        count += item.one ? column_count(item.one->shown) : item.many ? 0 : 1;
    return count;
}

void conditions::append(std::string_view text) {
    text_ += text_.empty() ? "" : " AND ";
    append_numbered(text_, text, values.size() + 1);
}

std::vector<std::string> search_terms(std::string_view search) {
    std::vector<std::string> terms;
    std::string term;
    char quote = 0;
    const auto finish = [&] {
        if (!term.empty())
            terms.push_back(std::move(term));
        term.clear();
    };
    for (std::size_t i = 0; i < search.size(); ++i) {
        const char c = search[i];
        if (quote) {
            if (c == quote) {
                quote = 0;
                finish();
            } else {
                term += c;
            }
        } else if ((c == '"' || c == '\'') && term.empty() && search.find(c, i + 1) != search.npos) {
            quote = c;
        } else if (c == ',' || c == ' ' || (c >= '\t' && c <= '\r')) {
            finish();
        } else {
            term += c;
        }
    }
    finish();
    return terms;
}

std::string like_pattern(std::string_view term) {
    std::string out = "%";
    for (char c : term) {
        if (c == '%' || c == '_' || c == '\\')
            out += '\\';
        out += c;
    }
    return out += '%';
}

std::string like_sql(std::string_view column, bool indexed) {
    return fmt::format("{}{} LIKE (SELECT lower(? COLLATE \"und-x-icu\"))", column, indexed ? "" : " || ''");
}

bool worth_the_index(std::string_view term) {
    return std::count_if(term.begin(), term.end(), [](char c) { return (c & 0xc0) != 0x80; }) >= 3;
}

void add_search(conditions& where, std::string_view column, std::string_view search) {
    auto terms = search_terms(search);
    std::stable_sort(terms.begin(), terms.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    std::vector<std::string> others;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        auto pattern = like_pattern(terms[i]);
        if (i < 2 && worth_the_index(terms[i]))
            where.add(like_sql(column, true), pattern);
        else
            others.push_back(std::move(pattern));
    }
    if (!others.empty())
        where.add(fmt::format("{} LIKE ALL (SELECT lower(t COLLATE \"und-x-icu\") FROM unnest(?::text[]) t)",
                              column),
                  others);
}

std::string order_by(const resource& of, std::string_view ordering) {
    std::string out;
    std::vector<std::size_t> taken;
    bool descending = false;
    while (!ordering.empty()) {
        auto name = ordering.substr(0, ordering.find(','));
        ordering.remove_prefix(std::min(name.size() + 1, ordering.size()));
        while (name.starts_with(' '))
            name.remove_prefix(1);
        while (name.ends_with(' '))
            name.remove_suffix(1);
        const bool down = name.starts_with('-');
        if (down)
            name.remove_prefix(1);
        const auto at = position(of.fields, name);
        if (at == of.fields.size() || !of.fields[at].has(flag::sortable) ||
            std::find(taken.begin(), taken.end(), at) != taken.end())
            continue;
        taken.push_back(at);
        descending = down;
        if (!out.empty())
            out += ", ";
        append_column(out, of.fields[at], of.alias);
        out += down ? " DESC" : "";
    }
    if (out.empty())
        return std::string(of.default_order);
    return out.append(", ").append(of.alias).append(descending ? ".id DESC" : ".id");
}

std::string select_sql(const resource& of, shape shown) {
    return fmt::format("SELECT {} FROM {} {}{} WHERE ", select_list(shown, of.alias), of.table, of.alias,
                       join_list(shown));
}

std::string sorted_sql(const resource& of, shape shown, std::string_view condition, std::string_view order,
                       std::string_view limit) {
    const auto joins = join_list(shown);
    const auto sorted =
        fmt::format("FROM {} {} WHERE {} ORDER BY {}{}", of.table, of.alias, condition, order, limit);
    const auto columns = select_list(shown, of.alias);
    if (joins.empty())
        return fmt::format("SELECT {} {}", columns, sorted);
    return fmt::format("SELECT {} FROM (SELECT {} {}) {}{} ORDER BY {}", columns,
                       carried_columns(of, order, columns + joins), sorted, of.alias, joins, order);
}

list_statement list_sql(const resource& of, shape shown, const conditions& where, std::string_view order,
                        int at_most) {
    const auto condition = where.text().empty() ? std::string("true") : where.text();
    return {sorted_sql(of, shown, condition, order,
                       fmt::format(" LIMIT {} OFFSET ${}", at_most, where.values.size() + 1)),
            fmt::format("SELECT count(*) FROM {} {} WHERE {}", of.table, of.alias, condition)};
}

std::string insert_sql(const resource& of, unsigned flags, std::initializer_list<std::string_view> more,
                       std::initializer_list<column_value> computed) {
    std::string names, places;
    std::size_t place = 0;
    const auto add = [&](std::string_view name) {
        names.append(names.empty() ? "" : ", ").append(name);
        places.append(places.empty() ? "$" : ", $").append(std::to_string(++place));
    };
    for (const auto& f : of.fields)
        if (is_column(f, flags))
            add(f.name);
    for (auto name : more)
        add(name);
    for (const auto& c : computed) {
        names.append(", ").append(c.column);
        places.append(", ").append(c.sql);
    }
    return fmt::format("INSERT INTO {} ({}) SELECT {}", of.table, names, places);
}

std::size_t columns_with(field_table table, unsigned flags) {
    return static_cast<std::size_t>(
        std::count_if(table.begin(), table.end(), [&](const auto& f) { return is_column(f, flags); }));
}

parameters insert_values(field_table table, unsigned flags, const void* object) {
    parameters values;
    for (const auto& f : table)
        if (is_column(f, flags))
            add_value(values, f, object);
    return values;
}

update_list update_sql(const resource& of, unsigned flags, std::string_view alias, std::string_view except) {
    std::string text;
    std::size_t place = 1, bit = 0;
    for (const auto& f : of.fields) {
        if (!is_column(f, flags))
            continue;
        ++bit, ++place;
        if (f.name != except)
            text += fmt::format("{}{} = CASE WHEN ($1::boolean[])[{}] THEN ${} ELSE {}.{} END",
                                text.empty() ? "" : ", ", f.name, bit, place, alias, f.name);
    }
    return {std::move(text), place + 1};
}

std::string chosen_sql(const resource& of, unsigned flags, std::string_view column, std::string_view type) {
    std::size_t bit = 0;
    for (const auto& f : of.fields) {
        bit += is_column(f, flags);
        if (f.name == column)
            break;
    }
    return fmt::format("CASE WHEN ($1::boolean[])[{}] THEN ${}::{} END", bit, bit + 1, type);
}

parameters update_values(field_table table, unsigned flags, const void* object, const field_set& changed) {
    std::string bits = "{";
    for (std::size_t i = 0; i < table.size(); ++i)
        if (is_column(table[i], flags))
            bits.append(bits.size() > 1 ? "," : "").append(changed[i] ? "t" : "f");
    parameters values;
    values.add(bits += '}');
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (!is_column(table[i], flags))
            continue;
        if (changed[i])
            add_value(values, table[i], object);
        else
            values.add(std::nullopt);
    }
    return values;
}

std::string change_row_sql(const resource& of, shape shown, unsigned flags, std::string_view condition,
                           std::string_view more_ctes) {
    const auto list = update_sql(of, flags, of.alias);
    std::string before, dropped;
    for (const auto& f : of.fields) {
        if (!is_file(f))
            continue;
        before += fmt::format(", old.{0} AS {0}_before", f.name);
        dropped += fmt::format(", CASE WHEN {0}.{1} IS DISTINCT FROM {0}.{1}_before THEN {0}.{1}_before END",
                               of.alias, f.name);
    }
    return fmt::format(
        "WITH RECURSIVE old AS (SELECT * FROM {0} WHERE id = ${1} FOR UPDATE), changed AS (UPDATE {0} {2} SET"
        " {3}, updated_at = now() FROM old WHERE {2}.id = old.id AND {4} RETURNING {2}.*{5}){6}"
        " SELECT {7}{8} FROM changed {2}{9}",
        of.table, list.next_place, of.alias, list.text, condition, before, more_ctes,
        select_list(shown, of.alias), dropped, join_list(shown));
}

std::string remove_row_sql(const resource& of) {
    std::string files;
    for (const auto& f : of.fields)
        if (is_file(f))
            files.append(", ").append(f.name);
    return fmt::format("DELETE FROM {} WHERE id = $1 RETURNING id{}", of.table, files);
}

std::vector<std::string> files_from(const rows& found, int first) {
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < found.size(); ++i)
        for (int column = first; column < found[i].columns(); ++column)
            if (!found[i].text(column).empty())
                paths.emplace_back(found[i].text(column));
    return paths;
}

std::string select_all_sql(const resource& of) {
    std::string list;
    for (const auto& f : of.fields) {
        if (f.has(flag::computed_))
            continue;
        list += list.empty() ? "" : ", ";
        append_column(list, f, of.alias);
    }
    return fmt::format("SELECT {} FROM {} {} WHERE ", list, of.table, of.alias);
}

bool read_object(const row& from, field_table table, void* object, int first) {
    for (const auto& f : table) {
        if (f.has(flag::computed_))
            continue;
        const auto text = from.text(first);
        if (!f.from_text(object, from.is_null(first) ? nullptr : &text))
            return false;
        ++first;
    }
    return true;
}

void add_filter(conditions& where, const resource& of, const field_info& f, const std::string* given) {
    std::string column;
    append_column(column, f, of.alias);
    std::optional<std::string> value;
    if (given)
        value = f.type != kind::boolean ? *given : given->starts_with('t') ? "true" : "false";
    where.add(fmt::format("coalesce({0}::text, '') = coalesce(?, {0}::text, '')", column), value);
}

} // namespace mvp::storage
