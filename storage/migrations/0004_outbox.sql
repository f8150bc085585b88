-- What must still happen because of something that was committed: events, mails, text messages.

-- Events become notifications (actors/event_relay.hpp), in the order of id for one recipient.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type varchar(30) NOT NULL,
    recipient uuid NOT NULL, -- no foreign key: an event for an erased user is done as soon as it is looked at
    title varchar(255) NOT NULL,
    message text NOT NULL,
    related_type varchar(50),
    related_id uuid,
    action_url varchar(500),
    created_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    done_at timestamptz
);
-- The relay.
CREATE INDEX outbox_undone ON outbox (id) WHERE done_at IS NULL;
-- The cleaner, and the lag that /metrics shows.
CREATE INDEX outbox_done_at ON outbox (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE mails (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- also the Message-ID
    recipient varchar(254) NOT NULL,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text NOT NULL,
    kind varchar(30) NOT NULL,
    state varchar(10) NOT NULL DEFAULT 'waiting'
        CONSTRAINT mails_state_choice CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    last_error text
);
-- The mailer.
CREATE INDEX mails_waiting ON mails (next_attempt_at) WHERE state = 'waiting';

CREATE TABLE text_messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    recipient varchar(17) NOT NULL,
    body text NOT NULL,
    state varchar(10) NOT NULL DEFAULT 'waiting'
        CONSTRAINT text_messages_state_choice CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    last_error text
);
-- The sender of text messages.
CREATE INDEX text_messages_waiting ON text_messages (next_attempt_at) WHERE state = 'waiting';

-- No trigger that notifies: commits that notify wait for each other. storage/postgres/listener.hpp tells the readers.
