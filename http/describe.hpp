// How a route's methods are described beside their handlers: what they take and what they answer, as constant
// data from which http/openapi.cpp makes the OpenAPI document. What follows from the route itself (its path,
// who may call it, the refusals of bodies that cannot be read) is not said here.
//
//   .docs = {.get = doc::page_of(car_listed).lists(car_fields),
//            .post = doc::takes(car_fields, mode::create).gives(201, car_detailed)}
//   .docs = {.post = doc::takes(rejection_fields).gives(doc::message, doc::object("car", car_detailed))}
//   .docs = {.get = doc::page_of(car_listed).asks(doc::id("seller_id"))}
//   .docs = {.del = doc::gives_nothing()}
//
// Every shape that is answered has its name in http/api/shapes.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

// Nothing of the model is included: everybody reads this header, and only those who describe need the tables.
namespace mvp::storage {
struct field_info;
struct shape_item;
} // namespace mvp::storage

namespace mvp::http {
enum class mode; // decode.hpp
}

namespace mvp::http::doc {

using fields = std::span<const storage::field_info>;
using shape = std::span<const storage::shape_item>;

enum class is : std::uint8_t { text, integer, boolean, id, time, texts, object, array, file, files };

/// One key of a body or an answer, or one parameter, that no table of fields declares.
struct key {
    std::string_view name{};
    is type = is::text;
    bool optional = false; ///< of an answer: may be missing
    shape shown{};         ///< of an object, or of an array's items

    constexpr key or_none() const {
        key same = *this;
        same.optional = true;
        return same;
    }
};

constexpr key text(std::string_view name) {
    return {.name = name};
}
constexpr key integer(std::string_view name) {
    return {.name = name, .type = is::integer};
}
constexpr key boolean(std::string_view name) {
    return {.name = name, .type = is::boolean};
}
constexpr key id(std::string_view name) {
    return {.name = name, .type = is::id};
}
constexpr key time(std::string_view name) {
    return {.name = name, .type = is::time};
}
constexpr key texts(std::string_view name) {
    return {.name = name, .type = is::texts};
}
constexpr key object(std::string_view name, shape shown) {
    return {.name = name, .type = is::object, .shown = shown};
}
constexpr key array(std::string_view name, shape shown) {
    return {.name = name, .type = is::array, .shown = shown};
}
/// An upload; several under one name.
constexpr key file(std::string_view name) {
    return {.name = name, .type = is::file};
}
constexpr key files(std::string_view name) {
    return {.name = name, .type = is::files};
}
/// {"message": "…"}
inline constexpr key message = text("message");

/// What one method of a route takes and answers.
struct operation {
    enum class content : std::uint8_t {
        undescribed,
        nothing,       ///< 204
        keys,          ///< an object of the keys for the answer; none: {}
        object,        ///< of the shape `shown`
        page,          ///< of such objects
        array,         ///< of such objects
        array_or_page, ///< an array, or with ?page= a page
        links,         ///< an object of URLs
        bytes,         ///< of `media_type`
        file           ///< the same with ranges
    };
    enum class place : std::uint8_t { body, query, answer };
    struct placed {
        place where = place::body;
        key named{};
    };

    content answers = content::undescribed;
    bool any_of_body = false; ///< takes a body at all
    bool or_html = false;     ///< whoever accepts text/html gets a page for people
    int status = 200;
    int other_status = 0; ///< with which the same answer may come too
    mode how{};
    fields taken{};   ///< the body's fields: those that `how` takes
    fields asked{};   ///< query parameters, each a field
    fields listed{};  ///< ?search= and filters by their flags
    fields ordered{}; ///< ?ordering= by its flag
    shape shown{};
    std::string_view media_type{};
    std::string_view summary{}; ///< a sentence; without one the route's name speaks for itself
    std::array<placed, 6> keys{};

    constexpr bool described() const { return answers != content::undescribed; }

    /// The fields of a table that `how` takes.
    constexpr operation takes(fields table, mode method = mode{}) const {
        operation o = *this;
        o.any_of_body = true;
        o.taken = table;
        o.how = method;
        return o;
    }
    template <class... Keys>
    requires(sizeof...(Keys) > 0 && (std::is_same_v<Keys, key> && ...)) constexpr operation
        takes(Keys... named) const {
        operation o = with(place::body, named...);
        o.any_of_body = true;
        return o;
    }

