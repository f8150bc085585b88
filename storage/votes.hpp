// Votes on whether a text is helpful: one a user, changed or taken back at will. The text's counters always
// equal its votes: both change in one transaction, behind the locks of the texts' rows.
#pragma once

#include "storage/async.hpp"
#include "storage/model/uuid.hpp"
#include "storage/model/vote.hpp"
#include "storage/postgres/database.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::storage::votes {

/// Where they are: `texts` has the column `author` and helpful_count and unhelpful_count; `table` has
/// `text_id`, user_id and vote_type.
struct place {
    std::string_view texts, author, table, text_id;
};

struct ballot {
    uuid text{}, user{};
    std::optional<helpfulness> what{}; ///< empty: takes his vote back
};
/// Many as the values of a statement.
struct columns {
    explicit columns(std::span<const ballot> all);
    std::vector<uuid> texts{}, users{};
    std::vector<std::string> opinions{};
};

/// The statements of one transaction, the lock first: what it locks sees every vote before it.
struct statements {
    /// `more`: CTEs (", more AS (…)") that may speak of `counted`, the texts whose counters have changed,
    /// with their new values and `up`, by how many helpful_count has grown.
    explicit statements(const place& where, std::string_view more = {});
    const statement lock; ///< $1 the texts
    const statement cast; ///< $1 the texts, $2 the users, $3 the opinions; each pair of the first two once
};

enum class outcome {
    given,   ///< the user's first vote on this text
    changed, ///< he had voted otherwise
    same,    ///< nothing changed
    taken_back
};
/// For each of `all` what became of it, by the rows of `cast`. errc::not_found without a text: there is no
/// such text; errc::forbidden: it is his own; errc::missing: there is no vote to take back.
std::vector<result<outcome>> outcomes(std::span<const ballot> all, const rows& cast);

/// One, in a transaction of its own.
task<result<outcome>> cast(database& db, const statements& with, ballot one);

} // namespace mvp::storage::votes
