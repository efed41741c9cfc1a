"""Bounds and intervals of the scheduler."""

from mailtide_common.runtime.retry import Backoff

# Deltas.

OVERLAP_SECONDS = 300
"""A delta lists mail from this long before the watermark. The watermark stays at least this long behind
the present. Mail can appear up to 5 minutes after its date, at Yahoo and AOL (docs: Webhooks, latency)."""

# Tasks.

TICK_SECONDS = 1.0
"""Longest pause between two passes. Work that another process has written to the tables causes no
wake-up, so it may wait for this long."""

PLAN_SECONDS = 1.0
"""Shortest pause between two scans of all accounts. A wake-up for one task must not cause a scan."""

ADOPT_SECONDS = 5.0
"""Pause between two searches that scan a table, such as the search for accounts without a schedule."""

SWEEP_SECONDS = 30.0
"""Pause between two searches for accounts of runs whose task has ended or is gone. Each search reads whole
runs."""

ERASE_BATCH = 500
"""Maximum number of grants without an account row that are examined at once. The next search continues after
them."""

PLAN_BATCH = 1_000
"""Maximum number of accounts that one statement of a pass schedules, enqueues or returns. The remaining
accounts follow in later passes, which spreads the load after a start."""

CLAIM_BATCH = 500
"""Maximum number of waiting tasks in one claim, and of tasks with an expired lease. A small claim holds its
locks briefly."""

SENDING_LEASE_SECONDS = 20.0
"""Lease of a claimed task until its request is known to be sent. It is longer than a publish may take. It
is short, because the scheduler may crash in between."""

LEASE_SECONDS = 90.0
"""First lease of a sent task, after which the request is sent again. A slice usually ends within a minute."""

MAX_LEASE_SECONDS = 3_600.0
"""Longest lease. Leases double with each failed attempt, so that requests in a long queue are seldom sent
twice. A purge waits for this long after the end of a lease, because a slow worker may still write."""

UNSENT_LEASE_SECONDS = 2.0
"""A request that Kafka did not acknowledge is sent again after this time."""

THROTTLED_ALERT_SECONDS = 3_600.0
"""Time after which 429s without `Retry-After` open an incident. Microsoft throttles a mailbox for about twenty minutes;
Nylas has also sent such answers for EWS servers that were down (docs: changelog 2026-10-07)."""

PROOF_SECONDS = 3.0
"""Delay of a proving pass after the last repair. By then the persister has usually stored the repair."""

PROOF_PAUSES_SECONDS = (PROOF_SECONDS, 15.0, 60.0)
"""Pauses before the first, second and third proving pass; there is no fourth. Meanwhile the persister
stores repairs and new mail that are still in Kafka. They would otherwise count as missing."""

PROOF_WAIT_SECONDS = 900.0
"""Longest wait of a proving pass for repairs. Messages that are missing after this time are reported."""

PROOF_AGAIN_SECONDS = 3_600.0
"""Delay of a due proof while its account is paused, invalid or removed."""

SUSPEND_SECONDS = 30.0
"""A task of an account that is not active leaves the queue after it has been due for this time, unless it is
a purge or a check of an invalid grant. It returns when the account is active again."""

SUSPEND_BATCH = 20_000

# Held deletions.

DISCARD_SECONDS = 7 * 86_400
"""Time for which an operator's decision about a deletion applies. A later pass that misses the message or
folder holds the deletion again."""

HELD_AGAIN_SECONDS = 3_600
"""Shortest pause between two alerts about more held deletions of an account."""

# Incidents and dead letters.

ALERT_BATCH = 100

WATCH_SECONDS = 15.0
"""Longest pause between two searches for incidents that no event reports. A shorter MAILTIDE_STALE_SECONDS
shortens it."""

WATCH_FIRST_SECONDS = 60.0
"""Longest time from the start to the first search for incidents that no event reports. By then, work that
became overdue while no scheduler ran is usually done. A shorter MAILTIDE_STALE_SECONDS shortens it."""

FAILING_SYNCS = 3
"""Consecutive failed syncs of an account that open an incident. Failures that look like an outage must also
have lasted for `OUTAGE_ALERT_SECONDS`."""

SILENT_INCIDENT_SECONDS = 600.0
"""A process whose clock is wrong reports it every 30 s. After this time without a report, the process is
taken to be gone."""

OUTAGE_ALERT_SECONDS = 3_600.0
"""Failures that look like an outage of Nylas open an incident only after the account's syncs have failed
for this time. Longer failures are usually due to the account itself. In an outage that several accounts
share, no failure is counted."""

STALE_MOST_SECONDS = 6 * 3_600.0
"""Upper bound of the time for which a delta may be overdue without an incident, however long the sync
interval is."""

STUCK_SECONDS = 1_800.0
"""Time for which a slice of a backfill may be overdue without an incident. Many first syncs may queue for
the same workers."""

