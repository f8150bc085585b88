// Reviews in PostgreSQL, of sellers and of parts alike (storage::review_kind): who sees which (everybody the
// approved ones, but of a hidden part only its seller; a reviewer his own too, staff all), votes and answers;
// and every change that the subject's figures follow.
//
// The figures (a seller's row of seller_ratings with its mirrors in users and company_stores, a part's rating
// and reviews_count) are computed by SQL over the approved rows, in the transaction of the change, behind the
// lock of the subject's row: they equal the rows after every commit, whoever else writes. Cached answers that
// show them fall before apply() returns.
#pragma once

#include "storage/cache.hpp"
#include "storage/model/review.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"
#include "storage/votes.hpp"

#include <optional>
#include <vector>

namespace mvp::storage::reviews {

// --- reading: rows have the columns of the kind's shape, with the vote of whoever looks
// ------------------------------------------------------------------------------------------------

/// No row: not there, or not for these eyes.
task<result<rows>> find(database& db, const review_kind& kind, uuid id, viewer by);

/// The owner is the reviewer, public is what these eyes see.
struct target : ownership {
    uuid subject{}, seller{};
};
/// Empty: no such review.
task<result<std::optional<target>>> find_target(database& db, const review_kind& kind, uuid id, viewer by);

/// What narrows a list.
struct list_request {
    std::optional<uuid> subject{}, reviewer{};
    std::optional<int> rating{}, min_rating{};
    std::optional<bool> is_verified_purchase{};
    bool approved_only = false; ///< whoever looks
    std::string ordering{};
};
task<result<page>> list(database& db, const review_kind& kind, viewer by, list_request wanted, int size,
                        std::int64_t offset);

// --- votes and the seller's answer
// ----------------------------------------------------------------------------------------------------

/// Errors: see votes::outcomes.
task<result<votes::outcome>> vote(database& db, const review_kind& kind, votes::ballot given);

/// Sets or replaces the seller's answer; the reviewer hears of the first one. No row: no such review.
task<result<rows>> respond(database& db, const review_kind& kind, uuid id, viewer by, std::string answer);

// --- changes that the figures follow
// --------------------------------------------------------------------------------------------------

/// Why this user may not review that subject; errc::missing if there is none (for him).
task<result<>> may_review(database& db, const review_kind& kind, uuid subject, viewer by);

struct change {
    enum class kind { create, edit, remove, moderate };
    kind what{};
    uuid id{}; ///< of the review; a new one's is made by the caller
    viewer by{};
    review content{};                          ///< create, edit
    field_set present{};                       ///< edit: which of its fields
    std::optional<bool> approved{}, flagged{}; ///< moderate: what they become; empty: as they are
};
change creation(uuid id, viewer by, review content);
change edit(uuid id, viewer by, review content, field_set present);
change removal(uuid id, viewer by);
change moderation(uuid id, viewer by, std::optional<bool> approved, std::optional<bool> flagged);

struct outcome {
    rows shown{};         ///< the review as `by` sees it afterwards; none after a removal
    bool changed = false; ///< something did change (moderate: the state was another one)
};
using outcomes = std::vector<result<outcome>>;

/// Changes reviews of one subject in one transaction with one recompute, each with its own outcome:
/// errc::not_found (no such review), errc::missing (no such subject) and errc::refused (reviewed before) are
/// outcomes of one change; an error of the whole means that nothing was changed. A new review's seller is
/// told. Without any change the figures are computed anew.
task<result<outcomes>> apply(database& db, cache& cache, const review_kind& kind, uuid subject,
                             std::vector<change> changes);

/// moderation() by itself, for callers that know the review only.
task<result<outcome>> set_approved(database& db, cache& cache, const review_kind& kind, uuid id, viewer by,
                                   std::optional<bool> approved, std::optional<bool> flagged);

} // namespace mvp::storage::reviews
