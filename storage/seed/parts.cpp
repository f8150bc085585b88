// Demo categories, parts that fit the demo cars' models, and what belongs to them; the stores of demo
// companies.
#include "storage/seed/steps.hpp"

namespace mvp::storage::seeding {
namespace {

// Twelve groups, and eight categories below them. One of the same name that is there stays.
const statement insert_groups(R"(
INSERT INTO part_categories (id, name, description)
SELECT md5('demo category ' || n)::uuid, name, description
FROM (VALUES
    (1, 'Engine', 'Everything that makes it run'),
    (2, 'Brakes', 'Pads, discs, calipers and lines'),
    (3, 'Suspension', 'Shock absorbers, springs and joints'),
    (4, 'Electrical', 'Batteries, alternators and sensors'),
    (5, 'Body', 'Panels, bumpers and mirrors'),
    (6, 'Interior', 'Seats, mats and trim'),
    (7, 'Transmission', 'Clutches and gearboxes'),
    (8, 'Cooling', 'Radiators, pumps and hoses'),
    (9, 'Exhaust', 'Silencers and catalysts'),
    (10, 'Filters', 'Oil, air, fuel and cabin filters'),
    (11, 'Lighting', 'Headlights, tail lights and bulbs'),
    (12, 'Wheels and tyres', 'Rims, tyres and caps')) v (n, name, description)
WHERE n BETWEEN $1::bigint AND $2::bigint
ON CONFLICT DO NOTHING)");

const statement insert_categories(R"(
INSERT INTO part_categories (id, name, description, parent_category)
SELECT md5('demo category ' || (12 + n))::uuid, v.name, v.description, p.id
FROM (VALUES
    (1, 'Brake pads', 'Front and rear', 2),
    (2, 'Brake discs', 'Solid and ventilated', 2),
    (3, 'Shock absorbers', 'Gas and oil', 3),
    (4, 'Alternators', 'New and rebuilt', 4),
    (5, 'Clutch kits', 'Plate, cover and bearing', 7),
    (6, 'Radiators', 'Aluminium and copper', 8),
    (7, 'Oil filters', 'Cartridges and spin-on', 10),
    (8, 'Headlights', 'Halogen, xenon and LED', 11)) v (n, name, description, parent)
LEFT JOIN part_categories p ON p.id = md5('demo category ' || v.parent)::uuid
WHERE n BETWEEN $1::bigint AND $2::bigint
ON CONFLICT DO NOTHING)");

// Part j of seller 1, 4, 8, …: ten kinds for the ten makes of the demo cars. Of ten, eight are active, one is
// pending, one out of stock or discontinued. $3: how many sellers.
const statement insert_parts(R"(
INSERT INTO parts (id, seller_id, category, name, description, part_number, condition, brand, model, price,
                   quantity_in_stock, status, is_featured, warranty_months, warranty_description, weight, dimensions,
                   created_at, updated_at)
SELECT md5('demo part ' || j)::uuid, u.id, c.id, kind || ' for ' || make || ' ' || model,
       kind || ' by ' || brand || ', fits the ' || make || ' ' || model || '. ' ||
           (ARRAY['Original packing.','Taken from a car with low mileage.','Tested before dispatch.'])[1 + j % 3],
       upper(left(brand, 3)) || '-' || lpad(j::text, 7, '0'),
       (ARRAY['new','new','refurbished','used'])[1 + j / 10 % 4], brand, model,
       base_price * (1 + j * 37 % 80 / 100.0), CASE WHEN status = 'out_of_stock' THEN 0 ELSE 1 + j * 13 % 60 END,
       status, j % 50 = 0, CASE WHEN j % 4 < 2 THEN 12 END, CASE WHEN j % 4 < 2 THEN 'Replaced within a year' END,
       base_weight, dimensions, made, made
FROM generate_series($1::bigint, $2::bigint) j
CROSS JOIN LATERAL (SELECT
    (ARRAY['Toyota','Honda','Nissan','Mazda','Ford','BMW','Audi','Hyundai','Kia','Suzuki'])[1 + j % 10] AS make,
    (ARRAY['Corolla','Civic','Sunny','Axela','Focus','320i','A4','Elantra','Rio','Swift'])[1 + j % 10] AS model,
    CASE WHEN j % 10 < 8 THEN 'active' WHEN j % 10 = 8 THEN 'pending' WHEN j % 20 = 9 THEN 'out_of_stock'
         ELSE 'discontinued' END AS status,
    timestamptz '2025-03-01 00:00:00+00' + j * interval '67 seconds' AS made,
    greatest(1, j / 11 % $3::bigint * 4) AS seller) v
JOIN (VALUES
    (0, 'Front brake pads', 13, 'Brembo', 45, 1.80, '15 x 10 x 6 cm'),
    (1, 'Ventilated brake disc', 14, 'Bosch', 60, 6.50, '28 x 28 x 3 cm'),
    (2, 'Shock absorber', 15, 'Sachs', 75, 3.20, '55 x 12 x 12 cm'),
    (3, 'Alternator', 16, 'Valeo', 180, 6.10, '20 x 18 x 18 cm'),
    (4, 'Clutch kit', 17, 'LuK', 150, 5.40, '26 x 26 x 10 cm'),
    (5, 'Radiator', 18, 'Denso', 120, 4.70, '70 x 45 x 6 cm'),
    (6, 'Oil filter', 19, 'Mann-Filter', 9, 0.35, '10 x 8 x 8 cm'),
    (7, 'Headlight', 20, 'Hella', 210, 2.90, '60 x 30 x 35 cm'),
    (8, 'Spark plugs', 1, 'NGK', 24, 0.25, '12 x 10 x 3 cm'),
    (9, 'Wing mirror', 5, 'Magneti Marelli', 55, 1.40, '30 x 22 x 18 cm'))
    k (n, kind, category, brand, base_price, base_weight, dimensions) ON k.n = j / 10 % 10
JOIN users u ON u.id = md5('demo user ' || v.seller)::uuid
LEFT JOIN part_categories c ON c.id = md5('demo category ' || k.category)::uuid
ON CONFLICT DO NOTHING)");

// Two pictures a part, the first one primary. storage/media/demo_pictures.hpp draws the files.
const statement insert_images(R"(
INSERT INTO part_images (id, part_id, image, is_primary, uploaded_at)
SELECT md5('demo part image ' || j || ' ' || n)::uuid, p.id, 'parts/demo/' || j / 10 % 8 || '-' || n || '.jpg', n = 1,
       p.created_at + n * interval '1 minute'
FROM generate_series($1::bigint, $2::bigint) j CROSS JOIN generate_series(1, 2) n
JOIN parts p ON p.id = md5('demo part ' || j)::uuid
ON CONFLICT DO NOTHING)");

// Every part fits its model; of three, two also fit one of the same maker.
const statement insert_compatibilities(R"(
INSERT INTO part_compatibilities (id, part_id, car_make, car_model, car_year_from, car_year_to, notes)
SELECT md5('demo compatibility ' || j || ' ' || n)::uuid, p.id,
       (ARRAY['Toyota','Honda','Nissan','Mazda','Ford','BMW','Audi','Hyundai','Kia','Suzuki'])[1 + j % 10],
       CASE n WHEN 1 THEN p.model ELSE
           (ARRAY['Camry','Accord','Almera','Demio','C-Max','318i','A5','Accent','Cerato','Baleno'])[1 + j % 10] END,
       2000 + (j * 7 % 15)::int, 2008 + (j * 7 % 15)::int, CASE WHEN n = 2 THEN 'Check the part number first' END
FROM generate_series($1::bigint, $2::bigint) j CROSS JOIN generate_series(1, 2) n
JOIN parts p ON p.id = md5('demo part ' || j)::uuid
WHERE n = 1 OR j % 3 > 0
ON CONFLICT DO NOTHING)");

// The store of every company, user 10, 20, …; each seventh is closed.
const statement insert_stores(R"(
INSERT INTO company_stores (id, company_id, store_name, store_description, store_email, store_phone, store_website,
                            store_address, store_city, store_state, store_country, is_verified, is_active, created_at,
                            updated_at)
SELECT md5('demo store ' || i)::uuid, u.id, u.company_name || ' ' || (ARRAY['Showroom','Parts','Garage'])[1 + i % 3],
       'Cars and parts in ' || u.city || ' since ' || 1980 + i % 40 || '.', 'store' || i || '@example.com',
       '+88018' || lpad((i % 100000000)::text, 8, '0'), 'https://store' || i || '.example.com',
       i % 200 + 1 || ' Station Road', u.city, u.city || ' Division', 'Bangladesh', i % 3 = 0, i % 7 > 0,
       u.date_joined + interval '1 day', u.date_joined + interval '1 day'
FROM generate_series($1::bigint, $2::bigint) n CROSS JOIN LATERAL (SELECT n * 10 AS i) v
JOIN users u ON u.id = md5('demo user ' || i)::uuid AND u.user_type = 'company'
ON CONFLICT DO NOTHING)");

} // namespace

std::vector<step> parts(const scene& s) {
    return {{&insert_groups, "groups of parts", 12},
            {&insert_categories, "categories of parts", 8},
            {&insert_parts, "parts", s.parts, parameters(s.users / 4)},
            {&insert_images, "images of parts", s.parts},
            {&insert_compatibilities, "compatibilities", s.parts}};
}

std::vector<step> stores(const scene& s) {
    return {{&insert_stores, "stores", s.users / 10}};
}

} // namespace mvp::storage::seeding
