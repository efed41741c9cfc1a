-- What the tables for applications hold, in comments; `docs/generated/tables.md` is made from them.

COMMENT ON TABLE email_accounts IS 'Connected mailboxes.';
COMMENT ON COLUMN email_accounts.id IS 'Digest of the grant: the same after a replay.';
COMMENT ON COLUMN email_accounts.user_id IS
    'The first user who is still connected, or the last one who was; select by user through email_account_users.';
COMMENT ON COLUMN email_accounts.email_address IS 'As Nylas names it; null until the account''s own event arrives.';
COMMENT ON COLUMN email_accounts.display_name IS 'The owner''s name, where Nylas names one.';
COMMENT ON COLUMN email_accounts.provider IS 'Nylas'' name of the provider: google, microsoft, imap, …';
COMMENT ON COLUMN email_accounts.nylas_grant_id IS 'The grant at Nylas.';
COMMENT ON COLUMN email_accounts.status IS
    'active; paused by an operator; invalid: the user must connect it again; removed: no longer synced, but '
    'webhooks are stored until it is purged.';
COMMENT ON COLUMN email_accounts.connected_at IS 'When a user last connected it.';
COMMENT ON COLUMN email_accounts.webhook_subscription_id IS 'The webhook destination that serves it.';
COMMENT ON COLUMN email_accounts.last_sync_at IS
    'When a sync last ended without an error; null until the whole mailbox was listed once.';
COMMENT ON COLUMN email_accounts.last_sync_error IS 'Why the newest sync failed; null: it did not.';
COMMENT ON COLUMN email_accounts.observed_at IS
    'Microseconds since 1970: when the account was last observed. Null: a message came before the account''s own event.';
COMMENT ON COLUMN email_accounts.source_rank IS 'Orders observations of the same microsecond by their source.';
COMMENT ON COLUMN email_accounts.event_id IS 'Orders observations of the same microsecond and source.';

COMMENT ON COLUMN email_account_users.account_id IS 'The mailbox, in email_accounts.';
COMMENT ON COLUMN email_account_users.user_id IS 'The application''s user, as the connect link named it.';
COMMENT ON COLUMN email_account_users.connected_at IS 'When this user connected it.';

COMMENT ON TABLE emails IS 'Messages. A deleted message keeps its row.';
COMMENT ON COLUMN emails.id IS 'Digest of the grant and Nylas'' id: the same after a replay.';
COMMENT ON COLUMN emails.account_id IS 'The mailbox, in email_accounts.';
COMMENT ON COLUMN emails.thread_id IS
    'The conversation, in email_threads. That row is missing while all its messages are deleted.';
COMMENT ON COLUMN emails.nylas_message_id IS 'Nylas'' id of the message, unique within the account.';
COMMENT ON COLUMN emails.nylas_thread_id IS 'Nylas'' id of the thread.';
COMMENT ON COLUMN emails.subject IS 'The subject, decoded; null: none.';
COMMENT ON COLUMN emails.snippet IS 'The first words of the text, as Nylas makes them.';
COMMENT ON COLUMN emails.from_address IS 'Senders: an array of {name, email}, either of which may be null or absent.';
COMMENT ON COLUMN emails.to_addresses IS 'Recipients, in the same form.';
COMMENT ON COLUMN emails.cc_addresses IS 'Recipients of copies, in the same form.';
COMMENT ON COLUMN emails.bcc_addresses IS
    'Recipients of blind copies, in the same form; only in mail that the mailbox sent.';
COMMENT ON COLUMN emails.reply_to_addresses IS 'Where replies go, in the same form; empty: to the senders.';
COMMENT ON COLUMN emails.received_at IS
    'Nylas'' date; the time of observation if that is missing or implausible.';
COMMENT ON COLUMN emails.sanitised IS
    'Whether anything was altered or cut to be storable: NUL characters, lone surrogates, dates, long bodies.';
