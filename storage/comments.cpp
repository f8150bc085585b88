#include "storage/comments.hpp"

#include "storage/comments_sql.hpp"
#include "storage/users.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace mvp::storage::comments {
namespace {

/// A column of each thing that a comment may be about.
std::string_view column_of(subject what) {
    return what == subject::car ? "car_id" : "part_id";
}

/// A comment `c`: one's own, or an approved one where its listing is public or one's own.
std::string comment_seen_sql(std::string_view c, std::string_view user) {
    return fmt::format("({0}.is_approved AND ({0}.is_on_show AND NOT {2} OR {0}.seller_id = {1})"
                       " OR {0}.author_id = {1})",
                       c, user, users::is_hidden_sql(fmt::format("{}.seller_id", c)));
}

std::string visible_sql(kind k) {
    return fmt::format("({} OR $2::boolean)", seen_sql(k, "$1::uuid"));
}

/// The one row that the viewer sees, until the end of the transaction neither removed nor missed.
std::string target_sql(kind k) {
    const auto& of = resource_of(k);
    return fmt::format("SELECT {1}.id FROM {0} {1} WHERE {1}.id = $3 AND {2} FOR KEY SHARE", of.table,
                       of.alias, visible_sql(k));
}

struct likes {
    std::string_view table, column;
};
likes likes_of(kind k) {
    return k == kind::comment ? likes{"comment_likes", "comment_id"}
                              : likes{"comment_reply_likes", "reply_id"};
}

std::string like_sql(kind k) {
    const auto [table, column] = likes_of(k);
    return fmt::format("WITH target AS ({}), liked AS (INSERT INTO {} ({}, user_id) SELECT id, $1 FROM target"
                       " ON CONFLICT DO NOTHING RETURNING user_id)"
                       " SELECT EXISTS (SELECT FROM liked) FROM target",
                       target_sql(k), table, column);
}

std::string unlike_sql(kind k) {
    const auto [table, column] = likes_of(k);
    return fmt::format("WITH target AS ({}), unliked AS (DELETE FROM {} l USING target"
                       " WHERE l.{} = target.id AND l.user_id = $1 RETURNING l.user_id)"
                       " SELECT EXISTS (SELECT FROM unliked) FROM target",
                       target_sql(k), table, column);
}

/// The statements that a kind has, made once.
struct statements {
    explicit statements(kind k)
        : find(fmt::format("{}{}.id = $3 AND {}", select_sql(resource_of(k), shape_of(k)),
                           resource_of(k).alias, visible_sql(k))),
          target(fmt::format("SELECT {0}.author_id, {1} FROM {2} {0} WHERE {0}.id = $1", resource_of(k).alias,
                             seen_sql(k, "$2::uuid"), resource_of(k).table)),
          update(fmt::format("WITH changed AS (UPDATE {} SET text = coalesce($2, text), updated_at = now()"
                             " WHERE id = $3 RETURNING *) SELECT {} FROM changed {}{}",
                             resource_of(k).table, select_list(shape_of(k), resource_of(k).alias),
                             resource_of(k).alias, join_list(shape_of(k)))),
          like(like_sql(k)), unlike(unlike_sql(k)) {}
    const statement find, target, update, like, unlike;
};
const statements& statements_of(kind k) {
    static const statements comment(kind::comment), reply(kind::reply);
    return k == kind::comment ? comment : reply;
}

command replies_to(std::vector<uuid> comments, const viewer& by) {
    static const statement text(replies_sql());
    return {text, parameters(by.id, by.staff, comments)};
}

/// The replies of each of the comments, in their order.
std::vector<rows> grouped(const rows& replies, const std::vector<uuid>& comments) {
    std::unordered_map<std::string_view, rows> by_comment;
    const auto behind = static_cast<int>(column_count(comment_reply_shown));
    const auto comment_of = [&](std::size_t i) { return replies[i].text(behind); };
    for (std::size_t first = 0, i = 1; i <= replies.size(); ++i)
        if (i == replies.size() || comment_of(i) != comment_of(first)) {
            by_comment.emplace(comment_of(first), replies.part(first, i - first));
            first = i;
        }
    std::vector<rows> out;
    for (const auto& id : comments) {
        const auto found = by_comment.find(id.text());
        out.push_back(found == by_comment.end() ? rows{} : found->second);
    }
    return out;
}

task<result<page>> list_where(database& db, kind k, viewer by, conditions where, std::string ordering,
                              int size, std::int64_t offset) {
    auto order = order_by(resource_of(k), ordering);
    auto found = co_await storage::list(db, resource_of(k), shape_of(k), std::move(where), std::move(order),
                                        size, offset);
    if (!found || k == kind::reply || found->items.empty())
        co_return found;
    std::vector<uuid> ids;
    for (std::size_t i = 0; i < std::min<std::size_t>(found->items.size(), size); ++i)
        ids.push_back(found->items[i].id(0));
    auto asked = replies_to(ids, by);
    auto replies = co_await db.query(std::move(asked.what), std::move(asked.with));
    if (!replies)
        co_return fail(std::move(replies.error()));
    found->inner = grouped(*replies, ids);
    co_return found;
}

task<result<std::optional<bool>>> change_like(database& db, const statement& change, uuid id, viewer by) {
    auto done = co_await db.execute(change, parameters(by.id, by.staff, id));
    if (!done)
        co_return fail(std::move(done.error()));
    std::optional<bool> changed;
    if (!done->empty())
        changed = done->front().boolean(0);
    co_return changed;
}

} // namespace

