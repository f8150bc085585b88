// Demo comments on cars and parts, replies to them, and likes; triggers keep their counters.
#include "storage/seed/catalogue.hpp"
#include "storage/seed/steps.hpp"

namespace mvp::storage::seeding {
namespace {

constexpr std::int64_t comments_per_scale = 1000;

// Three of four are about a car and ask one of the first sixteen things, the others one of the last ten. $3:
// how many users, $4: cars, $5: parts.
const statement insert_comments(with_catalogue(R"(
INSERT INTO comments (id, author_id, car_id, part_id, text, created_at, updated_at)
SELECT md5('demo comment ' || k)::uuid, u.id, c.id, p.id,
       (ARRAY['Is the ' || what || ' still available?','What is the lowest price for the ' || what || '?',
              'Does the ' || what || ' come with papers?','Can I see the ' || what || ' this weekend? I am from ' || cities.city || '.',
              'Would you take ' || offer || ' for the ' || what || '?','The ' || what || ' looks well kept for that price.',
              'Are there more pictures of the ' || what || '?','How long have you had the ' || what || '?',
              'Could you bring the ' || what || ' to ' || cities.city || '?','Why are you selling the ' || what || '?',
              'My brother looks for a ' || c.make || ' ' || c.model || '. May he call you?','Is ' || offer || ' in cash all right?',
              'Anything to repair on the ' || what || ' in the next months?','Was the ' || what || ' ever damaged?',
              'Nice ' || what || '. Pity that it is so far from ' || cities.city || '.',
              'Can you keep the ' || what || ' for me until Friday?',
              what || ': do you send it to ' || cities.city || '?','How many of these do you have? (' || p.part_number || ')',
              'Is ' || p.part_number || ' the original or a copy?','Would you take ' || offer || ' for two?',
              what || ': is it the same for the automatic?','Does the warranty hold when my own mechanic in ' || cities.city || ' fits it?',
              'Do I need anything else to fit the ' || lower(what) || '?',what || ': can I collect it in ' || cities.city || '?',
              'Can I give it back when it does not fit? It is about ' || p.part_number || '.',
              'Bought one of these a year ago, and it still works (' || what || ').'])
           [CASE WHEN c.id IS NULL THEN 17 + chance(1) % 10 ELSE 1 + chance(1) % 16 END],
       made, made
FROM generate_series($1::bigint, $2::bigint) k
CROSS JOIN LATERAL (SELECT timestamptz '2025-06-01 09:00:00+00' + k * interval '97 seconds' AS made) t
JOIN %cities% ON n = chance(2) % 20
JOIN users u ON u.id = md5('demo user ' || 1 + k * 13 % $3::bigint)::uuid
LEFT JOIN cars c ON k % 4 > 0 AND c.status = 'active' AND c.id = md5('demo car ' || 1 + k * 7 % $4::bigint)::uuid
LEFT JOIN parts p ON k % 4 = 0 AND p.status = 'active'
                 AND p.id = md5('demo part ' || 1 + k / 4 * 7 % greatest($5::bigint, 1))::uuid
CROSS JOIN LATERAL (SELECT coalesce(c.year || ' ' || c.make || ' ' || c.model, p.name) AS what,
    round(coalesce(c.price, p.price) * (86 + chance(3) % 10) / 100) AS offer) w
WHERE num_nonnulls(c.id, p.id) = 1
ON CONFLICT DO NOTHING)",
                                               "k"));

// None to three a comment: the seller answers what it asks, its author thanks, the seller has the last word.
const statement insert_replies(with_catalogue(R"(
INSERT INTO comment_replies (id, comment_id, author_id, text, created_at, updated_at)
SELECT md5('demo reply ' || k || ' ' || n)::uuid, c.id, CASE n WHEN 2 THEN c.author_id ELSE c.seller_id END,
       CASE n WHEN 1 THEN
           (ARRAY['Yes, it is.','The price is what I want for it, but come and see it.','Yes, all of them, and the tax is paid.',
                  'Saturday after ten is fine.','A little more, and it is yours.','Thank you, it was always in the garage.',
                  'I will add some this evening.','Long enough to know every sound of it.',
                  'If you pay the fuel, yes.','The family has grown.','Yes, any time after six.','Make it a little more, then yes.',
                  'The rear tyres before the rains, nothing else.','Only the bumper, it was painted by the dealer.',
                  'It is worth the drive.','With a small deposit, yes.','Yes, by courier, within two days.',
                  'As many as the listing says.','It comes from the maker, in its box.','For two, yes.',
                  'Yes, it is the same.','Yes, keep the invoice.','New bolts, they are not in the box.',
                  'No, only here or by courier.','Within a week, unused.','Glad to hear that.'])
           [CASE WHEN c.car_id IS NULL THEN 17 + chance(1) % 10 ELSE 1 + chance(1) % 16 END]
       WHEN 2 THEN
           (ARRAY['Thanks, I will call you.','Good. I will talk to my wife.','Thank you for the quick answer.','I will come on Sunday then.',
                  'All right, where can I find you?','Let me think about it.','Great, I take it.','I will write to you tonight.'])
           [1 + chance(4) % 8]
       ELSE (ARRAY['You are welcome.','Please call before you come.','Do not wait too long, others have asked.','Thank you!',
                   'My number is in the listing.','See you then.'])[1 + chance(5) % 6] END, made, made
FROM generate_series($1::bigint, $2::bigint) k CROSS JOIN generate_series(1, (k % 4)::int) n
JOIN comments c ON c.id = md5('demo comment ' || k)::uuid
CROSS JOIN LATERAL (SELECT c.created_at + n * interval '11 minutes' AS made) t
ON CONFLICT DO NOTHING)",
                                              "k"));

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
            {&insert_replies, "replies", rows},
            {&insert_likes, "likes", rows, parameters(s.users)}};
}

} // namespace mvp::storage::seeding
