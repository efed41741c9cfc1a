-- Purged accounts are recognised by the digest in their permanent marker in Kafka, not by their grant.
--
-- The persister moves the rows of `purged_grants`, and publishes the markers that are missing; services of the previous
-- version continue to use that table during a rolling update.

CREATE TABLE purged_accounts (account_id uuid PRIMARY KEY, purged_at timestamptz NOT NULL);
COMMENT ON TABLE purged_accounts IS
    'Accounts that stay out until they are connected again: the image of mail.purges.v1.';
COMMENT ON TABLE purged_grants IS 'Written by versions before 0008 only; moved to purged_accounts.';
