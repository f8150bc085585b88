// Demo cars with their pictures and technical data.
#include "storage/seed/catalogue.hpp"
#include "storage/seed/steps.hpp"

namespace mvp::storage::seeding {
namespace {

// Car j of seller 1, 4, 8, …; of ten, eight are active, one pending, one sold or archived. What it is comes
// from numbers that look like chance, one for each property, so that none tells anything about another; they
// are the same on every machine, and with every PostgreSQL, whose hash partitions rest on them. Fuel and
// gearbox are such as the model has, mileage and wear grow with the age, the price falls with these. OFFSET
// 0: computed once, not in every place that uses it. $3: how many sellers.
const statement insert_cars(with_catalogue(R"(
INSERT INTO cars (id, seller_id, make, model, year, mileage, transmission, fuel_type, engine_capacity, condition, price,
                  title, description, city, state_province, country, status, is_featured, color, body_type, doors, seats,
                  features, created_at, updated_at, sold_at)
SELECT md5('demo car ' || j)::uuid, u.id, make, model, year, mileage, gearbox,
       fuels[1 + fuel_h % cardinality(fuels)], litres[1 + litres_h % cardinality(litres)], condition,
       new_price * (90 + price_h % 21) / 100 * (1000 - mileage / 1000) / 1000 * 100 / (100 + 18 * age)
           * CASE condition WHEN 'excellent' THEN 106 WHEN 'good' THEN 100 WHEN 'fair' THEN 92 ELSE 78 END / 100 / 50 * 50,
       year || ' ' || make || ' ' || model || (ARRAY['', '', ', ' || color, ', ' || gearbox, ', ' || owners])[1 + title_h % 5],
       make || ' ' || model || ' of ' || year || ', ' || mileage || ' km, ' || owners || '. ' ||
           (ARRAY['Full service history.','Serviced every year by the dealer.','All papers are up to date.','Garage kept.',
                  'Mostly driven on the highway.','Driven in town only.','Never was a taxi.','Bought new here.',
                  'Imported by the first owner.'])[1 + history_h % 9] || ' ' ||
           (ARRAY['New tyres.','New battery.','Brakes done last month.','Small dent on the left door.','No rust.',
                  'A few stone chips at the front.','The AC was filled this summer.','Both keys are there.',
                  'The paint has faded a little on the roof.','Windscreen replaced last year.',
                  'The inside is like new.'])[1 + state_h % 11] || ' ' ||
           (ARRAY['Price is negotiable.','Fixed price.','Sold because a larger one has come.','No swaps, please.',
                  'Bring your mechanic.','Can be seen any evening.'])[1 + terms_h % 6],
       cities.city, division, 'Bangladesh', status, j % 50 = 0, color, body, doors, seats,
       CASE WHEN year < 2012 THEN (ARRAY['[]','["AC"]','["AC","ABS"]','["AC","Radio"]'])[1 + features_h % 4]
            ELSE (ARRAY['["AC","ABS"]','["AC","ABS","Rear camera"]','["AC","ABS","Sunroof","Cruise control"]',
                        '["AC","ABS","Bluetooth","Parking sensors"]',
                        '["AC","ABS","Leather seats","Navigation","Rear camera"]'])[1 + features_h % 5] END::jsonb,
       made, made, CASE WHEN status = 'sold' THEN made + (3 + sold_h % 60) * interval '1 day' END
FROM generate_series($1::bigint, $2::bigint) j
CROSS JOIN LATERAL (SELECT
    chance(1) AS model_h, chance(2) AS city_h, chance(3) AS year_h, chance(4) AS mileage_h, chance(5) AS gearbox_h,
    chance(6) AS fuel_h, chance(7) AS litres_h, chance(8) AS condition_h, chance(9) AS price_h, chance(10) AS title_h,
    chance(11) AS history_h, chance(12) AS state_h, chance(13) AS terms_h, chance(14) AS features_h,
    chance(15) AS sold_h, chance(16) AS color_h, chance(17) AS owners_h OFFSET 0) h
JOIN %models% ON models.n = model_h % 64
JOIN %cities% ON cities.n = city_h % 20
CROSS JOIN LATERAL (SELECT first_year + greatest(year_h % span, year_h / 32 % span)::int AS year
    FROM (SELECT last_year - first_year + 1 AS span) s OFFSET 0) y
CROSS JOIN LATERAL (SELECT 2025 - year AS age,
    (2025 - year) * (6000 + mileage_h % 11000)::int + (mileage_h / 16 % 5000)::int AS mileage,
    CASE WHEN (2025 - year) / 3 + condition_h % 6 < 4 THEN 'excellent' WHEN (2025 - year) / 3 + condition_h % 6 < 8 THEN 'good'
         WHEN (2025 - year) / 3 + condition_h % 6 < 11 THEN 'fair' ELSE 'poor' END AS condition,
    (ARRAY['one owner','two owners','three owners','four owners'])[least(4, 1 + (2025 - year) * (owners_h % 5) / 20)]
        AS owners,
    gearboxes[1 + gearbox_h % cardinality(gearboxes)] AS gearbox,
    (ARRAY['white','white','white','white','white','silver','silver','silver','silver','black','black','black','grey',
           'grey','blue','blue','red','red','green','yellow'])[1 + color_h % 20] AS color,
    CASE WHEN j % 10 < 8 THEN 'active' WHEN j % 10 = 8 THEN 'pending' WHEN j % 20 = 9 THEN 'sold' ELSE 'archived' END
        AS status,
    timestamptz '2025-02-01 00:00:00+00' + j * interval '61 seconds' AS made,
    greatest(1, j / 11 % $3::bigint * 4) AS seller OFFSET 0) v
JOIN users u ON u.id = md5('demo user ' || v.seller)::uuid
ON CONFLICT DO NOTHING)",
                                           "j"));

// Two pictures a car, in its colour, the first one primary. storage/media/demo_pictures.hpp draws the files.
const statement insert_images(R"(
INSERT INTO car_images (id, car_id, image, is_primary, uploaded_at)
SELECT md5('demo image ' || j || ' ' || n)::uuid, c.id, 'cars/demo/' ||
       coalesce(array_position(ARRAY['red','blue','white','black','grey','green','yellow'], c.color::text), 5) - 1 ||
       '-' || n || '.jpg', n = 1, c.created_at + n * interval '1 minute'
FROM generate_series($1::bigint, $2::bigint) j CROSS JOIN generate_series(1, 2) n
JOIN cars c ON c.id = md5('demo car ' || j)::uuid
ON CONFLICT DO NOTHING)");

const statement insert_specifications(with_catalogue(R"(
INSERT INTO car_specifications (id, car_id, horsepower, torque, acceleration_0_100, top_speed, fuel_consumption_city,
                                fuel_consumption_highway, length, width, height, weight, warranty_remaining)
SELECT md5('demo specification ' || j)::uuid, c.id, power,
       power * CASE c.fuel_type WHEN 'diesel' THEN 21 WHEN 'electric' THEN 20 ELSE 14 END / 10,
       4 + round(kg * 0.6 / power, 1), least(250, 130 + power / 2), city_use, round(city_use * 0.7, 1),
       CASE body WHEN 'hatchback' THEN 3900 WHEN 'pickup' THEN 5200 ELSE 4500 END + chance(21) % 200,
       1650 + kg / 10 + chance(22) % 20, CASE WHEN body IN ('suv','van','pickup') THEN 1680 ELSE 1430 END + chance(23) % 60,
       kg, CASE WHEN c.year >= 2022 THEN (ARRAY['1 year','2 years','6 months'])[1 + chance(24) % 3] END
FROM generate_series($1::bigint, $2::bigint) j
JOIN cars c ON c.id = md5('demo car ' || j)::uuid
JOIN %models% ON models.make = c.make AND models.model = c.model
CROSS JOIN LATERAL (SELECT (coalesce(c.engine_capacity * 62, kg / 9) + chance(20) % 25)::int AS power,
    round(c.engine_capacity * 2.6 + CASE c.fuel_type WHEN 'hybrid' THEN 1 WHEN 'diesel' THEN 2.5 ELSE 4 END, 1)
        AS city_use OFFSET 0) v
WHERE j % 2 = 0
ON CONFLICT DO NOTHING)",
                                                     "j"));

} // namespace

std::vector<step> cars(const scene& s) {
    return {{&insert_cars, "cars", s.cars, parameters(s.users / 4)},
            {&insert_images, "images", s.cars},
            {&insert_specifications, "specifications", s.cars}};
}

} // namespace mvp::storage::seeding