const resource& resource_of(kind k) {
    return k == kind::comment ? comments_resource : comment_replies_resource;
}

shape shape_of(kind k) {
    return k == kind::comment ? shape(comment_shown) : shape(comment_reply_shown);
}

std::optional<subject> subject_named(std::string_view name) {
    if (name == "car" || name == "cars.car")
        return subject::car;
    if (name == "part" || name == "parts.carpart")
        return subject::part;
    return std::nullopt;
}

std::string seen_sql(kind k, std::string_view user) {
    return k == kind::comment
               ? comment_seen_sql("c", user)
               : fmt::format("(r.is_approved AND EXISTS (SELECT FROM comments k WHERE k.id = r.comment_id"
                             " AND {1}) OR r.author_id = {0})",
                             user, comment_seen_sql("k", user));
}

conditions list_conditions(kind k, const viewer& by) {
    conditions where;
    where.values.add(by.id).add(by.staff);
    return where.add(visible_sql(k));
}

conditions about_conditions(subject what, uuid object, const viewer& by) {
    auto where = list_conditions(kind::comment, by);
    return where.add(fmt::format("c.is_approved AND c.{} = ?", column_of(what)), object);
}

std::string replies_sql() {
    return fmt::format(
        "SELECT {}, r.comment_id FROM comment_replies r{} WHERE r.comment_id = ANY ($3::uuid[])"
        " AND {} ORDER BY r.comment_id, r.created_at, r.id",
        select_list(comment_reply_shown, "r"), join_list(comment_reply_shown), visible_sql(kind::reply));
}

task<result<detail>> find(database& db, kind k, uuid id, viewer by) {
    std::vector<command> commands;
    commands.emplace_back(statements_of(k).find, parameters(by.id, by.staff, id));
    if (k == kind::comment)
        commands.push_back(replies_to({id}, by));
    auto found = co_await db.batch(std::move(commands));
    if (!found)
        co_return fail(std::move(found.error()));
    co_return detail{found->front(), found->back()};
}

task<result<std::optional<ownership>>> find_target(database& db, kind k, uuid id, viewer by) {
    return find_ownership(db, statements_of(k).target, parameters(id, by.id));
}

task<result<page>> list(database& db, kind k, viewer by, std::string ordering, int size,
                        std::int64_t offset) {
    return list_where(db, k, by, list_conditions(k, by), std::move(ordering), size, offset);
}

task<result<page>> about(database& db, subject what, uuid object, viewer by, std::string ordering, int size,
                         std::int64_t offset) {
    return list_where(db, kind::comment, by, about_conditions(what, object, by), std::move(ordering), size,
                      offset);
}

task<result<detail>> update(database& db, kind k, uuid id, viewer by, std::optional<std::string> text) {
    std::vector<command> commands;
    commands.emplace_back(statements_of(k).update, parameters(by.id, text, id));
    if (k == kind::comment)
        commands.push_back(replies_to({id}, by));
    auto done = co_await db.execute_batch(std::move(commands));
    if (!done)
        co_return fail(std::move(done.error()));
    co_return detail{done->front(), done->back()};
}

task<result<bool>> remove(database& db, kind k, uuid id) {
    return storage::remove(db, resource_of(k), id);
}

task<result<std::optional<bool>>> like(database& db, kind k, uuid id, viewer by) {
    return change_like(db, statements_of(k).like, id, by);
}

task<result<std::optional<bool>>> unlike(database& db, kind k, uuid id, viewer by) {
    return change_like(db, statements_of(k).unlike, id, by);
}

} // namespace mvp::storage::comments
