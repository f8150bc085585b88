-- What users flag for review, until staff decide. What is flagged is named by its type and id; triggers take its flags away
-- with it.

CREATE TABLE flags (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type varchar(20) NOT NULL, -- as storage/moderation.hpp names them
    object_id uuid NOT NULL,
    user_id uuid REFERENCES users ON DELETE SET NULL, -- a flag outlives whoever made it
    reason varchar(1000) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz, -- when staff decided; until then it is open
    upheld boolean, -- what they decided: true when the content was rejected
    CONSTRAINT flags_settled_with_a_verdict CHECK ((settled_at IS NULL) = (upheld IS NULL)),
    -- One a user, for good: what staff have approved is not hidden by the same users again.
    CONSTRAINT flags_once_a_user UNIQUE (type, object_id, user_id)
);
-- The moderation list, and how many flags something has.
CREATE INDEX flags_open ON flags (type, object_id) WHERE settled_at IS NULL;
-- An erased user.
CREATE INDEX flags_user ON flags (user_id);

CREATE FUNCTION drop_flags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM flags WHERE type = TG_ARGV[0] AND object_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER comments_flags AFTER DELETE ON comments FOR EACH ROW EXECUTE FUNCTION drop_flags('comment');
CREATE TRIGGER comment_replies_flags AFTER DELETE ON comment_replies
    FOR EACH ROW EXECUTE FUNCTION drop_flags('comment_reply');
CREATE TRIGGER forum_threads_flags AFTER DELETE ON forum_threads
    FOR EACH ROW EXECUTE FUNCTION drop_flags('forum_thread');
CREATE TRIGGER forum_responses_flags AFTER DELETE ON forum_responses
    FOR EACH ROW EXECUTE FUNCTION drop_flags('forum_response');
CREATE TRIGGER reviews_flags AFTER DELETE ON reviews FOR EACH ROW EXECUTE FUNCTION drop_flags('review');
CREATE TRIGGER part_reviews_flags AFTER DELETE ON part_reviews
    FOR EACH ROW EXECUTE FUNCTION drop_flags('part_review');
CREATE TRIGGER cars_flags AFTER DELETE ON cars FOR EACH ROW EXECUTE FUNCTION drop_flags('car');
CREATE TRIGGER parts_flags AFTER DELETE ON parts FOR EACH ROW EXECUTE FUNCTION drop_flags('part');

-- Whatever takes a listing out of "pending", or puts it away, is the decision about its flags.
CREATE FUNCTION settle_flags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'pending' AND (OLD.status = 'pending' OR NEW.status IN ('archived', 'discontinued')) THEN
        UPDATE flags SET settled_at = now(), upheld = NEW.status <> 'active'
        WHERE type = TG_ARGV[0] AND object_id = NEW.id AND settled_at IS NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER cars_flags_settled AFTER UPDATE OF status ON cars
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION settle_flags('car');
CREATE TRIGGER parts_flags_settled AFTER UPDATE OF status ON parts
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION settle_flags('part');
