-- An expert who is rejected loses the marks of his responses; approved again, he has them back. Only this column then
-- says which they were: what he wrote before and in between has none.
ALTER TABLE forum_responses ADD COLUMN by_expert boolean NOT NULL DEFAULT false; -- its author was an approved expert
UPDATE forum_responses SET by_expert = true WHERE is_expert_response;
