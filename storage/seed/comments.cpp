// Demo comments on cars and parts, replies to them, and likes; triggers keep their counters.
#include "storage/seed/steps.hpp"

namespace mvp::storage::seeding {
namespace {

constexpr std::int64_t comments_per_scale = 1000;

// Three of four are about a car. $3: how many users, $4: cars, $5: parts.
const statement insert_comments(R"(
INSERT INTO comments (id, author_id, car_id, part_id, text, created_at, updated_at)
SELECT md5('demo comment ' || k)::uuid, u.id, c.id, p.id,
       (ARRAY['Is it still available?','What is the lowest price?','Looks well kept.','Does it come with papers?',
              'Can I see it this weekend?'])[1 + k % 5],
       made, made
FROM generate_series($1::bigint, $2::bigint) k
CROSS JOIN LATERAL (SELECT timestamptz '2025-06-01 09:00:00+00' + k * interval '97 seconds' AS made) t
JOIN users u ON u.id = md5('demo user ' || 1 + k * 13 % $3::bigint)::uuid
LEFT JOIN cars c ON k % 4 > 0 AND c.status = 'active' AND c.id = md5('demo car ' || 1 + k * 7 % $4::bigint)::uuid
LEFT JOIN parts p ON k % 4 = 0 AND p.status = 'active'
                 AND p.id = md5('demo part ' || 1 + k / 4 * 7 % greatest($5::bigint, 1))::uuid
WHERE num_nonnulls(c.id, p.id) = 1
ON CONFLICT DO NOTHING)");

// None to three a comment.
const statement insert_replies(R"(
INSERT INTO comment_replies (id, comment_id, author_id, text, created_at, updated_at)
SELECT md5('demo reply ' || k || ' ' || n)::uuid, c.id, u.id,
       (ARRAY['Yes, it is.','Please write to me.','Thank you!'])[n], made, made
FROM generate_series($1::bigint, $2::bigint) k CROSS JOIN generate_series(1, (k % 4)::int) n
JOIN comments c ON c.id = md5('demo comment ' || k)::uuid
CROSS JOIN LATERAL (SELECT c.created_at + n * interval '11 minutes' AS made) t
JOIN users u ON u.id = md5('demo user ' || 1 + (k * 17 + n * 29) % $3::bigint)::uuid
ON CONFLICT DO NOTHING)");

// None to four a comment.
const statement insert_likes(R"(
INSERT INTO comment_likes (comment_id, user_id, created_at)
SELECT c.id, u.id, c.created_at + n * interval '3 minutes'
FROM generate_series($1::bigint, $2::bigint) k CROSS JOIN generate_series(1, (k % 5)::int) n
JOIN comments c ON c.id = md5('demo comment ' || k)::uuid
JOIN users u ON u.id = md5('demo user ' || 1 + (k * 19 + n * 31) % $3::bigint)::uuid
ON CONFLICT DO NOTHING)");

} // namespace

std::vector<step> comments(const scene& s) {
    const auto rows = s.scale * comments_per_scale;
    return {{&insert_comments, "comments", rows, parameters(s.users, s.cars, s.parts)},
            {&insert_replies, "replies", rows, parameters(s.users)},
            {&insert_likes, "likes", rows, parameters(s.users)}};
}

} // namespace mvp::storage::seeding
