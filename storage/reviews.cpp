// Reading reviews, votes on them, and the sellers' answers.
#include "storage/reviews.hpp"

#include "storage/reviews_sql.hpp"

#include <fmt/format.h>

namespace mvp::storage::reviews {
task<result<rows>> find(database& db, const review_kind& kind, uuid id, viewer by) {
    parameters with(by.id, id, by.staff);
    co_return co_await db.query(statements_of(kind).find, std::move(with));
}

task<result<std::optional<target>>> find_target(database& db, const review_kind& kind, uuid id, viewer by) {
    auto found = co_await db.query(statements_of(kind).target, parameters(id, by.id));
    if (!found)
        co_return fail(std::move(found.error()));
    std::optional<target> t;
    if (!found->empty()) {
        const auto row = found->front();
        t.emplace();
        t->owner = row.id(0);
        t->is_public = row.boolean(1);
        t->subject = row.id(2);
        t->seller = row.id(3);
    }
    co_return t;
}

conditions list_conditions(const review_kind& kind, const viewer& by, const list_request& wanted) {
    conditions where;
    where.values.add(by.id).add(by.staff);
    where.add(fmt::format("({} OR $2::boolean)", seen_sql(kind, "$1::uuid")));
    if (wanted.approved_only)
        where.add("r.is_approved");
    if (wanted.subject)
        where.add(fmt::format("r.{} = ?", kind.column), *wanted.subject);
    if (wanted.reviewer)
        where.add("r.reviewer_id = ?", *wanted.reviewer);
    if (wanted.rating || wanted.min_rating || wanted.is_verified_purchase) {
        where.add("r.rating = coalesce(?, r.rating)", wanted.rating);
        where.add("r.rating >= coalesce(?, r.rating)", wanted.min_rating);
        where.add("r.is_verified_purchase = coalesce(?, r.is_verified_purchase)",
                  wanted.is_verified_purchase);
    }
    return where;
}

task<result<page>> list(database& db, const review_kind& kind, viewer by, list_request wanted, int size,
                        std::int64_t offset) {
    auto where = list_conditions(kind, by, wanted);
    auto order = order_by(kind.of, wanted.ordering);
    co_return co_await storage::list(db, kind.of, kind.shown, std::move(where), std::move(order), size,
                                     offset);
}

task<result<votes::outcome>> vote(database& db, const review_kind& kind, votes::ballot given) {
    return votes::cast(db, statements_of(kind).vote, given);
}

task<result<rows>> respond(database& db, const review_kind& kind, uuid id, viewer by, std::string answer) {
    parameters with(by.id, id, answer);
    co_return co_await db.execute(statements_of(kind).respond, std::move(with));
}

task<result<>> may_review(database& db, const review_kind& kind, uuid subject, viewer by) {
    parameters with(subject, by.id, by.staff);
    auto found = co_await db.query(statements_of(kind).may_review, std::move(with));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return fail(no_subject(kind));
    const auto row = found->front();
    const bool his_own = row.boolean(0), sells = row.boolean(1), reviewed = row.boolean(2);
    if (his_own)
        co_return fail(errc::refused, std::string(kind.own));
    if (!sells)
        co_return fail(errc::refused, "You can only review sellers");
    if (reviewed)
        co_return fail(reviewed_before(kind));
    co_return result<>{};
}

} // namespace mvp::storage::reviews
