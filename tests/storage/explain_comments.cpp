#include "storage/comments_sql.hpp"
#include "storage/moderation_sql.hpp"
#include "tests/storage/explain.hpp"

namespace mvp::storage::explain {

using comments::kind;
using comments::subject;

std::vector<use> of_comments() {
    const storage::viewer anybody, somebody(uuid(), false);
    const auto erased = [](std::string index, const std::string& table, const std::string& column) {
        return use{std::move(index), "an erased user's",
                   "DELETE FROM " + table + " WHERE " + column + " = $1", any_id};
    };
    const auto list = [](kind k, std::string index, std::string what, conditions where,
                         std::string_view ordering = "") {
        return page_of(comments::resource_of(k), comments::shape_of(k), std::move(index), std::move(what),
                       std::move(where), ordering);
    };
    return {
        list(kind::comment, "comments_created_at", "GET /api/comments/",
             comments::list_conditions(kind::comment, anybody)),
        list(kind::comment, "comments_created_at", "...?ordering=created_at of a user",
             comments::list_conditions(kind::comment, somebody), "created_at"),
        list(kind::comment, "users_hidden", "without those on listings of hidden sellers",
             comments::list_conditions(kind::comment, anybody)),
        list(kind::comment, "comments_car", "by_object",
             comments::about_conditions(subject::car, uuid(), anybody)),
        list(kind::comment, "comments_part", "by_object",
             comments::about_conditions(subject::part, uuid(), somebody)),
        {"comment_likes_pkey", "whether a user likes it",
         "SELECT FROM comment_likes WHERE comment_id = $1 AND "
         "user_id = $2",
         any_id + ", " + any_id},
        {"comment_replies_comment", "the replies to a page of comments", comments::replies_sql(),
         any_id + ", false, '{00000000-0000-0000-0000-000000000001}'"},
        list(kind::reply, "comment_replies_created_at", "GET /api/comment-replies/",
             comments::list_conditions(kind::reply, somebody)),
        erased("comments_author", "comments", "author_id"),
        erased("comment_replies_author", "comment_replies", "author_id"),
        erased("comment_likes_user", "comment_likes", "user_id"),
        erased("comment_reply_likes_user", "comment_reply_likes", "user_id"),
    };
}

void add_of_comments(test::live_database& live) {
    live.sql(
        "INSERT INTO comment_likes (comment_id, user_id) SELECT c.id, u.id FROM (SELECT id FROM comments "
        "LIMIT 50) c, (SELECT id FROM users LIMIT 100) u ON CONFLICT DO NOTHING");
    live.sql("INSERT INTO comment_reply_likes (reply_id, user_id) SELECT r.id, u.id FROM (SELECT id FROM "
             "comment_replies LIMIT 50) r, (SELECT id FROM users LIMIT 100) u ON CONFLICT DO NOTHING");
}

std::vector<use> of_moderation() {
    const auto cases = moderation::cases_sql(20);
    return {
        {"flags_open", "GET /api/moderation/", cases.rows, "NULL, 0"},
        {"flags_open", "its count", cases.count, "'comment'"},
        {"flags_open", "how many flags it has",
         "SELECT count(*) FROM flags WHERE type = $1 AND object_id = $2 AND settled_at IS NULL",
         "'comment', " + any_id},
        {"flags_once_a_user", "what goes with its flags",
         "DELETE FROM flags WHERE type = $1 AND object_id = $2", "'comment', " + any_id},
        {"flags_user", "an erased user's", "UPDATE flags SET user_id = NULL WHERE user_id = $1", any_id},
    };
}

/// Most of what users flag has been decided.
void add_of_moderation(test::live_database& live) {
    live.sql(
        "INSERT INTO flags (type, object_id, user_id, reason, settled_at, upheld) SELECT 'comment', c.id, "
        "u.id, 'spam', CASE WHEN c.n > 5 THEN now() END, CASE WHEN c.n > 5 THEN true END FROM (SELECT id, "
        "row_number() OVER () AS n FROM comments LIMIT 2000) c, (SELECT id FROM users LIMIT 5) u");
}

} // namespace mvp::storage::explain
