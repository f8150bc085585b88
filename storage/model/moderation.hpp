// What waits for staff's decision because users flagged it.
#pragma once

#include "storage/model/user.hpp"

namespace mvp::storage {

/// What users may flag; the names are those of the table of flags and of answers.
enum class content_type {
    comment,
    comment_reply,
    forum_response,
    forum_thread,
    review,
    part_review,
    car,
    part
};
BOOST_DESCRIBE_ENUM(content_type, comment, comment_reply, forum_response, forum_thread, review, part_review,
                    car, part)

struct moderation_case {
    content_type type{};
    uuid id{};                        ///< of the content
    std::string excerpt;              ///< its first characters
    std::vector<std::string> reasons; ///< of the open flags, oldest first
    std::int64_t flag_count = 0;
    timestamp first_flagged_at{};
};

inline constexpr auto moderation_case_fields = std::array{
    field<&moderation_case::type>("type", flag::filterable),
    field<&moderation_case::id>("id"),
    field<&moderation_case::excerpt>("excerpt"),
    field<&moderation_case::reasons>("reasons"),
    field<&moderation_case::flag_count>("flag_count"),
    field<&moderation_case::first_flagged_at>("first_flagged_at"),
};
static_assert(covers<moderation_case>(moderation_case_fields));

inline constexpr relation moderated_author{"author", "s", "", user_summary};

inline constexpr auto moderation_case_shown = std::array{
    shown(moderation_case_fields, "type"),
    shown(moderation_case_fields, "id"),
    shown(moderation_case_fields, "excerpt"),
    one(moderated_author),
    shown(moderation_case_fields, "reasons"),
    shown(moderation_case_fields, "flag_count"),
    shown(moderation_case_fields, "first_flagged_at"),
};

} // namespace mvp::storage