    /// A table of fields, each a query parameter.
    constexpr operation asks(fields table) const {
        operation o = *this;
        o.asked = table;
        return o;
    }
    template <class... Keys>
    requires(sizeof...(Keys) > 0 && (std::is_same_v<Keys, key> && ...)) constexpr operation
        asks(Keys... named) const {
        return with(place::query, named...);
    }
    /// The query parameters that the flags of a resource's table promise: filterable, searchable, sortable.
    constexpr operation lists(fields table) const {
        operation o = orders(table);
        o.listed = table;
        return o;
    }
    /// The sortable ones alone.
    constexpr operation orders(fields table) const {
        operation o = *this;
        o.ordered = table;
        return o;
    }

    constexpr operation gives(int code, shape object) const {
        return answering(content::object, code, object);
    }
    constexpr operation gives(shape object) const { return gives(200, object); }
    template <class... Keys>
    requires(std::is_same_v<Keys, key>&&...) constexpr operation gives(int code, Keys... named) const {
        return with(place::answer, named...).answering(content::keys, code);
    }
    template <class... Keys>
    requires(std::is_same_v<Keys, key>&&...) constexpr operation gives(key first, Keys... more) const {
        return gives(200, first, more...);
    }
    constexpr operation gives_nothing() const { return answering(content::nothing, 204); }
    constexpr operation page_of(shape object) const { return answering(content::page, 200, object); }
    constexpr operation array_of(shape object) const { return answering(content::array, 200, object); }
    constexpr operation array_or_page_of(shape object) const {
        return answering(content::array_or_page, 200, object);
    }
    constexpr operation gives_links() const { return answering(content::links, 200); }
    constexpr operation gives_bytes(std::string_view type) const {
        operation o = answering(content::bytes, 200);
        o.media_type = type;
        return o;
    }
    constexpr operation gives_file(std::string_view type) const {
        operation o = answering(content::file, 200);
        o.media_type = type;
        return o;
    }
    /// The same answer also with this status ("Already flagged": 200 instead of 201).
    constexpr operation or_with(int code) const {
        operation o = *this;
        o.other_status = code;
        return o;
    }
    /// The same as a page, for whoever accepts text/html.
    constexpr operation or_as_html() const {
        operation o = *this;
        o.or_html = true;
        return o;
    }
    constexpr operation about(std::string_view sentence) const {
        operation o = *this;
        o.summary = sentence;
        return o;
    }

  private:
    constexpr operation answering(content what, int code, shape object = {}) const {
        operation o = *this;
        o.answers = what;
        o.status = code;
        o.shown = object;
        return o;
    }
    template <class... Keys> constexpr operation with([[maybe_unused]] place where, Keys... named) const {
        operation o = *this;
        (o.add(where, named), ...);
        return o;
    }
    /// Does not compile (in a constant) when there are more keys than places.
    constexpr void add(place where, const key& named) {
        std::size_t i = 0;
        while (!keys.at(i).named.name.empty())
            ++i;
        keys[i] = {where, named};
    }
};

/// By method; as many as the route has handlers.
struct operations {
    operation get{}, post{}, put{}, patch{}, del{};
};

// A description may begin with what the method takes, asks or answers.
template <class... Arguments> constexpr operation takes(const Arguments&... what) {
    return operation{}.takes(what...);
}
template <class... Arguments> constexpr operation gives(const Arguments&... what) {
    return operation{}.gives(what...);
}
constexpr operation gives_nothing() {
    return operation{}.gives_nothing();
}
constexpr operation page_of(shape object) {
    return operation{}.page_of(object);
}
constexpr operation array_of(shape object) {
    return operation{}.array_of(object);
}
constexpr operation array_or_page_of(shape object) {
    return operation{}.array_or_page_of(object);
}
constexpr operation gives_links() {
    return operation{}.gives_links();
}
constexpr operation gives_bytes(std::string_view type) {
    return operation{}.gives_bytes(type);
}
constexpr operation gives_file(std::string_view type) {
    return operation{}.gives_file(type);
}

} // namespace mvp::http::doc
