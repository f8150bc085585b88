// Demo cars with their pictures and technical data.
#include "storage/seed/steps.hpp"

namespace mvp::storage::seeding {
namespace {

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

} // namespace

std::vector<step> cars(const scene& s) {
    return {{&insert_cars, "cars", s.cars, parameters(s.users / 4)},
            {&insert_images, "images", s.cars},
            {&insert_specifications, "specifications", s.cars}};
}

} // namespace mvp::storage::seeding
