-- What users say about cars and parts, what others reply, and who likes it.
-- A comment has one column for each kind of thing it may be about, so that it goes with it and can be about nothing that
-- is not there. Counters are kept by triggers: they are right whoever removes what they count, a deleted user included.

CREATE TABLE comments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    author_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    car_id uuid REFERENCES cars ON DELETE CASCADE,
    part_id uuid REFERENCES parts ON DELETE CASCADE,
    text text NOT NULL,
    likes_count integer NOT NULL DEFAULT 0 CONSTRAINT comments_likes_count_range CHECK (likes_count >= 0),
    replies_count integer NOT NULL DEFAULT 0 -- approved ones
        CONSTRAINT comments_replies_count_range CHECK (replies_count >= 0),
    is_approved boolean NOT NULL DEFAULT true, -- others see it
    is_flagged boolean NOT NULL DEFAULT false, -- waits for staff
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT comments_about_one_thing CHECK (num_nonnulls(car_id, part_id) = 1)
) WITH (fillfactor = 85); -- room for the updates of the counters beside the old version

-- The list in its default order.
CREATE INDEX comments_created_at ON comments (created_at, id);
-- by_object, and the cascades.
CREATE INDEX comments_car ON comments (car_id, created_at, id) WHERE car_id IS NOT NULL;
CREATE INDEX comments_part ON comments (part_id, created_at, id) WHERE part_id IS NOT NULL;
CREATE INDEX comments_author ON comments (author_id);
-- None on likes_count: each like would have to write it, and few ask for that order.

CREATE TABLE comment_replies (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    comment_id uuid NOT NULL REFERENCES comments ON DELETE CASCADE,
    author_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    text text NOT NULL,
    likes_count integer NOT NULL DEFAULT 0 CONSTRAINT comment_replies_likes_count_range CHECK (likes_count >= 0),
    is_approved boolean NOT NULL DEFAULT true,
    is_flagged boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 85);

-- A comment's replies, oldest first; the cascade.
CREATE INDEX comment_replies_comment ON comment_replies (comment_id, created_at, id);
-- The list in its default order.
CREATE INDEX comment_replies_created_at ON comment_replies (created_at, id);
-- The cascade from users.
CREATE INDEX comment_replies_author ON comment_replies (author_id);

CREATE TABLE comment_likes (
    comment_id uuid NOT NULL REFERENCES comments ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (comment_id, user_id)
);
CREATE INDEX comment_likes_user ON comment_likes (user_id);

CREATE TABLE comment_reply_likes (
    reply_id uuid NOT NULL REFERENCES comment_replies ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (reply_id, user_id)
);
CREATE INDEX comment_reply_likes_user ON comment_reply_likes (user_id);

CREATE FUNCTION count_comment_likes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE comments SET likes_count = likes_count + 1 WHERE id = NEW.comment_id;
    ELSE
        UPDATE comments SET likes_count = likes_count - 1 WHERE id = OLD.comment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER comment_likes_counted AFTER INSERT OR DELETE ON comment_likes
    FOR EACH ROW EXECUTE FUNCTION count_comment_likes();

CREATE FUNCTION count_comment_reply_likes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE comment_replies SET likes_count = likes_count + 1 WHERE id = NEW.reply_id;
    ELSE
        UPDATE comment_replies SET likes_count = likes_count - 1 WHERE id = OLD.reply_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER comment_reply_likes_counted AFTER INSERT OR DELETE ON comment_reply_likes
    FOR EACH ROW EXECUTE FUNCTION count_comment_reply_likes();

CREATE FUNCTION count_comment_replies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reply comment_replies := coalesce(NEW, OLD);
    change integer := (TG_OP <> 'DELETE' AND NEW.is_approved)::integer - (TG_OP <> 'INSERT' AND OLD.is_approved)::integer;
BEGIN
    IF change <> 0 THEN
        UPDATE comments SET replies_count = replies_count + change WHERE id = reply.comment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER comment_replies_counted AFTER INSERT OR DELETE OR UPDATE OF is_approved ON comment_replies
    FOR EACH ROW EXECUTE FUNCTION count_comment_replies();

-- The event tells of something beside what it is about, which is as it was: nothing that is cached of it falls.
ALTER TABLE outbox ADD is_news boolean NOT NULL DEFAULT false;
