-- Mails about notifications, and announcements.

-- What is to become a mail to a user (storage/notification_mails.hpp): written when the event is delivered, gone when the
-- mail is written or is not wanted any more.
CREATE TABLE mail_items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    type varchar(30) NOT NULL,
    title varchar(255) NOT NULL,
    message text NOT NULL,
    action_url varchar(500),
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now() -- when to look at it: at once, then when the user's preferences say
);
-- The mailer: who has something that is due, and what.
CREATE INDEX mail_items_due ON mail_items (due_at);
CREATE INDEX mail_items_user ON mail_items (user_id, due_at);

ALTER TABLE mails ADD COLUMN unsubscribe_url text; -- of the List-Unsubscribe header; NULL: a mail that was asked for

-- To every user who was active when it was made, in batches in the order of their ids (storage/announcements.hpp).
CREATE TABLE announcements (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    author_id uuid REFERENCES users ON DELETE SET NULL, -- he is not told
    title varchar(255) NOT NULL,
    message text NOT NULL,
    action_url varchar(500),
    recipients bigint NOT NULL, -- how many there were when it was made
    created_at timestamptz NOT NULL DEFAULT now(),
    reached uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', -- everybody up to this id was told
    done_at timestamptz
);
-- The announcer.
CREATE INDEX announcements_undone ON announcements (created_at) WHERE done_at IS NULL;
