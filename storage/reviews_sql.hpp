// The statements about reviews, made once a kind; for storage/reviews*.cpp, and for the test that asks
// PostgreSQL how it runs them.
#pragma once

#include "storage/reviews.hpp"

namespace mvp::storage::reviews {

struct statements {
    explicit statements(const review_kind& kind);
    const statement find;       ///< $1 the viewer, $2 the review, $3 he is staff
    const statement shown;      ///< $1 the viewer, $2 the review
    const statement target;     ///< $1 the review, $2 who looks
    const statement may_review; ///< $1 the subject, $2 the user, $3 he is staff
    const statement respond;    ///< $1 the seller, $2 the review, $3 the answer
    const statement lock;       ///< $1 the subject
    const statement create;     ///< the content, then the id, the reviewer and the subject
    const statement edit;       ///< the content and which of it, then the id and the subject
    const statement remove;     ///< $1 the review, $2 its subject
    const statement moderate;   ///< $1 the review, $2 its subject, $3 approved, $4 flagged
    const statement recompute;  ///< $1 the subject; a row with its seller if the figures are others
    const votes::statements vote;
};
const statements& statements_of(const review_kind& kind);

/// Computes the figures of the subjects whose id is `which` ("= $1") and, if `noted`, tells silently of those
/// that changed. A row for each of these with its seller.
std::string recompute_sql(const review_kind& kind, std::string_view which, bool noted);

/// True for a review `r` that `user` (SQL) sees without being of the staff.
std::string seen_sql(const review_kind& kind, std::string_view user);

/// Refusals that more than one function gives.
error no_review(const review_kind& kind);
error no_subject(const review_kind& kind);
error reviewed_before(const review_kind& kind);

/// What comes behind WHERE in a list; $1 is the viewer.
conditions list_conditions(const review_kind& kind, const viewer& by, const list_request& wanted);

} // namespace mvp::storage::reviews
