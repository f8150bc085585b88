// A comment on a car or a part, a reply to a comment, and what answers show of them.
#pragma once

#include "storage/model/user.hpp"

namespace mvp::storage {

struct comment {
    uuid id{}, author_id{};
    std::optional<uuid> car_id, part_id; ///< what it is about: one of the two
    std::string text;
    int likes_count = 0;
    int replies_count = 0;   ///< approved ones
    bool is_approved = true; ///< others see it
    bool is_flagged = false; ///< waits for staff
    timestamp created_at{}, updated_at{};
};

inline constexpr auto comment_fields = [] {
    using namespace flag;
    return std::array{
        field<&comment::id>("id"),
        field<&comment::author_id>("author_id"),
        field<&comment::car_id>("car_id"),
        field<&comment::part_id>("part_id"),
        field<&comment::text>("text", required | written, {.length = longest_post}),
        field<&comment::likes_count>("likes_count", sortable),
        field<&comment::replies_count>("replies_count", sortable),
        field<&comment::is_approved>("is_approved"),
        field<&comment::is_flagged>("is_flagged"),
        field<&comment::created_at>("created_at", sortable),
        field<&comment::updated_at>("updated_at"),
        looked_up("user_liked", kind::boolean,
                  "EXISTS (SELECT FROM comment_likes l WHERE l.comment_id = @.id AND l.user_id = $1::uuid)"),
    };
}();
static_assert(covers<comment>(comment_fields));

struct comment_reply {
    uuid id{}, comment_id{}, author_id{};
    std::string text;
    int likes_count = 0;
    bool is_approved = true, is_flagged = false;
    timestamp created_at{}, updated_at{};
};

inline constexpr auto comment_reply_fields = [] {
    using namespace flag;
    return std::array{
        field<&comment_reply::id>("id"),
        field<&comment_reply::comment_id>("comment_id"),
        field<&comment_reply::author_id>("author_id"),
        field<&comment_reply::text>("text", required | written, {.length = longest_post}),
        field<&comment_reply::likes_count>("likes_count", sortable),
        field<&comment_reply::is_approved>("is_approved"),
        field<&comment_reply::is_flagged>("is_flagged"),
        field<&comment_reply::created_at>("created_at", sortable),
        field<&comment_reply::updated_at>("updated_at"),
        looked_up("user_liked", kind::boolean,
                  "EXISTS (SELECT FROM comment_reply_likes l WHERE l.reply_id = @.id AND l.user_id = "
                  "$1::uuid)"),
    };
}();
static_assert(covers<comment_reply>(comment_reply_fields));

// --- what answers show
// ------------------------------------------------------------------------------------------------
inline constexpr relation comment_reply_author{"author", "s", "JOIN users s ON s.id = r.author_id",
                                               user_summary};

inline constexpr auto comment_reply_shown = std::array{
    shown(comment_reply_fields, "id"),          one(comment_reply_author),
    shown(comment_reply_fields, "text"),        shown(comment_reply_fields, "likes_count"),
    shown(comment_reply_fields, "is_approved"), shown(comment_reply_fields, "is_flagged"),
    shown(comment_reply_fields, "created_at"),  shown(comment_reply_fields, "updated_at"),
    shown(comment_reply_fields, "user_liked"),
};

inline constexpr relation comment_author{"author", "s", "JOIN users s ON s.id = c.author_id", user_summary};
inline constexpr relation comment_replies{"replies", "r", "", comment_reply_shown};

inline constexpr auto comment_shown = std::array{
    shown(comment_fields, "id"),
    one(comment_author),
    shown(comment_fields, "text"),
    shown(comment_fields, "likes_count"),
    shown(comment_fields, "replies_count"),
    shown(comment_fields, "is_approved"),
    shown(comment_fields, "is_flagged"),
    many(comment_replies),
    shown(comment_fields, "created_at"),
    shown(comment_fields, "updated_at"),
    shown(comment_fields, "user_liked"),
};

inline constexpr resource comments_resource{"Comment", "comments", "c", comment_fields,
                                            "c.created_at DESC, c.id DESC"};
inline constexpr resource comment_replies_resource{"CommentReply", "comment_replies", "r",
                                                   comment_reply_fields, "r.created_at, r.id"};

} // namespace mvp::storage
