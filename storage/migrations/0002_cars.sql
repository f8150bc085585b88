-- Cars, their images and specifications.

CREATE TABLE cars (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    seller_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    make varchar(100) NOT NULL,
    model varchar(100) NOT NULL,
    year integer NOT NULL CONSTRAINT cars_year_range CHECK (year >= 1900),
    mileage integer NOT NULL CONSTRAINT cars_mileage_range CHECK (mileage >= 0),
    transmission varchar(20) NOT NULL
        CONSTRAINT cars_transmission_choice CHECK (transmission IN ('manual', 'automatic', 'cvt')),
    fuel_type varchar(20) NOT NULL
        CONSTRAINT cars_fuel_type_choice CHECK (fuel_type IN ('petrol', 'diesel', 'hybrid', 'electric', 'lpg')),
    engine_capacity numeric(4, 2),
    condition varchar(20) NOT NULL
        CONSTRAINT cars_condition_choice CHECK (condition IN ('excellent', 'good', 'fair', 'poor')),
    price numeric(12, 2) NOT NULL CONSTRAINT cars_price_range CHECK (price >= 0),
    title varchar(255) NOT NULL,
    description text NOT NULL,
    city varchar(100) NOT NULL,
    state_province varchar(100) NOT NULL,
    country varchar(100) NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'pending'
        CONSTRAINT cars_status_choice CHECK (status IN ('active', 'sold', 'archived', 'pending')),
    is_featured boolean NOT NULL DEFAULT false,
    color varchar(50),
    body_type varchar(50),
    doors integer,
    seats integer,
    features jsonb NOT NULL DEFAULT '[]'
        CONSTRAINT cars_features_list CHECK (jsonb_typeof(features) = 'array'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    sold_at timestamptz,
    -- Every searchable text in lower case; U+001F between them, so that no term matches across two.
    -- ICU's collation, because the cluster's own may know capitals of ASCII only.
    search_text text COLLATE "und-x-icu" NOT NULL GENERATED ALWAYS AS (
        lower((make || E'\x1f' || model || E'\x1f' || title || E'\x1f' || city || E'\x1f' || description)
              COLLATE "und-x-icu")) STORED
);

-- The public list in its default order.
CREATE INDEX cars_public ON cars (created_at DESC, id) WHERE status = 'active';
-- The list of staff, and of users ("active or own").
CREATE INDEX cars_created_at ON cars (created_at DESC, id);
-- ?ordering=, either direction, for every kind of viewer; price_from and price_to, year_from and year_to, mileage_max.
CREATE INDEX cars_price ON cars (price, id);
CREATE INDEX cars_year ON cars (year, id);
CREATE INDEX cars_mileage ON cars (mileage, id);
-- my_listings, seller_cars, a user's own cars that are not public, and the cascade from users.
CREATE INDEX cars_seller ON cars (seller_id, status, created_at DESC);
-- Substrings: `search_text LIKE lower($1 COLLATE "und-x-icu")` with an escaped pattern (another collation would not
-- use the index). A filter on one field has that field's own condition beside it: `… AND lower(make COLLATE
-- "und-x-icu") LIKE …`. One index instead of five keeps inserts cheap,
-- and the small pending list keeps both the searches and the insert that has to merge it short.
CREATE INDEX cars_search ON cars USING gin (search_text gin_trgm_ops) WITH (gin_pending_list_limit = 1024);
-- None on (make, model, year), make, model, city: nobody asks for equality of these, and substrings use cars_search.
-- None on status alone: it holds four values, and every list that has it in its condition has an order of its own.

CREATE TABLE car_images (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    car_id uuid NOT NULL REFERENCES cars ON DELETE CASCADE,
    image varchar(100) NOT NULL, -- a path below the media root
    is_primary boolean NOT NULL DEFAULT false,
    uploaded_at timestamptz NOT NULL DEFAULT clock_timestamp() -- tells images of one upload apart
);
-- A car's images, primary first, then oldest.
CREATE INDEX car_images_car ON car_images (car_id, is_primary DESC, uploaded_at, id);
-- At most one primary image a car.
CREATE UNIQUE INDEX car_images_one_primary ON car_images (car_id) WHERE is_primary;

CREATE TABLE car_specifications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    car_id uuid NOT NULL CONSTRAINT car_specifications_car_id_key UNIQUE REFERENCES cars ON DELETE CASCADE,
    horsepower integer,
    torque integer,
    acceleration_0_100 numeric(4, 2),
    top_speed integer,
    fuel_consumption_city numeric(5, 2),
    fuel_consumption_highway numeric(5, 2),
    length numeric(8, 2), -- millimetres: a real car does not fit into 999.99
    width numeric(8, 2),
    height numeric(8, 2),
    weight integer,
    warranty_remaining varchar(100),
    service_history text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
