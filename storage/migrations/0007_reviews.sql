-- Reviews of sellers and of parts, helpfulness votes on both, and what a seller's reviews add up to.
-- The two kinds are alike on purpose: storage/model/review.hpp says what differs.

CREATE TABLE reviews (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reviewer_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    seller_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    title varchar(255) NOT NULL,
    text text NOT NULL,
    rating integer NOT NULL CONSTRAINT reviews_rating_range CHECK (rating BETWEEN 1 AND 5),
    communication_rating integer CONSTRAINT reviews_communication_rating_range
        CHECK (communication_rating BETWEEN 1 AND 5),
    item_accuracy_rating integer CONSTRAINT reviews_item_accuracy_rating_range
        CHECK (item_accuracy_rating BETWEEN 1 AND 5),
    shipping_rating integer CONSTRAINT reviews_shipping_rating_range CHECK (shipping_rating BETWEEN 1 AND 5),
    is_verified_purchase boolean NOT NULL DEFAULT false,
    helpful_count integer NOT NULL DEFAULT 0 CONSTRAINT reviews_helpful_count_range CHECK (helpful_count >= 0),
    unhelpful_count integer NOT NULL DEFAULT 0 CONSTRAINT reviews_unhelpful_count_range CHECK (unhelpful_count >= 0),
    is_approved boolean NOT NULL DEFAULT true,
    is_flagged boolean NOT NULL DEFAULT false,
    seller_response text,
    seller_response_date timestamptz,
    -- The clock, not the transaction's time: many reviews may be committed together.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT reviews_not_of_oneself CHECK (reviewer_id <> seller_id),
    -- One a reviewer and seller; my_reviews and the cascade from users go by it too.
    CONSTRAINT reviews_reviewer_key UNIQUE (reviewer_id, seller_id)
) WITH (fillfactor = 90); -- room for the counters' updates beside the old version
-- The list in its default order.
CREATE INDEX reviews_created_at ON reviews (created_at, id);
-- ?ordering=rating.
CREATE INDEX reviews_rating ON reviews (rating, id);
-- by_seller, ?seller=, and the recompute of a seller's rating.
CREATE INDEX reviews_seller ON reviews (seller_id, created_at, id);
-- None on helpful_count: a vote would no longer stay on its page, and who orders by it mostly narrows to one seller.

CREATE TABLE review_votes (
    review_id uuid NOT NULL REFERENCES reviews ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    vote_type varchar(10) NOT NULL
        CONSTRAINT review_votes_vote_type_choice CHECK (vote_type IN ('helpful', 'unhelpful')),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT review_votes_key PRIMARY KEY (review_id, user_id)
);
-- The cascade from users.
CREATE INDEX review_votes_user ON review_votes (user_id);

-- What the approved reviews of a seller add up to; mirrored in users and company_stores.
CREATE TABLE seller_ratings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    seller_id uuid NOT NULL CONSTRAINT seller_ratings_seller_key UNIQUE REFERENCES users ON DELETE CASCADE,
    average_rating numeric(3, 2) NOT NULL DEFAULT 0,
    total_reviews integer NOT NULL DEFAULT 0,
    five_star_count integer NOT NULL DEFAULT 0,
    four_star_count integer NOT NULL DEFAULT 0,
    three_star_count integer NOT NULL DEFAULT 0,
    two_star_count integer NOT NULL DEFAULT 0,
    one_star_count integer NOT NULL DEFAULT 0,
    average_communication numeric(3, 2) NOT NULL DEFAULT 0,
    average_item_accuracy numeric(3, 2) NOT NULL DEFAULT 0,
    average_shipping numeric(3, 2) NOT NULL DEFAULT 0,
    CONSTRAINT seller_ratings_stars_add_up CHECK (total_reviews =
        five_star_count + four_star_count + three_star_count + two_star_count + one_star_count)
);
-- The list in its default order, best first, and ?ordering=.
CREATE INDEX seller_ratings_average ON seller_ratings (average_rating, id);
CREATE INDEX seller_ratings_total ON seller_ratings (total_reviews, id);

CREATE TABLE part_reviews (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reviewer_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    part_id uuid NOT NULL REFERENCES parts ON DELETE CASCADE,
    title varchar(255) NOT NULL,
    text text NOT NULL,
    rating integer NOT NULL CONSTRAINT part_reviews_rating_range CHECK (rating BETWEEN 1 AND 5),
    quality_rating integer CONSTRAINT part_reviews_quality_rating_range CHECK (quality_rating BETWEEN 1 AND 5),
    value_rating integer CONSTRAINT part_reviews_value_rating_range CHECK (value_rating BETWEEN 1 AND 5),
    fitment_rating integer CONSTRAINT part_reviews_fitment_rating_range CHECK (fitment_rating BETWEEN 1 AND 5),
    is_verified_purchase boolean NOT NULL DEFAULT false,
    helpful_count integer NOT NULL DEFAULT 0 CONSTRAINT part_reviews_helpful_count_range CHECK (helpful_count >= 0),
    unhelpful_count integer NOT NULL DEFAULT 0
        CONSTRAINT part_reviews_unhelpful_count_range CHECK (unhelpful_count >= 0),
    is_approved boolean NOT NULL DEFAULT true,
    is_flagged boolean NOT NULL DEFAULT false,
    seller_response text,
    seller_response_date timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT part_reviews_reviewer_key UNIQUE (reviewer_id, part_id)
) WITH (fillfactor = 90);
-- As those of reviews.
CREATE INDEX part_reviews_created_at ON part_reviews (created_at, id);
CREATE INDEX part_reviews_rating ON part_reviews (rating, id);
CREATE INDEX part_reviews_part ON part_reviews (part_id, created_at, id);

CREATE TABLE part_review_votes (
    review_id uuid NOT NULL REFERENCES part_reviews ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    vote_type varchar(10) NOT NULL
        CONSTRAINT part_review_votes_vote_type_choice CHECK (vote_type IN ('helpful', 'unhelpful')),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT part_review_votes_key PRIMARY KEY (review_id, user_id)
);
CREATE INDEX part_review_votes_user ON part_review_votes (user_id);
