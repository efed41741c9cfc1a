-- Store the content part, the state part, or both parts of messages, purge others, and update every thread that
-- this affects. All or nothing, in one round trip.
--
-- $1 to $29: one array per column, one element per message; a part that is not given has a null version.
-- $30: threads that stored messages of this statement are in now. $31: ids of messages to purge.
-- A message must not occur twice, nor both among the upserted and the purged.
--
-- Index: emails_pkey for the upsert, emails_thread_idx for the other members of a touched thread (LATERAL keeps
-- the planner from scanning the table). Messages of this statement are not read back: a statement does not see
-- its own writes, so members are the snapshot without them, plus what RETURNING gave.
--
-- A message that is complete or purged is no longer withheld.
--
-- Safe to repeat: each part changes only if its version is greater, and a repeat touches no row and no thread.
-- INV-13.
WITH incoming AS (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[],
        $16::boolean[], $17::boolean[], $18::text[], $19::text[], $20::bigint[], $21::smallint[], $22::text[],
        $23::boolean[], $24::boolean[], $25::text[], $26::timestamptz[], $27::bigint[], $28::smallint[],
        $29::text[]
    ) AS i (
        id, account_id, nylas_message_id, thread_id, nylas_thread_id, subject, snippet, from_address,
        to_addresses, cc_addresses, bcc_addresses, reply_to_addresses, body_html, body_text, received_at,
        has_attachments, sanitised, content_hash, core_hash, content_observed_at, content_rank,
        content_event_id, is_read, is_starred, folders, deleted_at, state_observed_at, state_rank,
        state_event_id
    )
),
upserted AS (
    INSERT INTO emails AS e (
        id, account_id, nylas_message_id, thread_id, nylas_thread_id, subject, snippet, from_address,
        to_addresses, cc_addresses, bcc_addresses, reply_to_addresses, body_html, body_text, received_at,
        has_attachments, sanitised, content_hash, core_hash, content_observed_at, content_rank,
        content_event_id, is_read, is_starred, folders, deleted_at, state_observed_at, state_rank,
        state_event_id
    )
    SELECT
        id, account_id, nylas_message_id, thread_id, nylas_thread_id, subject, snippet, from_address::jsonb,
        to_addresses::jsonb, cc_addresses::jsonb, bcc_addresses::jsonb, reply_to_addresses::jsonb, body_html,
        body_text, received_at, has_attachments, sanitised, content_hash, core_hash, content_observed_at,
        content_rank, content_event_id, is_read, is_starred, folders::text[], deleted_at, state_observed_at,
        state_rank, state_event_id
    FROM incoming
    ON CONFLICT (id) DO UPDATE SET
        (
            thread_id, nylas_thread_id, subject, snippet, from_address, to_addresses, cc_addresses,
            bcc_addresses, reply_to_addresses, body_html, body_text, received_at, has_attachments, sanitised,
            content_hash, core_hash, content_observed_at, content_rank, content_event_id
        ) = (
            SELECT
                thread_id, nylas_thread_id, subject, snippet, from_address, to_addresses, cc_addresses,
                bcc_addresses, reply_to_addresses, body_html, body_text, received_at, has_attachments,
                sanitised, content_hash, core_hash, content_observed_at, content_rank, content_event_id
            FROM (SELECT e.* UNION ALL SELECT excluded.*) AS either
            ORDER BY
                content_observed_at DESC NULLS LAST, content_rank DESC NULLS LAST,
                content_event_id DESC NULLS LAST
            LIMIT 1
        ),
        (is_read, is_starred, folders, deleted_at, state_observed_at, state_rank, state_event_id) = (
            SELECT is_read, is_starred, folders, deleted_at, state_observed_at, state_rank, state_event_id
            FROM (SELECT e.* UNION ALL SELECT excluded.*) AS either
            ORDER BY
                state_observed_at DESC NULLS LAST, state_rank DESC NULLS LAST, state_event_id DESC NULLS LAST
            LIMIT 1
        )
    WHERE
        (
            excluded.content_observed_at IS NOT NULL
            AND (
                e.content_observed_at IS NULL
                OR (excluded.content_observed_at, excluded.content_rank, excluded.content_event_id)
                > (e.content_observed_at, e.content_rank, e.content_event_id)
            )
        )
        OR (
            excluded.state_observed_at IS NOT NULL
            AND (
                e.state_observed_at IS NULL
                OR (excluded.state_observed_at, excluded.state_rank, excluded.state_event_id)
                > (e.state_observed_at, e.state_rank, e.state_event_id)
            )
        )
    RETURNING
        id, account_id, thread_id, nylas_thread_id, subject, snippet, from_address, to_addresses,
        cc_addresses, received_at, is_read, deleted_at, content_observed_at, content_rank, content_event_id
),
purged AS (
    DELETE FROM emails WHERE id = ANY ($31::uuid[])
    RETURNING id, thread_id
),
touched AS (
    SELECT thread_id FROM upserted WHERE thread_id IS NOT NULL
    UNION
    SELECT thread_id FROM purged WHERE thread_id IS NOT NULL
    UNION
    SELECT thread_id FROM unnest($30::uuid[]) AS left_behind (thread_id)
),
members AS (
    SELECT stored.*
    FROM touched
    CROSS JOIN LATERAL (
        SELECT
            id, account_id, thread_id, nylas_thread_id, subject, snippet, from_address, to_addresses,
            cc_addresses, received_at, is_read
        FROM emails
        WHERE thread_id = touched.thread_id AND deleted_at IS NULL
        OFFSET 0
    ) AS stored
    WHERE
        NOT EXISTS (SELECT FROM upserted WHERE upserted.id = stored.id)
        AND NOT EXISTS (SELECT FROM purged WHERE purged.id = stored.id)
    UNION ALL
    SELECT
        id, account_id, thread_id, nylas_thread_id, subject, snippet, from_address, to_addresses,
        cc_addresses, received_at, is_read
    FROM upserted
    WHERE thread_id IS NOT NULL AND deleted_at IS NULL
),
mentions AS (
    SELECT DISTINCT ON (m.thread_id, mailbox) m.thread_id, mailbox, person
    FROM members AS m
    CROSS JOIN LATERAL jsonb_array_elements(m.from_address || m.to_addresses || m.cc_addresses) AS p (person)
    CROSS JOIN LATERAL (
        SELECT coalesce(lower((person ->> 'email') COLLATE "C"), (person ->> 'name') COLLATE "C", '')
    ) AS k (mailbox)
    ORDER BY m.thread_id, mailbox, (person ->> 'name') IS NULL, m.received_at DESC, m.id, person
),
participants AS (
    SELECT thread_id, jsonb_agg(person ORDER BY mailbox) AS participants
    FROM mentions
    GROUP BY thread_id
),
folded AS (
    SELECT
        thread_id AS id,
        account_id,
        nylas_thread_id,
        (array_agg(subject ORDER BY received_at, id))[1] AS subject,
        (array_agg(snippet ORDER BY received_at DESC, id DESC))[1] AS snippet,
        count(*) AS message_count,
        count(*) FILTER (WHERE NOT is_read) AS unread_count,
        min(received_at) AS first_message_at,
        max(received_at) AS last_message_at
    FROM members
    GROUP BY thread_id, account_id, nylas_thread_id
),
threads AS (
    INSERT INTO email_threads AS t (
        id, account_id, nylas_thread_id, subject, snippet, participants, message_count, unread_count,
        first_message_at, last_message_at
    )
    SELECT
        folded.id, account_id, nylas_thread_id, subject, snippet, coalesce(participants, '[]'), message_count,
        unread_count, first_message_at, last_message_at
    FROM folded
    LEFT JOIN participants ON participants.thread_id = folded.id
    ON CONFLICT (id) DO UPDATE SET
        subject = excluded.subject,
        snippet = excluded.snippet,
        participants = excluded.participants,
        message_count = excluded.message_count,
        unread_count = excluded.unread_count,
        first_message_at = excluded.first_message_at,
        last_message_at = excluded.last_message_at
    WHERE
        (
            t.subject, t.snippet, t.participants, t.message_count, t.unread_count, t.first_message_at,
            t.last_message_at
        ) IS DISTINCT FROM (
            excluded.subject, excluded.snippet, excluded.participants, excluded.message_count,
            excluded.unread_count, excluded.first_message_at, excluded.last_message_at
        )
),
released AS (
    DELETE FROM withheld_messages
    WHERE id IN (
        SELECT id FROM incoming WHERE content_observed_at IS NOT NULL
        UNION ALL
        SELECT id FROM unnest($31::uuid[]) AS purged_ones (id)
    )
),
emptied AS (
    DELETE FROM email_threads
    WHERE id IN (SELECT thread_id FROM touched EXCEPT SELECT id FROM folded)
)
SELECT id, content_observed_at, content_rank, content_event_id
FROM upserted
