// What changes reviews and, with them, their subject's figures.
#include "storage/invalidation.hpp"
#include "storage/log.hpp"
#include "storage/outbox.hpp"
#include "storage/reviews_sql.hpp"
#include "storage/users.hpp"

#include <fmt/format.h>

namespace mvp::storage::reviews {
namespace {

/// Who sells what the review `r` is about.
std::string seller_of(const review_kind& k, std::string_view r) {
    return fmt::format("(SELECT s.{} FROM {} s WHERE s.id = {}.{})", k.seller, k.subjects, r, k.column);
}

/// The event for `recipient` of what stands in `source`, a review.
std::string notice_sql(const review_kind& k, std::string_view source, std::string_view r,
                       std::string_view type, std::string_view recipient, std::string_view title,
                       std::string_view message) {
    return insert_event_sql(source, type, recipient, title, message, fmt::format("'{}'", k.related),
                            fmt::format("{}.id", r), fmt::format("'{}' || {}.id", k.path, r));
}

std::string may_review_sql(const review_kind& k) {
    return fmt::format(
        "SELECT coalesce(o.id = $2::uuid, false), {sells}, EXISTS (SELECT FROM {table} r WHERE r.{column} ="
        " s.id AND r.reviewer_id = $2::uuid) FROM {subjects} s JOIN users o ON o.id = s.{seller}"
        " WHERE s.id = $1 AND ($3::boolean OR o.id = $2::uuid OR ({is_there} AND NOT {hidden}))",
        fmt::arg("sells", k.sells), fmt::arg("table", k.of.table), fmt::arg("column", k.column),
        fmt::arg("subjects", k.subjects), fmt::arg("seller", k.seller), fmt::arg("is_there", k.is_there),
        fmt::arg("hidden", users::hidden_sql("o")));
}

std::string respond_sql(const review_kind& k) {
    return fmt::format(
        "WITH old AS (SELECT id, seller_response FROM {table} WHERE id = $2 FOR UPDATE),"
        " changed AS (UPDATE {table} r SET seller_response = $3, seller_response_date = now(),"
        " updated_at = now() FROM old WHERE r.id = old.id"
        " RETURNING r.*, old.seller_response IS NULL AS is_news), noted AS "
        "({noted})"
        " SELECT {columns} FROM changed r{joins}",
        fmt::arg("table", k.of.table),
        fmt::arg("noted", notice_sql(k, "changed WHERE is_news AND reviewer_id <> $1", "changed",
                                     "'seller_response'", "changed.reviewer_id", "'Response to your review'",
                                     "'Your review \"' || changed.title || '\" was answered: ' ||"
                                     " changed.seller_response")),
        fmt::arg("columns", select_list(k.shown, "r")), fmt::arg("joins", join_list(k.shown)));
}

/// Nothing is inserted for who reviewed before, who sells it himself, or where somebody is not there any
/// more.
std::string create_sql(const review_kind& k) {
    return fmt::format(
        "WITH made AS ({insert} FROM {subjects} s, users w WHERE s.id = $9 AND s.{seller} <> $8 AND w.id = $8"
        " FOR KEY SHARE OF w ON CONFLICT (reviewer_id, {column}) DO NOTHING RETURNING *), noted AS ({noted})"
        " SELECT id FROM made",
        fmt::arg("insert", insert_sql(k.of, flag::created, {"id", "reviewer_id", k.column})),
        fmt::arg("subjects", k.subjects), fmt::arg("seller", k.seller), fmt::arg("column", k.column),
        fmt::arg("noted",
                 notice_sql(k, "made", "made", "'review_received'", seller_of(k, "made"), "'New review'",
                            fmt::format("'{}: \"' || made.title || '\" (' || made.rating ||"
                                        " ' of 5)'",
                                        k.received))));
}

std::string edit_sql(const review_kind& k) {
    const auto list = update_sql(k.of, flag::updated, "r");
    return fmt::format(
        "UPDATE {} r SET {}, updated_at = now() WHERE r.id = ${} AND r.{} = ${} RETURNING r.id", k.of.table,
        list.text, list.next_place, k.column, list.next_place + 1);
}

std::string moderate_sql(const review_kind& k) {
    return fmt::format("WITH new AS (SELECT id, coalesce($3::boolean, is_approved) AS approved,"
                       " coalesce($4::boolean, is_flagged) AS flagged FROM {0} WHERE id = $1 AND {1} = $2)"
                       " UPDATE {0} r SET is_approved = new.approved, is_flagged = new.flagged FROM new"
                       " WHERE r.id = new.id AND (r.is_approved, r.is_flagged) IS DISTINCT FROM"
                       " (new.approved, new.flagged) RETURNING r.id",
                       k.of.table, k.column);
}

// avg() of integers is numeric with 16 decimals, so round() sees on which side of a half the mean lies; it
// rounds halves up.
std::string mean_sql(std::string_view column) {
    return fmt::format("coalesce(round(avg(r.{}), 2), 0)", column);
}

/// Beside the subject's own columns: the seller's row of figures, and his store's.
std::string more_figures_sql() {
    constexpr std::string_view columns[][2] = {
        {"average_rating", "f.mean"},          {"total_reviews", "f.total"},
        {"five_star_count", "f.stars_5"},      {"four_star_count", "f.stars_4"},
        {"three_star_count", "f.stars_3"},     {"two_star_count", "f.stars_2"},
        {"one_star_count", "f.stars_1"},       {"average_communication", "f.mean_1"},
        {"average_item_accuracy", "f.mean_2"}, {"average_shipping", "f.mean_3"},
    };
    std::string names, values, set;
    for (const auto& [name, value] : columns) {
        names += fmt::format(", {}", name);
        values += fmt::format(", {}", value);
        set += fmt::format("{0}{1} = excluded.{1}", set.empty() ? "" : ", ", name);
    }
    return fmt::format(
        ", kept AS (INSERT INTO seller_ratings (seller_id{}) SELECT f.id{} FROM f"
        " ON CONFLICT (seller_id) DO UPDATE SET {}),"
        " in_store AS (UPDATE company_stores o SET store_rating = f.mean, total_reviews = f.total"
        " FROM f WHERE o.company_id = f.id)",
        names, values, set);
}

command command_of(const review_kind& kind, const statements& all, uuid subject, const change& c) {
    switch (c.what) {
    case change::kind::create: {
        auto values = insert_values(kind.of.fields, flag::created, &c.content);
        values.add(c.id).add(c.by.id).add(subject);
        return {all.create, std::move(values)};
    }
    case change::kind::edit: {
        auto values = update_values(kind.of.fields, flag::updated, &c.content, c.present);
        values.add(c.id).add(subject);
        return {all.edit, std::move(values)};
    }
    case change::kind::remove:
        return {all.remove, parameters(c.id, subject)};
    case change::kind::moderate:
        break;
    }
    return {all.moderate, parameters(c.id, subject, c.approved, c.flagged)};
}

/// `changed`: the rows of its command, `shown`: the review afterwards.
result<outcome> outcome_of(const review_kind& kind, const change& c, bool subject_is_there,
                           const rows& changed, const rows& shown) {
    if (c.what == change::kind::create && !subject_is_there)
        return fail(no_subject(kind));
    if (c.what == change::kind::create && changed.empty())
        return fail(reviewed_before(kind));
    const bool gone = c.what == change::kind::remove ? changed.empty() : shown.empty();
    if (gone)
        return fail(no_review(kind));
    return outcome{shown, !changed.empty()};
}

/// Others see other figures now.
task<> shown_anew(database& db, cache& cache, const review_kind& kind, uuid subject, uuid seller) {
    std::vector<event_subject> about(1);
    about[0].recipient = seller;
    about[0].related_type = kind.subject_type;
    about[0].related_id = subject;
    auto done = co_await invalidate(db, cache, std::move(about));
    if (!done)
        log::error("cached answers about {} may be stale until their event is done: {}", subject.text(),
                   done.error().text);
}

} // namespace

std::string seen_sql(const review_kind& k, std::string_view user) {
    std::string with_subject;
    if (k.hidden_with_subject)
        with_subject = fmt::format(" AND (r.is_on_show AND NOT {} OR r.seller_id = {})",
                                   users::is_hidden_sql("r.seller_id"), user);
    return fmt::format("(r.is_approved{} OR r.reviewer_id = {})", with_subject, user);
}

std::string recompute_sql(const review_kind& k, std::string_view which, bool noted) {
    std::string figures = "count(r.id) AS total, " + mean_sql("rating") + " AS mean";
    for (int n = 1; n <= 5; ++n)
        figures += fmt::format(", count(*) FILTER (WHERE r.rating = {0}) AS stars_{0}", n);
    for (std::size_t i = 0; i < k.aspects.size(); ++i)
        figures += fmt::format(", {} AS mean_{}", mean_sql(k.aspects[i]), i + 1);
    std::string more = k.subjects == users_resource.table ? more_figures_sql() : "";
    if (noted)
        more += fmt::format(
            ", noted AS ({})",
            insert_silent_event_sql("mirrored", "who_sells", fmt::format("'{}'", k.subject_type), "id"));
    return fmt::format(
        "WITH f AS (SELECT s.id, {figures} FROM {subjects} s LEFT JOIN {table} r ON r.{column} = s.id"
        " AND r.is_approved WHERE s.id {which} GROUP BY s.id),"
        " mirrored AS (UPDATE {subjects} s SET {mean} = f.mean, {count} = f.total FROM f WHERE s.id = f.id"
        " AND (s.{mean}, s.{count}) IS DISTINCT FROM (f.mean, f.total)"
        " RETURNING s.id, s.{seller} AS who_sells){more} SELECT who_sells FROM mirrored",
        fmt::arg("figures", figures), fmt::arg("subjects", k.subjects), fmt::arg("table", k.of.table),
        fmt::arg("column", k.column), fmt::arg("which", which), fmt::arg("mean", k.mean),
        fmt::arg("count", k.count), fmt::arg("seller", k.seller), fmt::arg("more", more));
}

statements::statements(const review_kind& k)
    : find(select_sql(k.of, k.shown) +
           fmt::format("r.id = $2 AND ({} OR $3::boolean)", seen_sql(k, "$1::uuid"))),
      shown(select_sql(k.of, k.shown) + "r.id = $2"),
      target(fmt::format("SELECT r.reviewer_id, {}, r.{}, {} FROM {} r WHERE r.id = $1",
                         seen_sql(k, "$2::uuid"), k.column, seller_of(k, "r"), k.of.table)),
      may_review(may_review_sql(k)), respond(respond_sql(k)),
      lock(fmt::format("SELECT id FROM {} WHERE id = $1 FOR NO KEY UPDATE", k.subjects)),
      create(create_sql(k)), edit(edit_sql(k)),
      remove(fmt::format("DELETE FROM {} WHERE id = $1 AND {} = $2 RETURNING id", k.of.table, k.column)),
      moderate(moderate_sql(k)), recompute(recompute_sql(k, "= $1", true)),
      vote({k.of.table, "reviewer_id", k.votes, "review_id"}) {}

const statements& statements_of(const review_kind& kind) {
    static const statements of_sellers(seller_reviews), of_parts(part_reviews);
    return &kind == &part_reviews ? of_parts : of_sellers;
}

error no_review(const review_kind& kind) {
    return {errc::not_found, fmt::format("No {} matches the given query.", kind.of.name)};
}
error no_subject(const review_kind& kind) {
    std::string text = fmt::format("{} not found", kind.noun);
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return {errc::missing, std::move(text)};
}
error reviewed_before(const review_kind& kind) {
    return {errc::refused, fmt::format("You already reviewed this {}", kind.noun)};
}

change creation(uuid id, viewer by, review content) {
    change c;
    c.what = change::kind::create;
    c.id = id;
    c.by = by;
    c.content = std::move(content);
    return c;
}
change edit(uuid id, viewer by, review content, field_set present) {
    change c = creation(id, by, std::move(content));
    c.what = change::kind::edit;
    c.present = present;
    return c;
}
change removal(uuid id, viewer by) {
    change c;
    c.what = change::kind::remove;
    c.id = id;
    c.by = by;
    return c;
}
change moderation(uuid id, viewer by, std::optional<bool> approved, std::optional<bool> flagged) {
    change c;
    c.what = change::kind::moderate;
    c.id = id;
    c.by = by;
    c.approved = approved;
    c.flagged = flagged;
    return c;
}

task<result<outcomes>> apply(database& db, cache& cache, const review_kind& kind, uuid subject,
                             std::vector<change> changes) {
    const auto& all = statements_of(kind);
    std::vector<command> commands;
    commands.emplace_back(all.lock, parameters(subject));
    for (const auto& c : changes)
        commands.push_back(command_of(kind, all, subject, c));
    const std::size_t recomputed = commands.size();
    commands.emplace_back(all.recompute, parameters(subject));
    for (const auto& c : changes)
        commands.emplace_back(all.shown, parameters(c.by.id, c.id));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    if (const rows& others = (*done)[recomputed]; !others.empty())
        co_await shown_anew(db, cache, kind, subject, others.front().id(0));
    outcomes each;
    for (std::size_t i = 0; i < changes.size(); ++i)
        each.push_back(outcome_of(kind, changes[i], !done->front().empty(), (*done)[1 + i],
                                  (*done)[recomputed + 1 + i]));
    co_return each;
}

task<result<outcome>> set_approved(database& db, cache& cache, const review_kind& kind, uuid id, viewer by,
                                   std::optional<bool> approved, std::optional<bool> flagged) {
    auto found = co_await find_target(db, kind, id, by);
    if (!found)
        co_return fail(std::move(found.error()));
    if (!*found)
        co_return fail(no_review(kind));
    std::vector<change> changes;
    changes.push_back(moderation(id, by, approved, flagged));
    auto done = co_await apply(db, cache, kind, (*found)->subject, std::move(changes));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return std::move(done->front());
}

} // namespace mvp::storage::reviews
