-- What users are told, and how they want to be told.

CREATE TABLE notifications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- users.notification_seq raised by one under that row's lock: without gaps and in the order of commits.
    seq bigint NOT NULL,
    notification_type varchar(30) NOT NULL
        CONSTRAINT notifications_notification_type_choice CHECK (notification_type IN (
            'new_message', 'listing_update', 'expert_response', 'review_received', 'seller_response', 'forum_reply',
            'part_available', 'price_alert', 'verification_status', 'account_alert', 'system_announcement')),
    title varchar(255) NOT NULL,
    message text NOT NULL,
    related_object_id uuid,
    related_object_type varchar(50),
    is_read boolean NOT NULL DEFAULT false,
    action_url varchar(500),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- taken under the lock, so it rises with seq
    read_at timestamptz,
    -- Which of the user's markings read it (users.notification_read_seq raised by one under that row's lock), so that
    -- every inbox can find what was read since it last looked.
    read_seq bigint,
    -- The list, newest first, and what a client lacks since a seq.
    CONSTRAINT notifications_user_id_seq_key UNIQUE (user_id, seq)
);
-- The unread count, the unread list and "mark all": its size is the count, so no counter has to be kept.
CREATE INDEX notifications_unread ON notifications (user_id, seq) WHERE NOT is_read;
-- What was read since a read_seq.
CREATE INDEX notifications_read_seq ON notifications (user_id, read_seq) WHERE read_seq IS NOT NULL;
-- by_type.
CREATE INDEX notifications_type ON notifications (user_id, notification_type, seq);

CREATE TABLE notification_preferences (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT notification_preferences_user_id_key UNIQUE REFERENCES users ON DELETE CASCADE,
    email_new_message boolean NOT NULL DEFAULT true,
    email_listing_update boolean NOT NULL DEFAULT true,
    email_expert_response boolean NOT NULL DEFAULT true,
    email_review_received boolean NOT NULL DEFAULT true,
    email_seller_response boolean NOT NULL DEFAULT true,
    email_forum_reply boolean NOT NULL DEFAULT true,
    email_part_available boolean NOT NULL DEFAULT true,
    email_price_alert boolean NOT NULL DEFAULT true,
    email_verification_status boolean NOT NULL DEFAULT true,
    email_account_alert boolean NOT NULL DEFAULT true,
    email_system_announcement boolean NOT NULL DEFAULT false,
    app_new_message boolean NOT NULL DEFAULT true,
    app_listing_update boolean NOT NULL DEFAULT true,
    app_expert_response boolean NOT NULL DEFAULT true,
    app_review_received boolean NOT NULL DEFAULT true,
    app_seller_response boolean NOT NULL DEFAULT true,
    app_forum_reply boolean NOT NULL DEFAULT true,
    app_part_available boolean NOT NULL DEFAULT true,
    app_price_alert boolean NOT NULL DEFAULT true,
    app_verification_status boolean NOT NULL DEFAULT true,
    app_account_alert boolean NOT NULL DEFAULT true,
    app_system_announcement boolean NOT NULL DEFAULT true,
    email_frequency varchar(10) NOT NULL DEFAULT 'instant'
        CONSTRAINT notification_preferences_email_frequency_choice
            CHECK (email_frequency IN ('instant', 'daily', 'weekly')),
    quiet_hours_enabled boolean NOT NULL DEFAULT false,
    quiet_hours_start time,
    quiet_hours_end time,
    timezone varchar(64), -- an IANA name; NULL means UTC
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
