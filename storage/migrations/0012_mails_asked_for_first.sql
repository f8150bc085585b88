-- Mails that somebody asked for and waits for (a link to verify an address, or to reset a password) go before those about
-- notifications, of which a morning's digests make very many at once.
DROP INDEX mails_waiting;
-- The sender of mails.
CREATE INDEX mails_waiting ON mails ((unsubscribe_url IS NOT NULL), next_attempt_at) WHERE state = 'waiting';
