// What PostgreSQL's complaints mean to this program: the one place that knows SQLSTATE codes.
#pragma once

#include "storage/model/error.hpp"

namespace mvp::storage {

/// `state` is the SQLSTATE, empty when the connection was lost. `named` is the constraint's name, or for a
/// NOT NULL violation the column's. That a table is missing is told in the log.
error sql_error(std::string_view state, std::string_view named, std::string_view message);

/// A deadlock or a serialization failure: the same transaction may succeed when it is repeated.
bool is_retryable(const error& e);

/// A table, column, function or schema is not there.
bool is_missing_schema(const error& e);

/// The transaction was refused; otherwise nobody knows whether it was committed.
bool is_rolled_back(const error& e);

/// A prepared statement is not there (its Parse was aborted behind somebody else's error).
bool is_unprepared(std::string_view state);

/// 503 with Retry-After 1.
error unavailable(std::string text);

} // namespace mvp::storage
