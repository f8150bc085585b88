-- What reading a thread looked up or computed for each of its responses stands in the rows that are read anyway.

-- Has an approved expert verification. The trigger says it, whoever changes that: behind the lock of the verification's
-- row, of which a user has one, so the last word is that of the last change.
ALTER TABLE users ADD COLUMN is_expert boolean NOT NULL DEFAULT false;
CREATE FUNCTION mark_expert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    approved CONSTANT boolean := TG_OP <> 'DELETE' AND NEW.status = 'approved';
BEGIN
    UPDATE users SET is_expert = approved WHERE id = coalesce(NEW.user_id, OLD.user_id) AND is_expert <> approved;
    RETURN NULL;
END $$;
CREATE TRIGGER expert_verifications_mark AFTER INSERT OR DELETE OR UPDATE OF status ON expert_verifications
    FOR EACH ROW EXECUTE FUNCTION mark_expert();
UPDATE users SET is_expert = true WHERE id IN (SELECT user_id FROM expert_verifications WHERE status = 'approved');

-- How many of the votes are "helpful", as the API writes it.
ALTER TABLE forum_responses ADD COLUMN helpfulness_score text NOT NULL
    GENERATED ALWAYS AS (percentage(helpful_count, helpful_count + unhelpful_count)) STORED;

-- Nothing is changed before it is there: both times of a new row are one. A batch of responses says its own; reviews
-- of one transaction are a statement each.
ALTER TABLE forum_responses ALTER created_at SET DEFAULT now();
ALTER TABLE reviews ALTER created_at SET DEFAULT statement_timestamp(), ALTER updated_at SET DEFAULT statement_timestamp();
ALTER TABLE part_reviews
    ALTER created_at SET DEFAULT statement_timestamp(), ALTER updated_at SET DEFAULT statement_timestamp();
