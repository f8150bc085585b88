// A resource is declared once: a plain struct and one constexpr table of its fields. Select lists, inserts,
// decoding with the API's error texts, encoding, filters and ordering are plain loops over that table.
//
//   inline constexpr auto car_fields = [] {
//       using namespace flag;
//       return std::array{field<&car::year>("year", required | written | sortable, {.min = 1900}), …};
//   }();
//   static_assert(covers<car>(car_fields));
//
// A field is type-erased: two functions read and write its member through one canonical text, PostgreSQL's
// own
// ("t", "25000.00", "2026-11-22 22:36:27.8+00", ["AC"]).
#pragma once

#include "storage/model/timestamp.hpp"
#include "storage/model/uuid.hpp"
#include "storage/model/values.hpp"

#include <boost/pfr/tuple_size.hpp>

#include <bitset>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mvp::storage {

/// How a value is checked when it comes in, and quoted when it goes out as JSON.
enum class kind : std::uint8_t {
    automatic, ///< by the member's type
    text,
    email,
    url,
    phone,
    integer,
    decimal,
    boolean,
    choice,
    date,
    time,
    timestamp,
    id,        ///< a UUID: "Must be a valid UUID."
    reference, ///< a UUID that names another row: "“abc” is not a valid UUID."
    texts,     ///< an array of texts
    json,      ///< kept verbatim
    file,      ///< path of an upload, shown as URL
    image
};

namespace flag {
enum flags : unsigned {
    none = 0,
    required = 1 << 0,   ///< in the body of a create or a PUT
    blank = 1 << 1,      ///< "" is a value
    created = 1 << 2,    ///< clients set it at creation
    updated = 1 << 3,    ///< clients change it
    staff = 1 << 4,      ///< as the two before, but from staff only; ignored from others
    sortable = 1 << 5,   ///< ?ordering= knows it
    searchable = 1 << 6, ///< ?search= looks into it
    filterable = 1 << 7, ///< ?name=value narrows a list
    personal = 1 << 8,   ///< shown to the user himself and staff; null for others
    members = 1 << 9,    ///< shown to logged-in callers; null for others
    secret = 1 << 10,    ///< never shown
    untrimmed = 1 << 11, ///< white space around a text is kept
    nullable = 1 << 12,  ///< set by field() for std::optional members
    computed_ = 1 << 13, ///< set by computed() and looked_up(): not a column
    written = created | updated
};
} // namespace flag

struct limits {
    std::int64_t min =
        std::numeric_limits<std::int32_t>::min(); ///< of integers and, in whole units, decimals
    std::int64_t max = std::numeric_limits<std::int32_t>::max(); ///< of integers
    std::int64_t (*max_now)() = nullptr; ///< instead of `max`, where it moves with time
    int length = 0;                      ///< characters of a text or file name, 0: no bound
    int digits = 0;                      ///< of a decimal, in total
    int items = 0;                       ///< of an array; `length` bounds each
    kind as = kind::automatic;
};

/// Characters of what users write under each other's things: more than anybody types, far less than a body
/// may hold.
inline constexpr int longest_post = 10'000;

struct field_info {
    std::string_view name; ///< JSON key and column
    kind type = kind::text;
    unsigned flags = 0;
    limits bounds{};
    int places = 0;                              ///< decimals
    std::span<const std::string_view> choices{}; ///< kind::choice
    std::string_view expression{};               ///< of a computed one: SQL, with '@' for the table's alias
    /// Sets the member from canonical text (null: no value). False if the text is none of this kind.
    bool (*from_text)(void* object, const std::string_view* text) = nullptr;
    /// Appends the member's canonical text; false if it is null.
    bool (*to_text)(const void* object, std::string& out) = nullptr;

    constexpr bool has(unsigned f) const { return (flags & f) != 0; }
};

using field_table = std::span<const field_info>;
/// Which fields of a table, by position.
using field_set = std::bitset<96>;

// --- how each type of member is read and written
// -----------------------------------------------------------------------
template <class T> struct value_of;

