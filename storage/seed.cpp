#include "storage/seed.hpp"

#include "storage/seed/steps.hpp"

#include <algorithm>

namespace mvp::storage {
namespace {

constexpr std::int64_t users_per_scale = 200, cars_per_scale = 2000, parts_per_scale = 1000;
constexpr std::int64_t batch = 2000; // rows a statement, so that none comes near the statement timeout

// User i: 1 sells, 2 buys, 3 is staff (the demo logins); of the others every fourth sells, every tenth is a
// company.
const statement insert_users(R"(
INSERT INTO users (id, email, password, first_name, last_name, phone_number, city, country, bio, user_type,
                   company_name, company_registration_number, email_verified, verification_status, is_seller, is_staff,
                   date_joined, updated_at)
SELECT md5('demo user ' || i)::uuid,
       CASE i WHEN 1 THEN 'seller@example.com' WHEN 2 THEN 'buyer@example.com' WHEN 3 THEN 'staff@example.com'
              ELSE 'user' || i || '@example.com' END,
       $3,
       (ARRAY['Amina','Bruno','Chitra','Daniel','Elif','Farid','Grace','Hassan','Ines','Jonas'])[1 + i % 10],
       (ARRAY['Ahmed','Berg','Chowdhury','Diaz','Eriksen','Fontaine','Garcia'])[1 + i % 7],
       '+88017' || lpad((i % 100000000)::text, 8, '0'),
       (ARRAY['Dhaka','Chattogram','Khulna','Sylhet','Rajshahi'])[1 + i % 5],
       'Bangladesh',
       CASE WHEN i % 3 = 0 THEN 'Cars since ' || 1980 + i % 40 || '.' END,
       CASE WHEN i % 10 = 0 THEN 'company' ELSE 'individual' END,
       CASE WHEN i % 10 = 0 THEN 'Motors ' || i || ' Ltd' END,
       CASE WHEN i % 10 = 0 THEN 'DEMO-' || i END,
       i % 2 = 0 OR i <= 3,
       CASE WHEN i <= 3 OR i % 4 <= 1 THEN 'verified' WHEN i % 4 = 2 THEN 'unverified' ELSE 'pending' END,
       i = 1 OR i % 4 = 0,
       i = 3,
       timestamptz '2025-01-01 08:00:00+00' + i * interval '7 minutes',
       timestamptz '2025-01-01 08:00:00+00' + i * interval '7 minutes'
FROM generate_series($1::bigint, $2::bigint) i
ON CONFLICT DO NOTHING)");

// Car j of seller 1, 4, 8, …; of ten, eight are active, one pending, one sold or archived. $3: how many
// sellers.
const statement insert_cars(R"(
INSERT INTO cars (id, seller_id, make, model, year, mileage, transmission, fuel_type, engine_capacity, condition, price,
                  title, description, city, state_province, country, status, is_featured, color, body_type, doors, seats,
                  features, created_at, updated_at, sold_at)
SELECT md5('demo car ' || j)::uuid, u.id, make, model, year, mileage,
       (ARRAY['manual','automatic','cvt'])[1 + j % 3],
       (ARRAY['petrol','diesel','hybrid','electric','lpg'])[1 + j / 3 % 5],
       1 + (j % 30) * 0.1,
       (ARRAY['excellent','good','fair','poor'])[1 + j / 5 % 4],
       3000 + (j * 7919 % 45000) + 0.50 * (j % 2),
       year || ' ' || make || ' ' || model,
       make || ' ' || model || ' of ' || year || ', ' || mileage || ' km, ' || owners || '. ' ||
           (ARRAY['Full service history.','New tyres.','Garage kept.','Small dent on the left door.'])[1 + j % 4],
       v.city, v.city || ' Division', 'Bangladesh', status, j % 50 = 0,
       (ARRAY['white','black','silver','red','blue'])[1 + j % 5],
       (ARRAY['sedan','hatchback','suv','wagon'])[1 + j / 2 % 4],
       3 + 2 * (j % 2)::int, 5,
       (ARRAY['[]','["AC"]','["AC","ABS"]','["AC","ABS","Sunroof"]'])[1 + j % 4]::jsonb,
       made, made, CASE WHEN status = 'sold' THEN made + interval '30 days' END
FROM generate_series($1::bigint, $2::bigint) j
CROSS JOIN LATERAL (SELECT
    (ARRAY['Toyota','Honda','Nissan','Mazda','Ford','BMW','Audi','Hyundai','Kia','Suzuki'])[1 + j % 10] AS make,
    (ARRAY['Corolla','Civic','Sunny','Axela','Focus','320i','A4','Elantra','Rio','Swift'])[1 + j % 10] ||
        (ARRAY['',' Sport',' Hybrid'])[1 + j / 10 % 3] AS model,
    1995 + (j * 31 % 30)::int AS year,
    (j * 3571 % 240000)::int AS mileage,
    (ARRAY['one owner','two owners','three owners'])[1 + j / 7 % 3] AS owners,
    (ARRAY['Dhaka','Chattogram','Khulna','Sylhet','Rajshahi'])[1 + j % 5] AS city,
    CASE WHEN j % 10 < 8 THEN 'active' WHEN j % 10 = 8 THEN 'pending' WHEN j % 20 = 9 THEN 'sold' ELSE 'archived' END
        AS status,
    timestamptz '2025-02-01 00:00:00+00' + j * interval '61 seconds' AS made,
    greatest(1, j / 11 % $3::bigint * 4) AS seller) v
JOIN users u ON u.id = md5('demo user ' || v.seller)::uuid
ON CONFLICT DO NOTHING)");

// Two pictures a car, the first one primary. storage/media/demo_pictures.hpp draws the files.
const statement insert_images(R"(
INSERT INTO car_images (id, car_id, image, is_primary, uploaded_at)
SELECT md5('demo image ' || j || ' ' || n)::uuid, c.id, 'cars/demo/' || j % 8 || '-' || n || '.jpg', n = 1,
       c.created_at + n * interval '1 minute'
FROM generate_series($1::bigint, $2::bigint) j CROSS JOIN generate_series(1, 2) n
JOIN cars c ON c.id = md5('demo car ' || j)::uuid
ON CONFLICT DO NOTHING)");

const statement insert_specifications(R"(
INSERT INTO car_specifications (id, car_id, horsepower, torque, acceleration_0_100, top_speed, length, width, height,
                                weight, warranty_remaining)
SELECT md5('demo specification ' || j)::uuid, c.id, 80 + (j % 200)::int, 120 + (j % 300)::int, 6 + j % 90 * 0.1,
       160 + (j % 90)::int, 4200 + j % 700, 1700 + j % 150, 1420 + j % 300, 1000 + (j % 900)::int,
       CASE WHEN j % 3 = 0 THEN '1 year' END
FROM generate_series($1::bigint, $2::bigint) j
JOIN cars c ON c.id = md5('demo car ' || j)::uuid
WHERE j % 2 = 0
ON CONFLICT DO NOTHING)");

// Five notifications a user, the newest three unread.
const statement insert_notifications(R"(
WITH made AS (
    INSERT INTO notifications (id, user_id, seq, notification_type, title, message, is_read, read_at, created_at)
    SELECT md5('demo notification ' || i || ' ' || n)::uuid, u.id, n,
           (ARRAY['account_alert','verification_status','listing_update','system_announcement','listing_update'])[n],
           (ARRAY['Welcome','Verification status changed','Listing approved','Planned maintenance','Listing sold'])[n],
           'Demo notification ' || n, n <= 2, CASE WHEN n <= 2 THEN u.date_joined + n * interval '2 hours' END,
           u.date_joined + n * interval '1 hour'
    FROM generate_series($1::bigint, $2::bigint) i CROSS JOIN generate_series(1, 5) n
    JOIN users u ON u.id = md5('demo user ' || i)::uuid AND u.notification_seq = 0
    RETURNING user_id)
UPDATE users SET notification_seq = 5 WHERE id IN (SELECT user_id FROM made))");

const statement analyze("ANALYZE users, cars, car_images, car_specifications, notifications, reviews, "
                        "review_votes, part_reviews, part_review_votes, seller_ratings, forum_categories, "
                        "forum_threads, forum_responses, response_votes, expert_verifications");

task<result<>> in_batches(database& db, const seed_options& how, const seeding::step& s) {
    for (std::int64_t first = 1; first <= s.rows; first += batch) {
        const auto last = std::min(s.rows, first + batch - 1);
        parameters values(first, last);
        for (const char* more_text : s.more.pointers())
            values.add(more_text);
        auto done = co_await db.execute(*s.what, std::move(values));
        if (!done)
            co_return fail(std::move(done.error()));
        if (how.progress)
            how.progress(s.name, last, s.rows);
    }
    co_return result<>{};
}

} // namespace

task<result<>> seed(database& db, seed_options how) {
    const seeding::scene scene{how.scale, how.scale * users_per_scale, how.scale * cars_per_scale,
                               how.scale * parts_per_scale};
    std::vector<seeding::step> steps = {{&insert_users, "users", scene.users, parameters(how.password_hash)},
                                        {&insert_cars, "cars", scene.cars, parameters(scene.users / 4)},
                                        {&insert_images, "images", scene.cars},
                                        {&insert_specifications, "specifications", scene.cars},
                                        {&insert_notifications, "notifications", scene.users}};
    for (auto& more : {seeding::reviews(scene), seeding::forum(scene)})
        steps.insert(steps.end(), more.begin(), more.end());
    for (const auto& s : steps)
        if (auto done = co_await in_batches(db, how, s); !done)
            co_return fail(std::move(done.error()));
    if (auto done = co_await db.execute(analyze); !done)
        co_return fail(std::move(done.error()));
    co_return result<>{};
}

} // namespace mvp::storage
