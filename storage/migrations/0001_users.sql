-- Users, what proves who they are, and what ends their tokens.
-- Constraint names are stable: storage maps them to field errors.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email varchar(254) NOT NULL, -- as typed; compared without case through users_email_key
    password varchar(256) NOT NULL, -- argon2id, or what was imported from Django
    first_name varchar(30) NOT NULL,
    last_name varchar(30) NOT NULL,
    date_of_birth date,
    phone_number varchar(17),
    street_address varchar(255),
    city varchar(100),
    state_province varchar(100),
    postal_code varchar(20),
    country varchar(100),
    profile_picture varchar(100), -- a path below the media root
    bio varchar(500),
    user_type varchar(20) NOT NULL DEFAULT 'individual'
        CONSTRAINT users_user_type_choice CHECK (user_type IN ('individual', 'company')),
    company_name varchar(255),
    company_registration_number varchar(100) CONSTRAINT users_company_registration_number_key UNIQUE,
    company_website varchar(200),
    business_email varchar(254),
    business_phone_number varchar(17),
    e_tin varchar(50),
    trade_license_number varchar(100),
    nid_number varchar(50),
    email_verified boolean NOT NULL DEFAULT false,
    phone_verified boolean NOT NULL DEFAULT false,
    verification_status varchar(20) NOT NULL DEFAULT 'unverified'
        CONSTRAINT users_verification_status_choice
            CHECK (verification_status IN ('unverified', 'pending', 'verified', 'rejected')),
    verification_document varchar(100), -- a path below the media root's private part
    verification_count integer NOT NULL DEFAULT 0
        CONSTRAINT users_verification_count_range CHECK (verification_count >= 0),
    is_active boolean NOT NULL DEFAULT true,
    is_staff boolean NOT NULL DEFAULT false,
    is_superuser boolean NOT NULL DEFAULT false,
    is_seller boolean NOT NULL DEFAULT false,
    is_buyer boolean NOT NULL DEFAULT true,
    seller_rating numeric(3, 2) NOT NULL DEFAULT 0,
    seller_reviews_count integer NOT NULL DEFAULT 0
        CONSTRAINT users_seller_reviews_count_range CHECK (seller_reviews_count >= 0),
    date_joined timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_login timestamptz,
    is_suspended boolean NOT NULL DEFAULT false,
    suspension_reason text,
    suspension_until timestamptz, -- NULL while is_suspended: until somebody lifts it
    -- Tokens carry the generation; raising it ends them all. A password reset token carries it too, so it works once.
    token_generation bigint NOT NULL DEFAULT 0,
    tokens_valid_after timestamptz, -- judges, by their iat, tokens that carry no generation
    notification_seq bigint NOT NULL DEFAULT 0, -- of the user's last notification
    notification_read_seq bigint NOT NULL DEFAULT 0 -- of the last marking of notifications as read
) WITH (fillfactor = 85); -- room for the updates of notification_seq and last_login beside the old version

-- Log-in, registration, password reset.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
-- Pages of GET /api/users/ and GET /api/users/sellers/, newest first.
CREATE INDEX users_date_joined ON users (date_joined, id);
-- Whose listings nobody sees: few, and asked about with every public list.
CREATE INDEX users_hidden ON users (id) WHERE NOT is_active OR is_suspended;
-- None on phone_number, verification_status or is_seller alone: no statement looks a user up by them.

-- The code that was sent to a phone, at most one a user.
CREATE TABLE phone_codes (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    phone_number varchar(17) NOT NULL,
    code_hash varchar(64) NOT NULL, -- keyed: six digits alone would be guessed from a plain hash
    tries integer NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL
);

-- Refresh tokens that were logged out, by family (a token without a family: by jti).
CREATE TABLE revoked_tokens (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    revoked_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL -- the row is of no use afterwards
);
-- The account of whoever makes a request (storage/accounts.hpp).
CREATE INDEX revoked_tokens_user ON revoked_tokens (user_id);
-- None on expires_at: a user's outlived rows go when he logs out the next time.
