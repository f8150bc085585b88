// Rows become JSON by the shapes that their resources declare. A row is written as it came from PostgreSQL,
// cell by cell, quoted by its field's kind: what is only shown never becomes an object first.
#pragma once

#include "storage/model/field.hpp"
#include "storage/postgres/database.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mvp::http {

/// For whose eyes, and how files are addressed.
struct view {
    bool logged_in = false;       ///< sees fields with flag::members
    bool personal = false;        ///< sees fields with flag::personal: the user himself, staff
    std::string_view origin = {}; ///< "http://host" before the URLs of files; empty: they begin with /media/
};

/// One cell: canonical or PostgreSQL's own text (null: none), quoted by the field's kind.
void append_value(std::string& out, const storage::field_info& field, const std::string_view* text,
                  const view& to);

/// An object of the columns of `from`, from `column` on, which is moved behind them. Each `many` of the shape
/// takes the next of `lists`.
void append_object(std::string& out, storage::shape shown, const storage::row& from, int& column,
                   const view& to, std::span<const storage::rows> lists = {});
std::string encode_object(storage::shape shown, const storage::row& from, const view& to,
                          std::span<const storage::rows> lists = {});

/// An array of the first `at_most` rows; `inner` has for each of them the rows of the shape's `many`.
void append_array(std::string& out, storage::shape shown, const storage::rows& from, const view& to,
                  std::size_t at_most = static_cast<std::size_t>(-1),
                  std::span<const storage::rows> inner = {});

/// A struct by its shape (fields only).
void append_struct(std::string& out, storage::shape shown, const void* object, const view& to);

} // namespace mvp::http
