// Demo users and what they were told.
#include "storage/seed/catalogue.hpp"
#include "storage/seed/steps.hpp"

namespace mvp::storage::seeding {
namespace {

// User i: 1 sells, 2 buys, 3 is staff (the demo logins); of the others every fourth sells, every tenth is a
// company.
const statement insert_users(with_catalogue(R"(
INSERT INTO users (id, email, password, first_name, last_name, phone_number, city, state_province, country, bio, user_type,
                   company_name, company_registration_number, email_verified, verification_status, is_seller, is_staff,
                   date_joined, updated_at)
SELECT md5('demo user ' || i)::uuid,
       CASE i WHEN 1 THEN 'seller@example.com' WHEN 2 THEN 'buyer@example.com' WHEN 3 THEN 'staff@example.com'
              ELSE 'user' || i || '@example.com' END,
       $3,
       (ARRAY['Amina','Bruno','Chitra','Daniel','Elif','Farid','Grace','Hassan','Ines','Jonas','Karim','Lamia','Mehedi',
              'Nadia','Omar','Priya','Rafiq','Sadia','Tanvir','Yasmin'])[1 + chance(1) % 20],
       last_name,
       '+88017' || lpad((i % 100000000)::text, 8, '0'),
       city, division,
       'Bangladesh',
       CASE WHEN i % 3 = 0 THEN 'Cars since ' || 1980 + chance(4) % 40 || '.' END,
       CASE WHEN i % 10 = 0 THEN 'company' ELSE 'individual' END,
       CASE WHEN i % 10 = 0 THEN last_name || (ARRAY[' Motors Ltd',' Automobiles',' Cars Ltd',' Auto Trade'])[1 + chance(5) % 4] END,
       CASE WHEN i % 10 = 0 THEN 'DEMO-' || i END,
       i % 2 = 0 OR i <= 3,
       CASE WHEN i <= 3 OR i % 4 <= 1 THEN 'verified' WHEN i % 4 = 2 THEN 'unverified' ELSE 'pending' END,
       i = 1 OR i % 4 = 0,
       i = 3,
       timestamptz '2025-01-01 08:00:00+00' + i * interval '7 minutes',
       timestamptz '2025-01-01 08:00:00+00' + i * interval '7 minutes'
FROM generate_series($1::bigint, $2::bigint) i
JOIN %cities% ON n = chance(3) % 20
CROSS JOIN LATERAL (SELECT (ARRAY['Ahmed','Akter','Berg','Chowdhury','Diaz','Eriksen','Fontaine','Garcia','Haque','Hossain',
    'Islam','Khan','Mia','Rahman','Roy','Sarkar','Siddique','Sultana','Talukder'])[1 + chance(2) % 19] AS last_name) l
ON CONFLICT DO NOTHING)",
                                            "i"));

// Five notifications a user, the newest three unread.
const statement insert_notifications(R"(
WITH made AS (
    INSERT INTO notifications (id, user_id, seq, notification_type, title, message, is_read, read_at, created_at)
    SELECT md5('demo notification ' || i || ' ' || n)::uuid, u.id, n,
           (ARRAY['account_alert','verification_status','listing_update','system_announcement','listing_update'])[n],
           (ARRAY['Welcome','Verification status changed','Listing approved','Planned maintenance','Listing sold'])[n],
           (ARRAY['Your account is ready.','Your documents have been looked at.','Your listing is public now.',
                  'The site is away on Sunday from two to three in the night.','One of your listings was marked as sold.'])[n],
           n <= 2, CASE WHEN n <= 2 THEN u.date_joined + n * interval '2 hours' END,
           u.date_joined + n * interval '1 hour'
    FROM generate_series($1::bigint, $2::bigint) i CROSS JOIN generate_series(1, 5) n
    JOIN users u ON u.id = md5('demo user ' || i)::uuid AND u.notification_seq = 0
    RETURNING user_id)
UPDATE users SET notification_seq = 5 WHERE id IN (SELECT user_id FROM made))");

} // namespace

std::vector<step> users(const scene& s, const std::string& password_hash) {
    return {{&insert_users, "users", s.users, parameters(password_hash)}};
}

std::vector<step> notifications(const scene& s) {
    return {{&insert_notifications, "notifications", s.users}};
}

} // namespace mvp::storage::seeding
