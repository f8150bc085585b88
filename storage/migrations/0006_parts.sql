-- Parts with their categories, images and the cars that they fit; the stores of companies.

CREATE TABLE part_categories (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL CONSTRAINT part_categories_name_key UNIQUE,
    description text NOT NULL,
    icon varchar(100), -- a path below the media root
    parent_category uuid CONSTRAINT part_categories_parent_category_fkey REFERENCES part_categories ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- As cars.search_text (0002_cars.sql), without an index: there are a few dozen categories.
    search_text text COLLATE "und-x-icu" NOT NULL GENERATED ALWAYS AS (
        lower((name || E'\x1f' || description) COLLATE "und-x-icu")) STORED,
    CONSTRAINT part_categories_not_its_own_parent CHECK (parent_category <> id)
);
-- None on parent_category: a category is deleted rarely, and the table is small. Lists go by part_categories_name_key.

CREATE TABLE parts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    seller_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    category uuid CONSTRAINT parts_category_fkey REFERENCES part_categories ON DELETE SET NULL,
    name varchar(255) NOT NULL,
    description text NOT NULL,
    part_number varchar(100) CONSTRAINT parts_part_number_key UNIQUE,
    condition varchar(20) NOT NULL
        CONSTRAINT parts_condition_choice CHECK (condition IN ('new', 'refurbished', 'used')),
    brand varchar(100),
    model varchar(100),
    price numeric(10, 2) NOT NULL CONSTRAINT parts_price_range CHECK (price >= 0),
    quantity_in_stock integer NOT NULL CONSTRAINT parts_quantity_in_stock_range CHECK (quantity_in_stock >= 0),
    quantity_sold integer NOT NULL DEFAULT 0 CONSTRAINT parts_quantity_sold_range CHECK (quantity_sold >= 0),
    status varchar(20) NOT NULL DEFAULT 'pending'
        CONSTRAINT parts_status_choice CHECK (status IN ('active', 'out_of_stock', 'discontinued', 'pending')),
    is_featured boolean NOT NULL DEFAULT false,
    warranty_months integer,
    warranty_description text,
    weight numeric(8, 2), -- kg
    dimensions varchar(100),
    rating numeric(3, 2) NOT NULL DEFAULT 0, -- mean of the approved reviews
    reviews_count integer NOT NULL DEFAULT 0 CONSTRAINT parts_reviews_count_range CHECK (reviews_count >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search_text text COLLATE "und-x-icu" NOT NULL GENERATED ALWAYS AS (
        lower((name || E'\x1f' || coalesce(brand, '') || E'\x1f' || coalesce(part_number, '') || E'\x1f' || description)
              COLLATE "und-x-icu")) STORED,
    -- What is sold out is not on sale.
    CONSTRAINT parts_active_in_stock CHECK (status <> 'active' OR quantity_in_stock > 0)
);

-- The public list in its default order, newest first.
CREATE INDEX parts_public ON parts (created_at, id) WHERE status = 'active';
-- The list of staff, and of users ("active or own").
CREATE INDEX parts_created_at ON parts (created_at, id);
-- ?ordering=, either direction, for every kind of viewer; price_from and price_to.
CREATE INDEX parts_price ON parts (price, id);
CREATE INDEX parts_rating ON parts (rating, id);
CREATE INDEX parts_quantity_in_stock ON parts (quantity_in_stock, id);
-- my_listings, a user's own parts that are not public, and the cascade from users.
CREATE INDEX parts_seller ON parts (seller_id, status, created_at DESC);
-- by_category, and a deleted category.
CREATE INDEX parts_category ON parts (category, created_at, id);
-- Substrings, as cars_search (0002_cars.sql).
CREATE INDEX parts_search ON parts USING gin (search_text gin_trgm_ops) WITH (gin_pending_list_limit = 1024);

CREATE TABLE part_images (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    part_id uuid NOT NULL REFERENCES parts ON DELETE CASCADE,
    image varchar(100) NOT NULL, -- a path below the media root
    is_primary boolean NOT NULL DEFAULT false,
    uploaded_at timestamptz NOT NULL DEFAULT clock_timestamp() -- tells images of one upload apart
);
-- A part's images, primary first, then oldest.
CREATE INDEX part_images_part ON part_images (part_id, is_primary DESC, uploaded_at, id);
-- At most one primary image a part.
CREATE UNIQUE INDEX part_images_one_primary ON part_images (part_id) WHERE is_primary;

CREATE TABLE part_compatibilities (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    part_id uuid NOT NULL REFERENCES parts ON DELETE CASCADE,
    car_make varchar(100) NOT NULL,
    car_model varchar(100) NOT NULL,
    car_year_from integer NOT NULL,
    car_year_to integer NOT NULL,
    notes text,
    -- Also the order in which a part's are shown.
    CONSTRAINT part_compatibilities_key UNIQUE (part_id, car_make, car_model, car_year_from, car_year_to)
);
-- None on car_make and car_model: no statement looks for the parts of a car.

CREATE TABLE company_stores (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id uuid NOT NULL CONSTRAINT company_stores_company_key UNIQUE REFERENCES users ON DELETE CASCADE,
    store_name varchar(255) NOT NULL,
    store_description text NOT NULL,
    store_logo varchar(100), -- paths below the media root
    store_banner varchar(100),
    store_email varchar(254) NOT NULL,
    store_phone varchar(20) NOT NULL,
    store_website varchar(200),
    store_address varchar(255) NOT NULL,
    store_city varchar(100) NOT NULL,
    store_state varchar(100) NOT NULL,
    store_country varchar(100) NOT NULL,
    store_rating numeric(3, 2) NOT NULL DEFAULT 0, -- the company's rating as a seller
    total_reviews integer NOT NULL DEFAULT 0
        CONSTRAINT company_stores_total_reviews_range CHECK (total_reviews >= 0),
    is_verified boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search_text text COLLATE "und-x-icu" NOT NULL GENERATED ALWAYS AS (
        lower((store_name || E'\x1f' || store_description) COLLATE "und-x-icu")) STORED
);
-- The list in its default order, best first, and ?ordering=.
CREATE INDEX company_stores_rating ON company_stores (store_rating, id);
CREATE INDEX company_stores_created_at ON company_stores (created_at, id);
-- ?search=, as cars_search (0002_cars.sql).
CREATE INDEX company_stores_search ON company_stores USING gin (search_text gin_trgm_ops)
    WITH (gin_pending_list_limit = 1024);
