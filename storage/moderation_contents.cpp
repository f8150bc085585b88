// The types of content that can be flagged: one entry each.
#include "storage/moderation_sql.hpp"

#include "storage/cars.hpp"
#include "storage/comments_sql.hpp"
#include "storage/forum.hpp"
#include "storage/invalidation.hpp"
#include "storage/log.hpp"
#include "storage/parts.hpp"
#include "storage/reviews_sql.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace mvp::storage::moderation {
namespace {

task<result<>> run(transaction& t, std::vector<command> commands) {
    auto done = co_await t.batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return result<>{};
}

task<result<>> judge_row(transaction& t, const statement& change, uuid id, const verdict& v) {
    std::vector<command> commands;
    commands.emplace_back(change, parameters(id, v.approved, v.flagged));
    co_return co_await run(t, std::move(commands));
}

task<result<>> judge_comment(transaction& t, uuid id, const verdict& v) {
    static const statement change("UPDATE comments SET is_approved = $2, is_flagged = $3 WHERE id = $1");
    return judge_row(t, change, id, v);
}

/// A trigger counts the comment's replies.
task<result<>> judge_reply(transaction& t, uuid id, const verdict& v) {
    static const statement change(
        "UPDATE comment_replies SET is_approved = $2, is_flagged = $3 WHERE id = $1");
    return judge_row(t, change, id, v);
}

forum::verdict said_in_forum(const verdict& v) {
    forum::verdict said;
    said.approved = v.approved;
    said.flagged = v.flagged;
    if (!v.reason.empty())
        said.reason = v.reason;
    return said;
}

task<result<>> judge_response(transaction& t, uuid id, const verdict& v) {
    return run(t, forum::judge_response(id, said_in_forum(v)));
}

task<result<>> judge_thread(transaction& t, uuid id, const verdict& v) {
    return run(t, forum::judge_thread(id, said_in_forum(v)));
}

/// The subject's figures follow.
template <const review_kind& Kind> task<result<>> judge_review(transaction& t, uuid id, const verdict& v) {
    const auto& sql = reviews::statements_of(Kind);
    auto found = co_await t.query(sql.target, parameters(id, std::nullopt));
    if (!found)
        co_return fail(std::move(found.error()));
    if (found->empty())
        co_return result<>{};
    const auto subject = found->front().id(2);
    std::vector<command> commands;
    commands.emplace_back(sql.lock, parameters(subject));
    commands.emplace_back(sql.moderate, parameters(id, subject, v.approved, v.flagged));
    commands.emplace_back(sql.recompute, parameters(subject));
    co_return co_await run(t, std::move(commands));
}

/// What shows the subject's figures.
template <const review_kind& Kind> task<> figures_shown_anew(database& db, cache& cache, uuid id) {
    auto found = co_await reviews::find_target(db, Kind, id, {});
    if (found && *found) {
        std::vector<event_subject> about(1);
        about[0].recipient = (*found)->seller;
        about[0].related_type = Kind.subject_type;
        about[0].related_id = (*found)->subject;
        if (auto done = co_await invalidate(db, cache, std::move(about)); done)
            co_return;
    }
    log::error("cached answers with figures of the review {} may be stale until their event is done",
               id.text());
}

template <const review_kind& Kind> content review_content(content_type type) {
    return {.type = type,
            .of = &Kind.of,
            .noun = "Review",
            .author = "reviewer_id",
            .text = "r.title || ': ' || r.text",
            .approved = "r.is_approved",
            .others_see = reviews::seen_sql(Kind, "$2::uuid"),
            .judge = judge_review<Kind>,
            .shown_anew = figures_shown_anew<Kind>};
}

// Of listings the state says whether they are hidden: pending. Staff who take one out of that state settle
// its flags (listings_sql.cpp).

task<result<>> judge_listing(transaction& t, const listings& all, uuid id, const verdict& v) {
    if (v.approved)
        co_return result<>{};
    const viewer by; // nobody in particular
    std::vector<command> commands;
    commands.push_back(all.transition_command(id, by, listing_change::withhold));
    co_return co_await run(t, std::move(commands));
}

task<result<>> judge_car(transaction& t, uuid id, const verdict& v) {
    return judge_listing(t, cars::all(), id, v);
}

task<result<>> judge_part(transaction& t, uuid id, const verdict& v) {
    return judge_listing(t, parts::all(), id, v);
}

task<> listing_shown_anew(database& db, cache& cache, content_type type, uuid id) {
    std::vector<event_subject> about(1);
    about[0].related_type = to_text(type);
    about[0].related_id = id;
    if (auto done = co_await invalidate(db, cache, std::move(about)); !done)
        log::error("cached answers with {} may be stale until their event is done", id.text());
}
task<> car_shown_anew(database& db, cache& cache, uuid id) {
    return listing_shown_anew(db, cache, content_type::car, id);
}
task<> part_shown_anew(database& db, cache& cache, uuid id) {
    return listing_shown_anew(db, cache, content_type::part, id);
}

} // namespace

std::span<const content> contents() {
    static const std::vector<content> all = {
        {.type = content_type::comment,
         .of = &comments_resource,
         .noun = "Comment",
         .author = "author_id",
         .text = "c.text",
         .approved = "c.is_approved",
         .others_see = comments::seen_sql(comments::kind::comment, "$2::uuid"),
         .judge = judge_comment},
        {.type = content_type::comment_reply,
         .of = &comment_replies_resource,
         .noun = "Reply",
         .author = "author_id",
         .text = "r.text",
         .approved = "r.is_approved",
         .others_see = comments::seen_sql(comments::kind::reply, "$2::uuid"),
         .judge = judge_reply},
        {.type = content_type::forum_response,
         .of = &forum_responses_resource,
         .noun = "Response",
         .author = "author_id",
         .text = "r.content",
         .approved = "r.is_approved",
         .others_see = "r.is_approved AND EXISTS (SELECT FROM forum_threads t WHERE t.id = r.thread_id AND "
                       "t.is_approved)",
         .judge = judge_response},
        {.type = content_type::forum_thread,
         .of = &forum_threads_resource,
         .noun = "Thread",
         .author = "author_id",
         .text = "t.title || ': ' || t.description",
         .approved = "t.is_approved",
         .others_see = "t.is_approved",
         .judge = judge_thread},
        review_content<seller_reviews>(content_type::review),
        review_content<part_reviews>(content_type::part_review),
        {.type = content_type::car,
         .of = &cars_resource,
         .noun = "Car",
         .author = "seller_id",
         .text = "c.title || ': ' || c.description",
         .approved = "c.status <> 'pending'",
         .others_see = cars::all().public_sql(),
         .judge = judge_car,
         .shown_anew = car_shown_anew},
        {.type = content_type::part,
         .of = &parts_resource,
         .noun = "Part",
         .author = "seller_id",
         .text = "p.name || ': ' || p.description",
         .approved = "p.status <> 'pending'",
         .others_see = parts::all().public_sql(),
         .judge = judge_part,
         .shown_anew = part_shown_anew},
    };
    return all;
}

const content& content_of(content_type type) {
    const auto all = contents();
    return *std::find_if(all.begin(), all.end(), [type](const content& c) { return c.type == type; });
}

} // namespace mvp::storage::moderation
