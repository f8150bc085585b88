// New comments and replies: one statement each that looks whether the author sees what he writes about, adds
// the row, and tells whoever is concerned.
#include "storage/comments_sql.hpp"
#include "storage/outbox.hpp"
#include "storage/users.hpp"

#include <fmt/format.h>

namespace mvp::storage::comments {
namespace {

/// What is written about, and who hears of it.
struct place {
    kind made;               ///< what is written
    std::string_view column; ///< of the new row, names the thing
    std::string thing;       ///< SELECT id, owner, title of the one thing ($3) that the author ($1) sees
    std::string_view related_type, url;
    std::string_view title, what_happened; ///< of the notification, behind the author's name
};

/// $4: the text. A thing that is found stays as it is until the row is there: not hidden meanwhile either.
std::string creation_sql(const place& p) {
    const auto& of = resource_of(p.made);
    return fmt::format(
        "WITH thing AS ({0}), made AS (INSERT INTO {1} (author_id, {2}, text) SELECT $1, id, $4::text FROM "
        "thing RETURNING *), told AS (SELECT thing.*, made.text, btrim(a.first_name || ' ' || a.last_name) "
        "AS "
        "author FROM thing CROSS JOIN made JOIN users a ON a.id = made.author_id WHERE thing.owner <> $1), "
        "noted AS ({3}) SELECT {4} FROM made {5}{6}",
        p.thing, of.table, p.column,
        insert_news_sql("told", "'listing_update'", "told.owner", fmt::format("'{}'", p.title),
                        fmt::format("told.author || ' {}: ' || left(told.text, 200)", p.what_happened),
                        fmt::format("'{}'", p.related_type), "told.id",
                        fmt::format("'{}' || told.id", p.url)),
        select_list(shape_of(p.made), of.alias), of.alias, join_list(shape_of(p.made)));
}

std::string listing_sql(std::string_view table, std::string_view title) {
    return fmt::format("SELECT t.id, t.seller_id AS owner, t.{1} AS title FROM {0} t JOIN users s ON s.id = "
                       "t.seller_id WHERE t.id = $3 AND (t.status = 'active' AND NOT {2} OR t.seller_id = $1 "
                       "OR $2::boolean) FOR SHARE OF t",
                       table, title, users::hidden_sql("s"));
}

place on_listing(std::string_view column, std::string_view table, std::string_view title,
                 std::string_view type, std::string_view url) {
    return {kind::comment,
            column,
            listing_sql(table, title),
            type,
            url,
            "New comment",
            "commented on your listing \"' || told.title || '\""};
}

task<result<rows>> add(database& db, const statement& creation, uuid about, viewer by, std::string text) {
    co_return co_await db.execute(creation, parameters(by.id, by.staff, about, text));
}

} // namespace

task<result<rows>> create(database& db, subject what, uuid object, viewer by, std::string text) {
    static const statement on_car(creation_sql(on_listing("car_id", "cars", "title", "car", "/cars/")));
    static const statement on_part(creation_sql(on_listing("part_id", "parts", "name", "part", "/parts/")));
    return add(db, what == subject::car ? on_car : on_part, object, by, std::move(text));
}

task<result<rows>> reply(database& db, uuid comment, viewer by, std::string text) {
    static const statement to_comment(
        creation_sql({kind::reply, "comment_id",
                      fmt::format("SELECT c.id, c.author_id AS owner FROM comments c WHERE c.id = $3 AND "
                                  "({} OR $2::boolean) FOR KEY SHARE",
                                  seen_sql(kind::comment, "$1")),
                      "comment", "/comments/", "New reply", "replied to your comment"}));
    return add(db, to_comment, comment, by, std::move(text));
}

} // namespace mvp::storage::comments
