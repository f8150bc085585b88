// What moderation knows of each type of content, and the statements of its list; for
// storage/moderation*.cpp, and for the test that asks PostgreSQL how it runs them.
#pragma once

#include "storage/moderation.hpp"

#include <span>
#include <string_view>

namespace mvp::storage::moderation {

/// What becomes of content; `reason`: why it is rejected.
struct verdict {
    bool approved = true, flagged = false;
    std::string reason{};
};

struct content {
    content_type type;
    const resource* of;
    std::string_view noun;   ///< "Reply": in refusals
    std::string_view author; ///< its column
    std::string_view text;   ///< SQL over the alias: what it says
    std::string approved;    ///< SQL over the alias: it is not hidden
    std::string others_see;  ///< SQL over the alias: nor because of something else, from the user $2
    /// Shows or hides it with what follows from that, and remembers whether it has open flags; takes its
    /// locks in the order of every other change.
    task<result<>> (*judge)(transaction& t, uuid id, const verdict& v);
    /// What is cached of it falls; null: nothing is.
    task<> (*shown_anew)(database& db, cache& cache, uuid id) = nullptr;
};
std::span<const content> contents();
const content& content_of(content_type type);

/// $1: the type, NULL for all; the rows' last value is the offset.
list_statement cases_sql(int at_most);

} // namespace mvp::storage::moderation
