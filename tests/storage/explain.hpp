// What the test of the indexes asks for: an app's file has the uses of that app (explain_test.cpp runs them).
#pragma once

#include "storage/query.hpp"
#include "tests/support/database.hpp"

#include <string>
#include <vector>

namespace mvp::storage::explain {

struct use {
    std::string index;
    std::string what;   ///< whose statement it is
    std::string sql;    ///< with $1…
    std::string values; ///< for EXECUTE
};

inline const std::string any_id = "'00000000-0000-0000-0000-000000000001'";

inline std::string quoted(const char* value) {
    if (!value)
        return "NULL";
    std::string out = "'";
    for (; *value; ++value)
        out.append(*value == '\'' ? 2 : 1, *value);
    return out += '\'';
}

inline std::string quoted(const parameters& values) {
    std::string out;
    for (const char* value : values.pointers())
        out.append(out.empty() ? "" : ", ").append(quoted(value));
    return out;
}

/// A page as storage::list asks for it.
inline use page_of(const resource& of, shape shown, std::string index, std::string what, conditions where,
                   std::string_view ordering = "") {
    auto text = list_sql(of, shown, where, order_by(of, ordering), page_bound(20));
    where.values.add(0);
    return {std::move(index), std::move(what), std::move(text.rows), quoted(where.values)};
}

std::vector<use> of_comments();
std::vector<use> of_moderation();

/// Rows beside the seed's, as many as make PostgreSQL care which way it goes.
void add_of_comments(test::live_database& live);
void add_of_moderation(test::live_database& live);

} // namespace mvp::storage::explain