template <> struct value_of<std::string> {
    static constexpr kind type = kind::text;
    static bool read(std::string& v, std::string_view text) {
        v.assign(text);
        return true;
    }
    static void write(const std::string& v, std::string& out) { out += v; }
};
template <class T>
requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) struct value_of<T> {
    static constexpr kind type = kind::integer;
    static bool read(T& v, std::string_view text) {
        auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), v);
        return failed == std::errc() && end == text.data() + text.size();
    }
    static void write(T v, std::string& out) {
        char digits[24];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
    }
};
template <> struct value_of<bool> {
    static constexpr kind type = kind::boolean;
    static bool read(bool& v, std::string_view text) {
        v = text.starts_with('t');
        return v || text.starts_with('f');
    }
    static void write(bool v, std::string& out) { out += v ? 't' : 'f'; }
};
/// For types with a parser that returns an optional and an appender.
template <class T, kind Kind, auto Parse, auto Append> struct parsed_value {
    static constexpr kind type = Kind;
    static bool read(T& v, std::string_view text) {
        auto parsed = Parse(text);
        if (parsed)
            v = std::move(*parsed);
        return parsed.has_value();
    }
    static void write(const T& v, std::string& out) { Append(out, v); }
};
template <>
struct value_of<timestamp> : parsed_value<timestamp, kind::timestamp, parse_timestamp, append_timestamp> {};
template <> struct value_of<day> : parsed_value<day, kind::date, parse_day, append_day> {};
template <>
struct value_of<time_of_day> : parsed_value<time_of_day, kind::time, parse_time_of_day, append_time_of_day> {
};
template <>
struct value_of<std::vector<std::string>>
    : parsed_value<std::vector<std::string>, kind::texts, parse_texts, append_texts> {};
template <> struct value_of<uuid> {
    static constexpr kind type = kind::id;
    static bool read(uuid& v, std::string_view text) {
        auto parsed = uuid::parse(text);
        if (parsed)
            v = *parsed;
        return parsed.has_value();
    }
    static void write(const uuid& v, std::string& out) { v.append_to(out); }
};
template <int Places> struct value_of<decimal<Places>> {
    static constexpr kind type = kind::decimal;
    static bool read(decimal<Places>& v, std::string_view text) {
        auto units = parse_decimal(text, Places);
        if (units)
            v.units = *units;
        return units.has_value();
    }
    static void write(const decimal<Places>& v, std::string& out) { append_decimal(out, v.units, Places); }
};
template <class E>
requires std::is_enum_v<E>
struct value_of<E> {
    static constexpr kind type = kind::choice;
    static bool read(E& v, std::string_view text) {
        auto parsed = parse_choice<E>(text);
        if (parsed)
            v = *parsed;
        return parsed.has_value();
    }
    static void write(E v, std::string& out) { out += to_text(v); }
};

namespace detail {

template <class> struct member_of;
template <class C, class V> struct member_of<V C::*> {
    using object = C;
    using value = V;
};
template <class V> struct plain {
    using type = V;
    static constexpr bool optional = false;
};
template <class V> struct plain<std::optional<V>> {
    using type = V;
    static constexpr bool optional = true;
};

template <auto Member> bool read_member(void* object, const std::string_view* text) {
    using types = member_of<decltype(Member)>;
    using value = plain<typename types::value>;
    auto& member = static_cast<typename types::object*>(object)->*Member;
    if constexpr (value::optional) {
        if (!text) {
            member.reset();
            return true;
        }
        return value_of<typename value::type>::read(member.emplace(), *text);
    } else {
        return text && value_of<typename value::type>::read(member, *text);
    }
}

template <auto Member> bool write_member(const void* object, std::string& out) {
    using types = member_of<decltype(Member)>;
    using value = plain<typename types::value>;
    const auto& member = static_cast<const typename types::object*>(object)->*Member;
    if constexpr (value::optional) {
        if (member)
            value_of<typename value::type>::write(*member, out);
        return member.has_value();
    } else {
        value_of<typename value::type>::write(member, out);
        return true;
    }
}

template <class T, std::string (*Compute)(const T&)>
bool write_computed(const void* object, std::string& out) {
    out += Compute(*static_cast<const T*>(object));
    return true;
}

} // namespace detail

