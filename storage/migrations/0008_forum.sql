-- The forum: categories, threads, responses and the votes on them, verified experts.

-- part of whole in percent as the API writes it: 0 of nothing, else a number with a fraction, unrounded.
CREATE FUNCTION percentage(part integer, whole integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN whole = 0 THEN '0'
                WHEN part::float8 / whole * 100 = floor(part::float8 / whole * 100)
                    THEN (part::float8 / whole * 100)::text || '.0'
                ELSE (part::float8 / whole * 100)::text END
$$;

CREATE TABLE forum_categories (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL CONSTRAINT forum_categories_name_key UNIQUE,
    description text NOT NULL,
    icon varchar(100), -- a path below the media root
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- As cars.search_text (0002_cars.sql), without an index: there are a few dozen categories.
    search_text text COLLATE "und-x-icu" NOT NULL GENERATED ALWAYS AS (
        lower((name || E'\x1f' || description) COLLATE "und-x-icu")) STORED
);

CREATE TABLE forum_threads (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    author_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    category uuid CONSTRAINT forum_threads_category_fkey REFERENCES forum_categories ON DELETE SET NULL,
    title varchar(255) NOT NULL,
    description text NOT NULL,
    car_make varchar(100),
    car_model varchar(100),
    car_year integer,
    status varchar(20) NOT NULL DEFAULT 'open'
        CONSTRAINT forum_threads_status_choice CHECK (status IN ('open', 'resolved', 'closed')),
    is_pinned boolean NOT NULL DEFAULT false,
    is_featured boolean NOT NULL DEFAULT false,
    is_approved boolean NOT NULL DEFAULT true, -- others see it
    is_flagged boolean NOT NULL DEFAULT false, -- waits for staff
    flag_reason varchar(255),
    views_count integer NOT NULL DEFAULT 0
        CONSTRAINT forum_threads_views_count_range CHECK (views_count >= 0),
    responses_count integer NOT NULL DEFAULT 0 -- approved ones
        CONSTRAINT forum_threads_responses_count_range CHECK (responses_count >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    search_text text COLLATE "und-x-icu" NOT NULL GENERATED ALWAYS AS (
        lower((title || E'\x1f' || coalesce(car_make, '') || E'\x1f' || coalesce(car_model, '') || E'\x1f' || description)
              COLLATE "und-x-icu")) STORED
) WITH (fillfactor = 80); -- room for the updates of the counters beside the old version

-- The list in its default order, with what decides who sees a thread.
CREATE INDEX forum_threads_listed ON forum_threads (is_pinned DESC, created_at DESC, id)
    INCLUDE (is_approved, author_id);
-- ?ordering=created_at, either direction.
CREATE INDEX forum_threads_created_at ON forum_threads (created_at, id);
-- ?category=, by_category, and a deleted category.
CREATE INDEX forum_threads_category ON forum_threads (category, is_pinned DESC, created_at DESC, id);
-- my_threads, and the cascade from users.
CREATE INDEX forum_threads_author ON forum_threads (author_id, is_pinned DESC, created_at DESC, id);
-- Whose responses nobody sees: few, and asked about with every list of responses.
CREATE INDEX forum_threads_hidden ON forum_threads (id) WHERE NOT is_approved;
CREATE INDEX forum_threads_search ON forum_threads USING gin (search_text gin_trgm_ops)
    WITH (gin_pending_list_limit = 1024);
-- None on views_count and responses_count: every view and every response would have to enter the thread anew into all of
-- the above. Lists in those orders sort.

CREATE TABLE forum_responses (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    thread_id uuid NOT NULL REFERENCES forum_threads ON DELETE CASCADE,
    author_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    content text NOT NULL,
    is_expert_response boolean NOT NULL DEFAULT false, -- its author was an approved expert, and has not ceased to be one
    is_ai_response boolean NOT NULL DEFAULT false,
    ai_confidence numeric(3, 2)
        CONSTRAINT forum_responses_ai_confidence_range CHECK (ai_confidence BETWEEN 0 AND 1),
    helpful_count integer NOT NULL DEFAULT 0
        CONSTRAINT forum_responses_helpful_count_range CHECK (helpful_count >= 0),
    unhelpful_count integer NOT NULL DEFAULT 0
        CONSTRAINT forum_responses_unhelpful_count_range CHECK (unhelpful_count >= 0),
    is_approved boolean NOT NULL DEFAULT true,
    is_flagged boolean NOT NULL DEFAULT false,
    flag_reason varchar(255),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- tells those of one transaction apart
    updated_at timestamptz NOT NULL DEFAULT now()
);
-- A thread's responses, and what somebody said there lately.
CREATE INDEX forum_responses_thread ON forum_responses (thread_id, author_id, created_at);
-- The list of all, in its order.
CREATE INDEX forum_responses_ranked ON forum_responses (is_expert_response DESC, helpful_count DESC, created_at, id);
-- my_responses, an expert's responses, and the cascade from users.
CREATE INDEX forum_responses_author ON forum_responses (author_id, is_expert_response DESC, helpful_count DESC,
                                                        created_at, id);

CREATE TABLE response_votes (
    response_id uuid NOT NULL REFERENCES forum_responses ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    vote_type varchar(10) NOT NULL
        CONSTRAINT response_votes_vote_type_choice CHECK (vote_type IN ('helpful', 'unhelpful')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (response_id, user_id)
);

CREATE TABLE expert_verifications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT expert_verifications_user_id_key UNIQUE REFERENCES users ON DELETE CASCADE,
    expertise_areas jsonb NOT NULL DEFAULT '[]'
        CONSTRAINT expert_verifications_expertise_areas_list CHECK (jsonb_typeof(expertise_areas) = 'array'),
    years_of_experience integer NOT NULL
        CONSTRAINT expert_verifications_years_of_experience_range CHECK (years_of_experience >= 0),
    bio text NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'pending'
        CONSTRAINT expert_verifications_status_choice CHECK (status IN ('pending', 'approved', 'rejected')),
    verification_document varchar(100) NOT NULL, -- a path below the media root's private part
    helpful_responses integer NOT NULL DEFAULT 0 -- of those below, how many somebody found helpful
        CONSTRAINT expert_verifications_helpful_responses_range CHECK (helpful_responses >= 0),
    total_responses integer NOT NULL DEFAULT 0 -- approved ones that he gave as an expert
        CONSTRAINT expert_verifications_total_responses_range CHECK (total_responses >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    verified_at timestamptz
);
-- None for the list: experts are few.

-- Who looked at a thread in which hour, so that a view counts once on all processes together. The cleaner takes what is
-- over.
CREATE TABLE thread_views (
    thread_id uuid NOT NULL REFERENCES forum_threads ON DELETE CASCADE,
    viewer varchar(64) NOT NULL, -- a user's id, else an address
    hour timestamptz NOT NULL,
    PRIMARY KEY (thread_id, viewer, hour)
);
-- The cleaner.
CREATE INDEX thread_views_hour ON thread_views (hour);
