// Demo reviews of sellers and parts with votes and answers; the figures are computed from them.
#include "storage/reviews_sql.hpp"
#include "storage/seed/steps.hpp"

#include <fmt/format.h>

namespace mvp::storage::seeding {
namespace {

// User i reviews up to five sellers (1, 4, 8, …; see storage/seed.cpp). $3: how many sellers. `h` is a number
// that looks like chance and is the same on every machine: most are content, some sellers more often than
// others; little of what they say is hidden by staff; a third is answered.
const statement insert_reviews(R"(
INSERT INTO reviews (id, reviewer_id, seller_id, title, text, rating, communication_rating, item_accuracy_rating,
                     shipping_rating, is_approved, seller_response, seller_response_date, created_at, updated_at)
SELECT md5('demo review ' || i || ' ' || n)::uuid, w.id, s.id,
       (ARRAY['Never again','Poor service','Not as agreed','Disappointed','Could be better','Slow to answer',
              'It was all right','Fair, with small flaws','Fine for the price','Good deal','Friendly seller',
              'Well described','Would buy here again','Excellent','Smooth from start to end'])[v.pick],
       (ARRAY['The car was not what the pictures showed, and calls went unanswered.',
              'Two appointments were missed, and the third time the car was already sold.',
              'The price went up at the door, and the service book was somebody else''s.',
              'Papers came two weeks late, and the price changed on the way.',
              'The tyres were worn, which the listing did not say.',
              'It took five messages to get one answer. The car itself was as described.',
              'Fair price. Two small scratches were not mentioned.',
              'The car drives well; the inside needed a thorough cleaning.',
              'A little late, but everything was there in the end.',
              'Honest description, quick answers. The test drive was arranged the same day.',
              'Took the time to show me the car from below, and the papers were complete.',
              'As described, with an invoice for every repair of the last years.',
              'Everything as described, friendly, and the papers were ready when I came.',
              'The best kept car I looked at in three months. A full tank came with it.',
              'Agreed on the phone, checked by my mechanic, driven home the same evening.'])[v.pick],
       v.rating,
       CASE WHEN v.h / 97 % 3 > 0 THEN least(5, v.rating + v.h / 41 % 2) END,
       CASE WHEN v.h / 89 % 4 > 0 THEN v.rating END,
       CASE WHEN v.h / 83 % 2 > 0 THEN greatest(1, v.rating - v.h / 43 % 2) END,
       v.h / 79 % 50 > 0,
       CASE WHEN v.h / 73 % 3 = 0 THEN (ARRAY['We are sorry, please write to us.','Sorry for the wait.',
           'Thank you, we have corrected the listing.','Thank you!','Thank you, see you again!'])[v.rating] END,
       CASE WHEN v.h / 73 % 3 = 0 THEN v.made + interval '1 day' END, v.made, v.made
FROM generate_series($1::bigint, $2::bigint) i CROSS JOIN generate_series(1, 5) n
CROSS JOIN LATERAL (SELECT ('x' || substr(md5('review ' || i || ' ' || n), 1, 7))::bit(28)::int AS h) c
CROSS JOIN LATERAL (SELECT greatest(1, (i * 7 + n * 13 + c.h % 5) % $3::bigint * 4) AS seller) t
CROSS JOIN LATERAL (SELECT c.h,
    (ARRAY[5,4,5,3,4,5,2,5,4,1,4,3])[1 + c.h % (10 + 2 * (t.seller / 4 % 2)::int)] AS rating) r
CROSS JOIN LATERAL (SELECT c.h, t.seller, r.rating, r.rating * 3 - c.h / 59 % 3 AS pick,
    timestamptz '2025-03-01 09:00:00+00' + (i * 5 + n) * interval '47 minutes' AS made) v
JOIN users w ON w.id = md5('demo user ' || i)::uuid
JOIN users s ON s.id = md5('demo user ' || v.seller)::uuid AND s.id <> w.id
ON CONFLICT DO NOTHING)");

// Part j is reviewed by up to four users. $3: how many users.
const statement insert_part_reviews(R"(
INSERT INTO part_reviews (id, reviewer_id, part_id, title, text, rating, quality_rating, value_rating, fitment_rating,
                          is_approved, seller_response, seller_response_date, created_at, updated_at)
SELECT md5('demo part review ' || j || ' ' || n)::uuid, w.id, p.id,
       (ARRAY['Broke at once','Wrong part','Does not fit well','Poorly made','Does its work','As expected',
              'Good part','Good value','Fits perfectly','As good as the original'])[v.pick],
       (ARRAY['It lasted a week and I had to buy another one.',
              'The box said one thing, what was inside was for another engine.',
              'Needed filing before it went in, and the screws are missing.',
              'It fits, but the rubber smells and already shows cracks.',
              'Not the original, but for this price it does its work.',
              'Nothing to praise, nothing to complain about.',
              'Solid, well packed, and delivered in two days.',
              'Half the price of the dealer''s, and I see no difference.',
              'Went in without any trouble, the same as the old one.',
              'My mechanic could not tell it from the original.'])[v.pick],
       v.rating, v.rating, CASE WHEN v.h / 97 % 3 > 0 THEN least(5, v.rating + v.h / 41 % 2) END,
       CASE WHEN v.h / 89 % 2 > 0 THEN v.rating END,
       v.h / 79 % 50 > 0,
       CASE WHEN v.h / 73 % 5 = 0 THEN 'Thank you for telling us.' END,
       CASE WHEN v.h / 73 % 5 = 0 THEN v.made + interval '1 day' END, v.made, v.made
FROM generate_series($1::bigint, $2::bigint) j CROSS JOIN generate_series(1, 4) n
CROSS JOIN LATERAL (SELECT ('x' || substr(md5('part review ' || j || ' ' || n), 1, 7))::bit(28)::int AS h) c
CROSS JOIN LATERAL (SELECT (ARRAY[5,4,4,3,5,5,2,4,5,1])[1 + c.h % 10] AS rating) r
CROSS JOIN LATERAL (SELECT c.h, r.rating, r.rating * 2 - c.h / 59 % 2 AS pick,
    1 + (j * 11 + n * 17) % $3::bigint AS reviewer,
    timestamptz '2025-04-01 09:00:00+00' + (j * 4 + n) * interval '31 minutes' AS made) v
JOIN parts p ON p.id = md5('demo part ' || j)::uuid AND p.status IN ('active', 'out_of_stock')
JOIN users w ON w.id = md5('demo user ' || v.reviewer)::uuid AND w.id <> p.seller_id
WHERE j % 3 < 2 AND n <= 1 + j % 4
ON CONFLICT DO NOTHING)");

/// Up to three votes a review of those that were made by, or about, the numbers $1 to $2. $3: how many users.
std::string votes_sql(const review_kind& kind, std::string_view name, int each) {
    return fmt::format(
        "WITH given AS (INSERT INTO {votes} (review_id, user_id, vote_type) SELECT r.id, u.id,"
        " CASE WHEN (i + n + k) % 5 = 0 THEN 'unhelpful' ELSE 'helpful' END"
        " FROM generate_series($1::bigint, $2::bigint) i CROSS JOIN generate_series(1, {each}) n"
        " CROSS JOIN generate_series(1, 3) k"
        " JOIN {table} r ON r.id = md5('{name} ' || i || ' ' || n)::uuid"
        " JOIN users u ON u.id = md5('demo user ' || 1 + (i * 3 + n * 5 + k * 29) % $3::bigint)::uuid"
        " AND u.id <> r.reviewer_id WHERE k <= (i + n) % 4 ON CONFLICT DO NOTHING RETURNING review_id,"
        " vote_type), counted AS (SELECT review_id, count(*) FILTER (WHERE vote_type = 'helpful') AS helpful,"
        " count(*) FILTER (WHERE vote_type = 'unhelpful') AS unhelpful FROM given GROUP BY review_id)"
        " UPDATE {table} r SET helpful_count = r.helpful_count + c.helpful,"
        " unhelpful_count = r.unhelpful_count + c.unhelpful FROM counted c WHERE r.id = c.review_id",
        fmt::arg("votes", kind.votes), fmt::arg("table", kind.of.table), fmt::arg("name", name),
        fmt::arg("each", each));
}

/// The figures of those subjects among the numbers $1 to $2 that have reviews.
std::string figures_sql(const review_kind& kind, std::string_view name) {
    const auto which = fmt::format("= ANY (ARRAY(SELECT r.{} FROM {} r WHERE r.{} IN (SELECT md5('{} ' ||"
                                   " i)::uuid FROM generate_series($1::bigint, $2::bigint) i)))",
                                   kind.column, kind.of.table, kind.column, name);
    return storage::reviews::recompute_sql(kind, which, false);
}

} // namespace

std::vector<step> reviews(const scene& s) {
    static const statement votes(votes_sql(seller_reviews, "demo review", 5)),
        part_votes(votes_sql(part_reviews, "demo part review", 4)),
        figures(figures_sql(seller_reviews, "demo user")),
        part_figures(figures_sql(part_reviews, "demo part"));
    const parameters sellers(s.users / 4), users(s.users);
    return {{&insert_reviews, "reviews", s.users, sellers},
            {&votes, "votes on reviews", s.users, users},
            {&figures, "ratings of sellers", s.users},
            {&insert_part_reviews, "part reviews", s.parts, users},
            {&part_votes, "votes on part reviews", s.parts, users},
            {&part_figures, "ratings of parts", s.parts}};
}

} // namespace mvp::storage::seeding