/// The declaration of a member, e.g. field<&car::year>("year", flag::required | flag::written, {.min =
/// 1900}).
template <auto Member>
constexpr field_info field(std::string_view name, unsigned flags = 0, limits bounds = {}) {
    using value = detail::plain<typename detail::member_of<decltype(Member)>::value>;
    using type = typename value::type;
    field_info f{.name = name,
                 .type = bounds.as == kind::automatic ? value_of<type>::type : bounds.as,
                 .flags = flags | (value::optional ? unsigned(flag::nullable) : 0u),
                 .bounds = bounds,
                 .from_text = detail::read_member<Member>,
                 .to_text = detail::write_member<Member>};
    if constexpr (requires { type::places; })
        f.places = type::places;
    if constexpr (std::is_enum_v<type>)
        f.choices = choice_names<type>;
    return f;
}

/// A text that is made of other members; `expression` says the same in SQL, '@' standing for the table's
/// alias.
template <class T, std::string (*Compute)(const T&)>
constexpr field_info computed(std::string_view name, std::string_view expression, unsigned flags = 0) {
    return {.name = name,
            .flags = flags | flag::computed_,
            .expression = expression,
            .to_text = detail::write_computed<T, Compute>};
}

/// What a statement finds out beside the columns, and may find to be nothing. In `expression` '@' stands for
/// the table's alias and $1 for the id of whoever looks (NULL: nobody): every statement that shows such a
/// field gives it first.
constexpr field_info looked_up(std::string_view name, kind type, std::string_view expression,
                               std::span<const std::string_view> choices = {}) {
    return {.name = name,
            .type = type,
            .flags = flag::computed_ | flag::nullable,
            .choices = choices,
            .expression = expression};
}

/// True if every member of T stands in the table: a forgotten one does not compile.
template <class T, class Table> constexpr bool covers(const Table& table) {
    std::size_t members = 0;
    for (const field_info& f : table)
        members += !f.has(flag::computed_);
    return members == boost::pfr::tuple_size_v<T>;
}

/// Position of a name; the table's size if there is none.
constexpr std::size_t position(field_table table, std::string_view name) {
    std::size_t i = 0;
    while (i < table.size() && table[i].name != name)
        ++i;
    return i;
}

// --- what an answer shows
// --------------------------------------------------------------------------------------------

struct shape_item;
/// The keys of a JSON object in their order, and so the columns of the SELECT that fills it.
using shape = std::span<const shape_item>;

/// An object (or list of objects) inside another.
struct relation {
    std::string_view name;       ///< the key
    std::string_view alias;      ///< of its table in the statement
    std::string_view join;       ///< "JOIN users s ON s.id = c.seller_id"
    shape shown;                 ///< its first item is never null in a row that exists
    bool relative_media = false; ///< URLs of files have no host, wherever it appears
};

struct shape_item {
    std::string_view name;
    const field_info* field = nullptr; ///< a plain field, or
    const relation* one = nullptr;     ///< an object or null whose columns stand in the same row, or
    const relation* many = nullptr;    ///< an array whose rows come from a statement of their own
};

/// The field of that name; does not compile if there is none.
template <class Table> consteval shape_item shown(const Table& table, std::string_view name) {
    for (const field_info& f : table)
        if (f.name == name)
            return {.name = f.name, .field = &f};
    throw "no such field";
}
constexpr shape_item one(const relation& r) {
    return {.name = r.name, .one = &r};
}
constexpr shape_item many(const relation& r) {
    return {.name = r.name, .many = &r};
}

/// Fields by name, one after the other, e.g. shape_of(user_fields, "id", "email").
template <class Table, class... Names> consteval auto shape_of(const Table& table, Names... names) {
    return std::array<shape_item, sizeof...(names)>{shown(table, names)...};
}

/// What is known of a table; `name` is the one in "No Car matches the given query."
struct resource {
    std::string_view name, table, alias;
    field_table fields;
    std::string_view default_order; ///< SQL, over the alias
};

} // namespace mvp::storage
