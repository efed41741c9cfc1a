-- Store the content part, the state part, or both parts of messages with their attachments, purge others, and update
-- every thread that this affects by the difference. All or nothing, in one round trip.
--
-- $1 to $29: one array per column, one element per message; a part that is not given has a null version.
-- $30 to $37: one array per column, one element per attachment; stored only with the content that they came with.
-- $38: ids of messages to purge. A message must not occur twice, nor both among the upserted and the purged.
--
-- A statement does not see its own writes. So `leavers` are changed messages as they counted before, `joiners` as they
-- count now, and the other messages of a thread are read without those in `changed`. Counts are sums of differences.
-- The first and the last message are looked up at the ends of emails_thread_time_idx.
-- Only participants whose mailbox a leaver or joiner contains are decided again. The newest message that gives the
-- mailbox a name determines the entry, else the newest that contains the mailbox. That message is searched for, from
-- the end of the thread, only if the present entry may have left or two entries differ; messages whose people have
-- changed (`renamed`) are skipped.
-- The cost does not depend on the length of a thread, except to find that no other message contains a mailbox. A thread
-- without a row is computed from all its messages, so a missing row is repaired.
--
-- Index: emails_pkey, email_threads_pkey, emails_thread_time_idx, email_attachments_pkey (LATERAL,
-- OFFSET 0 and arrays keep the planner from scanning a table). A message that is complete or purged is no longer
-- withheld.
--
-- Safe to repeat: each part changes only if its version is greater, and a repeat touches no row and no thread.
-- INV-13.
WITH incoming AS (
    SELECT *
    FROM unnest($1::uuid[], $20::bigint[], $21::smallint[], $22::text[])
        AS i (id, content_observed_at, content_rank, content_event_id)
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
        id, account_id, thread_id, nylas_thread_id, subject, snippet,
        from_address || to_addresses || cc_addresses AS people, received_at, is_read, deleted_at,
        content_observed_at, content_rank, content_event_id
),
purged AS (
    DELETE FROM emails WHERE id = ANY ($38::uuid[])
    RETURNING id
),
changed AS (
    SELECT id FROM upserted
    UNION ALL
    SELECT id FROM purged
),
attachments AS (
    SELECT a.*
    FROM unnest(
        $30::uuid[], $31::integer[], $32::text[], $33::text[], $34::text[], $35::bigint[], $36::text[],
        $37::boolean[]
    ) AS a (
        email_id, position, nylas_attachment_id, filename, content_type, size, content_id, is_inline
    )
),
replaced AS (
    SELECT id
    FROM upserted
    INNER JOIN incoming USING (id, content_observed_at, content_rank, content_event_id)
),
attached AS (
    INSERT INTO email_attachments AS a (
        email_id, position, nylas_attachment_id, filename, content_type, size, content_id, is_inline
    )
    SELECT email_id, position, nylas_attachment_id, filename, content_type, size, content_id, is_inline
    FROM attachments
    WHERE email_id IN (SELECT id FROM replaced)
    ON CONFLICT (email_id, position) DO UPDATE SET
        nylas_attachment_id = excluded.nylas_attachment_id,
        filename = excluded.filename,
        content_type = excluded.content_type,
        size = excluded.size,
        content_id = excluded.content_id,
        is_inline = excluded.is_inline
),
detached AS (
    DELETE FROM email_attachments AS a
    WHERE
        a.email_id = ANY (ARRAY(SELECT id FROM replaced))
        AND a.position >= (SELECT count(*) FROM attachments WHERE attachments.email_id = a.email_id)
),
released AS (
    DELETE FROM withheld_messages
    WHERE id = ANY (ARRAY(SELECT id FROM incoming WHERE content_observed_at IS NOT NULL) || $38::uuid[])
),
counted_before AS (
    SELECT stored.*
    FROM unnest($1::uuid[] || $38::uuid[]) AS given (id)
    CROSS JOIN LATERAL (
        SELECT
            id, thread_id, from_address || to_addresses || cc_addresses AS people, received_at, is_read, deleted_at,
            content_observed_at, content_rank, content_event_id
        FROM emails
        WHERE id = given.id
        OFFSET 0
    ) AS stored
    WHERE thread_id IS NOT NULL AND deleted_at IS NULL
),
counted_now AS (
    SELECT * FROM upserted WHERE thread_id IS NOT NULL AND deleted_at IS NULL
),
touched AS (
    SELECT thread_id FROM counted_before WHERE id IN (SELECT id FROM changed)
    UNION
    SELECT thread_id FROM counted_now
),
known AS (
    SELECT t.*
    FROM touched
    CROSS JOIN LATERAL (SELECT * FROM email_threads WHERE id = touched.thread_id OFFSET 0) AS t
),
unknown AS (
    SELECT thread_id FROM touched
    EXCEPT
    SELECT id FROM known
),
leavers AS (
    SELECT *
    FROM counted_before
    WHERE id IN (SELECT id FROM changed) AND thread_id IN (SELECT id FROM known)
),
joiners AS (
    SELECT id, account_id, thread_id, nylas_thread_id, subject, snippet, people, received_at, is_read
    FROM counted_now
    UNION ALL
    SELECT stored.*
    FROM unknown
    CROSS JOIN LATERAL (
        SELECT
            id, account_id, thread_id, nylas_thread_id, subject, snippet,
            from_address || to_addresses || cc_addresses AS people, received_at, is_read
        FROM emails
        WHERE thread_id = unknown.thread_id AND deleted_at IS NULL AND id NOT IN (SELECT id FROM changed)
        OFFSET 0
    ) AS stored
),
stayers AS (
    SELECT
        id,
        (before.content_observed_at, before.content_rank, before.content_event_id)
        = (now.content_observed_at, now.content_rank, now.content_event_id) AS same_content,
        (before.received_at, before.people) = (now.received_at, now.people) AS same_people
    FROM leavers AS before
    INNER JOIN counted_now AS now USING (id, thread_id)
),
renamed AS (
    SELECT id FROM changed
    EXCEPT
    SELECT id FROM stayers WHERE same_people
),
differences AS (
    SELECT thread_id, sum(messages) AS messages, sum(unread) AS unread, bool_or(reshapes) AS reshapes
    FROM (
        SELECT
            thread_id, -1 AS messages, -(NOT is_read)::integer AS unread,
            id NOT IN (SELECT id FROM stayers WHERE same_content) AS reshapes
        FROM leavers
        UNION ALL
        SELECT
            thread_id, 1 AS messages, (NOT is_read)::integer AS unread,
            id NOT IN (SELECT id FROM stayers WHERE same_content) AS reshapes
        FROM joiners
    ) AS each_one
    GROUP BY thread_id
),
reshaped AS (
    SELECT * FROM differences WHERE reshapes
),
firsts AS (
    SELECT DISTINCT ON (thread_id) thread_id, subject, received_at
    FROM (
        SELECT thread_id, subject, received_at, id FROM joiners
        UNION ALL
        SELECT stored.*
        FROM reshaped
        CROSS JOIN LATERAL (
            SELECT thread_id, subject, received_at, id
            FROM emails
            WHERE
                thread_id = reshaped.thread_id AND deleted_at IS NULL
                AND reshaped.thread_id IN (SELECT known.id FROM known)
                AND id NOT IN (SELECT changed.id FROM changed)
            ORDER BY deleted_at, received_at, id
            LIMIT 1
        ) AS stored
    ) AS candidates
    ORDER BY thread_id, received_at, id
),
lasts AS (
    SELECT DISTINCT ON (thread_id) thread_id, account_id, nylas_thread_id, snippet, received_at
    FROM (
        SELECT thread_id, account_id, nylas_thread_id, snippet, received_at, id FROM joiners
        UNION ALL
        SELECT stored.*
        FROM reshaped
        CROSS JOIN LATERAL (
            SELECT thread_id, account_id, nylas_thread_id, snippet, received_at, id
            FROM emails
            WHERE
                thread_id = reshaped.thread_id AND deleted_at IS NULL
                AND reshaped.thread_id IN (SELECT known.id FROM known)
                AND id NOT IN (SELECT changed.id FROM changed)
            ORDER BY deleted_at DESC, received_at DESC, id DESC
            LIMIT 1
        ) AS stored
    ) AS candidates
    ORDER BY thread_id, received_at DESC, id DESC
),
leaving AS (
    SELECT DISTINCT thread_id, mailbox, person
    FROM leavers
    CROSS JOIN LATERAL jsonb_array_elements(people) AS p (person)
    CROSS JOIN LATERAL (
        SELECT coalesce(lower((person ->> 'email') COLLATE "C"), (person ->> 'name') COLLATE "C", '') AS mailbox
    ) AS k
    WHERE id NOT IN (SELECT id FROM stayers WHERE same_people)
),
joining AS (
    SELECT DISTINCT ON (thread_id, mailbox)
        thread_id, mailbox, person, person ->> 'name' IS NULL AS nameless, received_at, id
    FROM joiners
    CROSS JOIN LATERAL jsonb_array_elements(people) AS p (person)
    CROSS JOIN LATERAL (
        SELECT coalesce(lower((person ->> 'email') COLLATE "C"), (person ->> 'name') COLLATE "C", '') AS mailbox
    ) AS k
    WHERE id NOT IN (SELECT id FROM stayers WHERE same_people)
    ORDER BY thread_id, mailbox, nameless, received_at DESC, id DESC, person
),
open AS (
    SELECT thread_id FROM unknown
    UNION
    SELECT thread_id FROM leaving
    UNION
    SELECT known.id
    FROM known
    INNER JOIN joining ON joining.thread_id = known.id
    WHERE NOT known.participants @> jsonb_build_array(joining.person)
),
listed AS (
    SELECT known.id AS thread_id, mailbox, person, person ->> 'name' IS NULL AS nameless
    FROM open
    INNER JOIN known ON known.id = open.thread_id
    CROSS JOIN LATERAL jsonb_array_elements(known.participants) AS p (person)
    CROSS JOIN LATERAL (
        SELECT coalesce(lower((person ->> 'email') COLLATE "C"), (person ->> 'name') COLLATE "C", '') AS mailbox
    ) AS k
),
doubts AS (
    SELECT
        named.thread_id, named.mailbox, l.person AS listed, l.nameless AS listed_nameless, j.person AS joining,
        j.nameless AS joining_nameless, j.received_at, j.id,
        l.person IS NOT NULL AND (
            (l.thread_id, l.mailbox, l.person) IN (SELECT thread_id, mailbox, person FROM leaving)
            OR (l.person <> j.person AND l.nameless = j.nameless)
        ) AS searched
    FROM (
        SELECT thread_id, mailbox FROM leaving
        UNION
        SELECT thread_id, mailbox FROM joining
    ) AS named
    INNER JOIN open USING (thread_id)
    LEFT JOIN listed AS l USING (thread_id, mailbox)
    LEFT JOIN joining AS j USING (thread_id, mailbox)
),
decided AS (
    SELECT
        thread_id, mailbox,
        CASE WHEN listed IS NULL OR (listed_nameless AND NOT joining_nameless) THEN joining ELSE listed END AS person
    FROM doubts
    WHERE NOT searched
    UNION ALL
    SELECT d.thread_id, d.mailbox, newest.person
    FROM doubts AS d
    LEFT JOIN LATERAL (
        SELECT person
        FROM (
            SELECT d.joining AS person, d.received_at, d.id
            UNION ALL
            (
                (
                    SELECT p.person, e.received_at, e.id
                    FROM emails AS e
                    CROSS JOIN LATERAL (
                        SELECT person
                        FROM jsonb_array_elements(e.from_address || e.to_addresses || e.cc_addresses) AS p (person)
                        WHERE
                            coalesce(lower((person ->> 'email') COLLATE "C"), (person ->> 'name') COLLATE "C", '')
                            = d.mailbox
                            AND person ->> 'name' IS NOT NULL
                        ORDER BY person
                        LIMIT 1
                    ) AS p
                    WHERE
                        e.thread_id = d.thread_id AND e.deleted_at IS NULL AND NOT d.listed_nameless
                        AND e.id NOT IN (SELECT renamed.id FROM renamed)
                    ORDER BY e.deleted_at DESC, e.received_at DESC, e.id DESC
                    LIMIT 1
                )
                UNION ALL
                (
                    SELECT p.person, e.received_at, e.id
                    FROM emails AS e
                    CROSS JOIN LATERAL (
                        SELECT person
                        FROM jsonb_array_elements(e.from_address || e.to_addresses || e.cc_addresses) AS p (person)
                        WHERE
                            coalesce(lower((person ->> 'email') COLLATE "C"), (person ->> 'name') COLLATE "C", '')
                            = d.mailbox
                        ORDER BY person
                        LIMIT 1
                    ) AS p
                    WHERE
                        e.thread_id = d.thread_id AND e.deleted_at IS NULL
                        AND e.id NOT IN (SELECT renamed.id FROM renamed)
                    ORDER BY e.deleted_at DESC, e.received_at DESC, e.id DESC
                    LIMIT 1
                )
                LIMIT 1
            )
        ) AS candidates
        WHERE person IS NOT NULL
        ORDER BY person ->> 'name' IS NULL, received_at DESC, id DESC
        LIMIT 1
    ) AS newest ON true
    WHERE d.searched
),
participants AS (
    SELECT thread_id, jsonb_agg(person ORDER BY mailbox) AS participants
    FROM (
        SELECT thread_id, mailbox, person
        FROM listed
        WHERE
            NOT EXISTS (
                SELECT FROM decided
                WHERE decided.thread_id = listed.thread_id AND decided.mailbox = listed.mailbox
            )
        UNION ALL
        SELECT thread_id, mailbox, person FROM decided WHERE person IS NOT NULL
    ) AS remaining
    GROUP BY thread_id
),
threads AS (
    INSERT INTO email_threads AS t (
        id, account_id, nylas_thread_id, subject, snippet, participants, message_count, unread_count,
        first_message_at, last_message_at
    )
    SELECT
        r.thread_id, lasts.account_id, lasts.nylas_thread_id, firsts.subject, lasts.snippet,
        CASE
            WHEN r.thread_id IN (SELECT thread_id FROM open) THEN coalesce(p.participants, '[]')
            ELSE known.participants
        END,
        coalesce(known.message_count, 0) + r.messages, coalesce(known.unread_count, 0) + r.unread,
        firsts.received_at, lasts.received_at
    FROM reshaped AS r
    INNER JOIN firsts USING (thread_id)
    INNER JOIN lasts USING (thread_id)
    LEFT JOIN known ON known.id = r.thread_id
    LEFT JOIN participants AS p USING (thread_id)
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
recounted AS (
    UPDATE email_threads AS t
    SET unread_count = t.unread_count + d.unread
    FROM differences AS d
    WHERE t.id = d.thread_id AND NOT d.reshapes AND d.unread <> 0
)
DELETE FROM email_threads
WHERE id = ANY (ARRAY(SELECT thread_id FROM reshaped EXCEPT SELECT thread_id FROM lasts))
