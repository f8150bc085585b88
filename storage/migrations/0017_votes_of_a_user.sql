-- The cascade from users, as the votes on reviews have it: erasing a user read every vote in the forum.
CREATE INDEX response_votes_user ON response_votes (user_id);
