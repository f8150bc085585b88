-- Indexes of the cleaner (storage/cleaning.hpp), which deletes what is of no use any more. None on phone_codes: what the
-- cleaner leaves there is about an hour's.

-- The rows of users who do not come back to log out again, too.
CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);
CREATE INDEX mails_over ON mails (created_at) WHERE state <> 'waiting';
CREATE INDEX text_messages_over ON text_messages (created_at) WHERE state <> 'waiting';
