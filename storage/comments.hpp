// Comments on cars and parts, replies to them, and their likes, in PostgreSQL. Everybody sees what is
// approved, as long as he sees what it is about (a listing may be hidden, a comment may be), authors their
// own too, staff all. Comments and replies have most in common, which is written once, for either `kind`.
// Triggers keep the counters (migrations/0009_comments.sql) and remember whether a comment's listing is
// public (0014_hidden_with_their_listing.sql).
#pragma once

#include "storage/model/comment.hpp"
#include "storage/repository.hpp"
#include "storage/viewer.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mvp::storage::comments {

enum class kind { comment, reply };
const resource& resource_of(kind k);
/// comment_shown, comment_reply_shown
shape shape_of(kind k);

/// What a comment is about.
enum class subject { car, part };
/// "car" and "part", also as "cars.car" and "parts.carpart".
std::optional<subject> subject_named(std::string_view name);

// --- reading
// ----------------------------------------------------------------------------------------------------------

/// A row with the columns of shape_of(k), and those of a comment's replies that the viewer sees; no row: not
/// there, or not for these eyes.
struct detail {
    rows row{}, replies{};
};
task<result<detail>> find(database& db, kind k, uuid id, viewer by);
/// As far as others than the author are concerned: public is what these eyes see. Empty: no such row.
task<result<std::optional<ownership>>> find_target(database& db, kind k, uuid id, viewer by);

/// Two round trips for comments: the page, then the replies to all of it.
task<result<page>> list(database& db, kind k, viewer by, std::string ordering, int size, std::int64_t offset);
/// The approved comments about one thing.
task<result<page>> about(database& db, subject what, uuid object, viewer by, std::string ordering, int size,
                         std::int64_t offset);

// --- changing; `by` is logged in
// -------------------------------------------------------------------------------------

/// The new comment; the seller hears of it unless it is his own. No row: no such thing, or he does not see
/// it.
task<result<rows>> create(database& db, subject what, uuid object, viewer by, std::string text);
/// The new reply; the comment's author hears of it. No row: no such comment, or he does not see it.
task<result<rows>> reply(database& db, uuid comment, viewer by, std::string text);

/// Without a text nothing but the time of the change is another one. No row: it is gone.
task<result<detail>> update(database& db, kind k, uuid id, viewer by, std::optional<std::string> text);
/// False: it is gone.
task<result<bool>> remove(database& db, kind k, uuid id);

/// Whether that changed anything; empty: not there, or not for these eyes.
task<result<std::optional<bool>>> like(database& db, kind k, uuid id, viewer by);
task<result<std::optional<bool>>> unlike(database& db, kind k, uuid id, viewer by);

} // namespace mvp::storage::comments