COMMENT ON COLUMN emails.is_read IS 'Whether it is read.';
COMMENT ON COLUMN emails.is_starred IS 'Whether it is starred or flagged.';
COMMENT ON COLUMN emails.folders IS
    'Ids of its folders or labels, nylas_folder_id in email_folders; empty once it is deleted.';
COMMENT ON COLUMN emails.deleted_at IS 'When it was deleted, as observed; null: it exists.';
COMMENT ON COLUMN emails.content_observed_at IS
    'Microseconds since 1970: when the content was last observed at Nylas.';
COMMENT ON COLUMN emails.content_rank IS
    'Orders observations of the same microsecond by their source; so does state_rank.';
COMMENT ON COLUMN emails.content_event_id IS
    'Orders observations of the same microsecond and source; so does state_event_id.';
COMMENT ON COLUMN emails.state_observed_at IS
    'Microseconds since 1970: when flags, folders or deletion were last observed. Null: only the content is known so far.';
COMMENT ON COLUMN emails.state_rank IS 'See content_rank.';
COMMENT ON COLUMN emails.state_event_id IS 'See content_event_id.';

COMMENT ON COLUMN email_threads.id IS 'Digest of the grant and Nylas'' thread id: the same after a replay.';
COMMENT ON COLUMN email_threads.account_id IS 'The mailbox, in email_accounts.';
COMMENT ON COLUMN email_threads.nylas_thread_id IS 'Nylas'' id of the thread.';
COMMENT ON COLUMN email_threads.subject IS 'The subject of the first message.';
COMMENT ON COLUMN email_threads.snippet IS 'The snippet of the last message.';
COMMENT ON COLUMN email_threads.participants IS 'Everybody in from, to and cc: an array of {name, email}.';
COMMENT ON COLUMN email_threads.message_count IS 'Number of messages.';
COMMENT ON COLUMN email_threads.unread_count IS 'Number of unread messages.';
COMMENT ON COLUMN email_threads.first_message_at IS 'received_at of the first message.';
COMMENT ON COLUMN email_threads.last_message_at IS 'received_at of the last message.';

COMMENT ON TABLE email_folders IS 'Folders and labels. A deleted folder keeps its row.';
COMMENT ON COLUMN email_folders.id IS 'Digest of the grant and Nylas'' folder id: the same after a replay.';
COMMENT ON COLUMN email_folders.account_id IS 'The mailbox, in email_accounts.';
COMMENT ON COLUMN email_folders.nylas_folder_id IS 'Nylas'' id of the folder, as emails.folders names it.';
COMMENT ON COLUMN email_folders.name IS 'Its name, in the user''s language.';
COMMENT ON COLUMN email_folders.deleted_at IS 'When it was deleted, as observed; null: it exists.';
COMMENT ON COLUMN email_folders.observed_at IS 'Microseconds since 1970: when it was last observed.';
COMMENT ON COLUMN email_folders.source_rank IS 'Orders observations of the same microsecond by their source.';
COMMENT ON COLUMN email_folders.event_id IS 'Orders observations of the same microsecond and source.';

COMMENT ON TABLE email_attachments IS 'What is attached to messages. Nylas has the bytes.';
COMMENT ON COLUMN email_attachments.email_id IS 'The message, in emails.';
COMMENT ON COLUMN email_attachments.nylas_attachment_id IS 'Nylas'' id, by which the bytes are downloaded.';
COMMENT ON COLUMN email_attachments.filename IS 'The name of the file; null: none.';
COMMENT ON COLUMN email_attachments.content_type IS 'The MIME type, as the message says.';
COMMENT ON COLUMN email_attachments.size IS 'Bytes, approximately: Nylas counts encoding overhead.';
COMMENT ON COLUMN email_attachments.content_id IS 'The id by which the HTML body refers to it (cid:).';
COMMENT ON COLUMN email_attachments.is_inline IS 'Whether the body shows it, such as a picture.';