STUCK_ATTEMPTS = 5
"""Failed attempts at one slice that open an incident."""

PIPELINE_SECONDS = 60.0
"""Pause between two measurements of the consumer groups; each takes Kafka some milliseconds."""

PIPELINE_RECENT_SECONDS = 240.0
"""Measurements up to this age show whether a group is consumed. Two of them exist even if each takes its
longest time."""

PIPELINE_HOURS = 72
"""Hours for which measurements are kept: the console shows a day."""

SHOWN_BYTES = 64 * 1024
"""Maximum number of bytes of a dead letter's value that are shown. Faults are usually in the first lines or
the encoding."""

REDRIVES = 3
"""Maximum number of times that a record is sent again. After that, it needs a new release and not another
attempt."""

# Runs.

RUN_ATTEMPTS = 3
"""Attempts of an account within a run before the run reports the account as failed. Its task continues."""

RUN_PATIENCE_SECONDS = 60.0
"""Longest wait for a throttled account: of a cron run from its start, of a manual run from each throttling."""

CRON_RUN_SECONDS = 900.0
"""Longest wait of a cron run for an account. The report names the accounts that continue in the
background."""

CRON_BULK_SECONDS = 240.0
"""Longest wait of a cron run for a backfill, or for a delta past its first slice. Both may take hours. A
cron call five minutes later must not join this run, because it would then sync no other account."""

WAIT_DEFAULT_SECONDS = 25.0
"""Default wait of the cron route: callers and proxies often time out after 30 s."""

WAIT_MAX_SECONDS = 300.0

WAIT_POLL_SECONDS = 0.2
"""A run that another process ends is noticed after this time at most. A run that ends in this process is
noticed at once."""

TICK_ONCE_SECONDS = 300.0
"""Default time-out of `tick --once`."""

# Consuming.

EVENT_BATCH = 200
"""Maximum number of records per transaction. With this number, grants are locked for far less than a
second."""

# Webhook destinations.

PENDING_SECRET_SECONDS = 60
"""Time for which a new secret is announced before it is known. Meanwhile the ingress answers 503 to a
delivery that matches no known secret, so that Nylas retries it. Nylas creates a destination within its
challenge time-out of 10 s."""

OLD_SECRET_SECONDS = 3_600
"""Time for which a replaced secret is accepted. Nylas retries a delivery for at most 20 minutes (docs:
Webhooks, retries)."""

ENSURE_BACKOFF = Backoff(first_seconds=2.0, cap_seconds=300.0)
"""Between failed checks of the destination, but at most MAILTIDE_WEBHOOK_CHECK. The usual cause is
that the ingress does not answer Nylas' challenge yet."""

SILENT_MESSAGES = 3
"""Fewest new messages without a notification that open an incident. Fewer may be chance."""

LISTEN_SECONDS = 5.0
"""Pause between two reads of the last notification's time from Kafka, while silence is suspected."""

SILENCE_ROTATION_SECONDS = 6 * 3_600
"""Shortest pause between two rotations because of silence. If the silence persists, the secret is not its
cause."""

SILENCE_ROWS = 1_000
"""Maximum number of findings that are evaluated. While notifications arrive there are few findings, and the
newest ones decide."""

COMPLETE_SECONDS = 2.0
"""Pause between two searches for accounts without the id of the webhook destination."""

COMPLETE_BATCH = 200
COMPLETE_AGAIN_SECONDS = 60.0
"""An account that was published with its destination, but is not stored yet, is published again after this time."""

# Status.

STATUS_ROWS = 10
"""Maximum number of accounts, incidents and causes of the status: it fits on one screen."""

# Keeping.

OBSERVE_SECONDS = 10.0
"""Pause between two counts of open tasks and incidents for the metrics."""

FRESHNESS_SECONDS = 30.0
"""Pause between two measurements of all accounts' freshness. Each scans a table, which takes 70 ms with
100,000 accounts."""

PRUNE_SECONDS = 600.0
PRUNE_BATCH = 5_000
TASK_DAYS = 7
RUN_DAYS = 90
"""Days for which ended incidents and the reports of runs and audits are kept."""

# Log segments.

ROLL_SECONDS = 6 * 3_600.0
"""Pause between two appends to each partition of the topics with personal data. With segments of a day,
purged records are compacted away within 30 hours."""

ROLL_AGAIN_SECONDS = 60.0

# Postgres and HTTP.

POOL_SIZE = 8
"""Connections of the pool. Two consumers, four background loops and the routes share them."""

ACQUIRE_SECONDS = 5.0

MAX_USER_ID_LENGTH = 2_048
"""Maximum number of characters of a user id; more than the ingress accepts."""

READY_SECONDS = 30.0
"""The service is ready while its last successful pass is no older than this."""

STOP_SECONDS = 3.0
"""Time that a background loop has to end when the service stops. Its unfinished work stays in the tables."""
