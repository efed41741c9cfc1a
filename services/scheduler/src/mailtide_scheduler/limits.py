"""Bounds of the scheduler, each with its reason."""

from mailtide_common.runtime.retry import Backoff

# Time between schedulers and mailboxes.

OVERLAP_SECONDS = 300
"""How far a delta reaches back before its watermark, and how far the watermark stays behind now: a mail shows up
later than its date says, at Yahoo and AOL by up to 5 minutes (docs: Webhooks, latency)."""

# Tasks.

TICK_SECONDS = 1.0
"""Longest pause between two passes; bounds the delay of work that another process wrote into the tables."""

PLAN_SECONDS = 1.0
"""Shortest pause between two scans of all accounts; a wake-up for one task must not scan them."""

ADOPT_SECONDS = 5.0
"""Pause between two searches for accounts without a schedule, and other searches that cost a scan."""

SWEEP_SECONDS = 30.0
"""Pause between two searches for accounts of runs that nothing else finishes: it reads whole runs."""

ERASE_BATCH = 500
"""Most schedules without an account that are checked at once: purged ones, and ones whose row is not written yet."""

PLAN_BATCH = 1_000
"""Accounts that become due in one statement; the rest follows a second later, to spread the load after a start."""

CLAIM_BATCH = 500
"""Tasks per claim: the locks are short, and one publish waits for all acknowledgements together."""

SENDING_LEASE_SECONDS = 20.0
"""A task that is claimed but not known to be sent is claimed again after this: longer than a publish may
take, short because a scheduler may have crashed in between."""

LEASE_SECONDS = 90.0
"""A task without a report is sent again after this: a slice ends within a minute. Kafka keeps a dead worker's
requests, so the lease is only for requests that were lost."""

MAX_LEASE_SECONDS = 3_600.0
"""Leases double with each attempt: requests that wait in a long queue are not lost, and must not be sent twice."""

UNSENT_LEASE_SECONDS = 2.0
"""A request that Kafka did not acknowledge is sent again after this."""

THROTTLED_ALERT_SECONDS = 3_600.0
"""Time after which 429s without Retry-After raise an incident. Microsoft throttles a mailbox for about twenty
minutes; Nylas has answered so for EWS servers that were down (docs: changelog 2026-10-07)."""

PROOF_SECONDS = 3.0
"""Delay of a proving pass after the last repair, by when the persister has usually written it."""

PROOF_PAUSES_SECONDS = (PROOF_SECONDS, 15.0, 60.0)
"""Pauses before the proving passes, which also set their number: records that are still in Kafka, such as
repairs of a large gap or new mail, are not missing."""

PROOF_WAIT_SECONDS = 900.0
"""Longest wait of a proving pass for repairs; what is missing after it is reported as missing."""

PROOF_AGAIN_SECONDS = 3_600.0
"""Delay of a due proof while its account may not be called."""

SUSPEND_SECONDS = 30.0
"""Time after which tasks that wait for their account leave the queue until it is active again."""

SUSPEND_BATCH = 20_000

# Held deletions.

DISCARD_SECONDS = 7 * 86_400
"""Time for which a decision about a deletion applies. A discarded deletion is held again after it if a pass
still misses the message; an approved deletion of a folder is not held again before."""

HELD_AGAIN_SECONDS = 3_600
"""Shortest pause between two alerts that more deletions of an account wait."""

# Incidents and dead letters.

ALERT_BATCH = 100

WATCH_SECONDS = 15.0
"""Pause between two looks for troubles that nobody reports: they last for minutes before they are one."""

WATCH_FIRST_SECONDS = 60.0
"""From the start to the first such look: what became overdue while no scheduler ran is done by then."""

FAILING_SYNCS = 3
"""Failed syncs of an account in a row that are more than a short outage: about a minute of back-off."""

STALE_LEAST_SECONDS = 900.0
STALE_MOST_SECONDS = 6 * 3_600.0
"""Bounds of how long a delta may be overdue: workers may be restarted, and nobody waits for a day to be told."""

STUCK_SECONDS = 1_800.0
"""How long a backfill's slice may be overdue: many first syncs queue for the same workers."""

STUCK_ATTEMPTS = 5
"""Failed tries of one slice."""

REDRIVES = 3
"""Most times that a record is sent to its topic again: after that it needs a new version, not another attempt."""

# Runs.

RUN_ATTEMPTS = 3
"""Attempts of an account within a run before the run reports it as failed; its task continues."""

RUN_PATIENCE_SECONDS = 60.0
"""Longest wait of a run, from its start, for an account that the provider throttles."""

CRON_RUN_SECONDS = 900.0
"""Longest cron run; it reports which accounts continue in the background."""

CRON_BULK_SECONDS = 240.0
"""The same for accounts that are listed in bulk: a first listing takes hours, and a call five minutes later
would join the run and find no other account's mail."""

WAIT_DEFAULT_SECONDS = 25.0
"""Default wait of the cron route: callers and proxies often give up at 30 s."""

WAIT_MAX_SECONDS = 300.0

WAIT_POLL_SECONDS = 0.2
"""Delay until a run that another process ends is noticed; one that ends in this process is noticed at once."""

TICK_ONCE_SECONDS = 300.0
"""Default time-out of `tick --once`."""

# Consuming.

EVENT_BATCH = 200
"""Sync events per transaction: the grants' locks are held for far less than a second."""

# Webhook destinations.

PENDING_SECRET_SECONDS = 60
"""Time for which a delivery that no known secret matches may be signed with the coming one; Nylas creates a
destination within its challenge time-out of 10 s."""

OLD_SECRET_SECONDS = 3_600
"""Time for which a replaced secret is accepted: Nylas repeats a delivery for at most 20 minutes (docs:
Webhooks, retries)."""

ENSURE_BACKOFF = Backoff(first_seconds=2.0, cap_seconds=300.0)
"""While Nylas refuses the destination, usually because the ingress does not answer its challenge yet.
"""

SILENT_MESSAGES = 3
"""Least number of new messages without any notification that cannot be chance."""

LISTEN_SECONDS = 5.0
"""Pause between two reads of the last notification's time from Kafka, while it matters."""

SILENCE_ROTATION_SECONDS = 6 * 3_600
"""Shortest pause between two rotations because of silence: if it continues, something else is the cause."""

SILENCE_ROWS = 1_000
"""Most findings that are judged; while notifications arrive there are few, and the newest ones decide."""

COMPLETE_SECONDS = 2.0
"""Pause between two searches for accounts that do not name the webhook destination."""

COMPLETE_BATCH = 200
COMPLETE_AGAIN_SECONDS = 60.0
"""An account that was published with its destination, but is not stored yet, is published again after this."""

# Keeping.

OBSERVE_SECONDS = 10.0
"""Pause between two counts of open tasks for the metrics."""

FRESHNESS_SECONDS = 30.0
"""Pause between two measurements of all accounts' freshness, which scan one table: 70 ms with 100,000 accounts."""

PRUNE_SECONDS = 600.0
PRUNE_BATCH = 5_000
TASK_DAYS = 7
RUN_DAYS = 90
"""Days for which reports are kept; ended tasks are kept for a week."""

# Log segments.

ROLL_SECONDS = 6 * 3_600.0
"""Pause between two appends to each partition with personal data: with segments of a day, purged records are compacted
away within 30 hours."""

ROLL_AGAIN_SECONDS = 60.0

# Postgres and HTTP.

POOL_SIZE = 8
"""Connections: consumers 2, dispatcher 1, webhooks 1, the rest for routes."""

ACQUIRE_SECONDS = 5.0

MAX_USER_ID_LENGTH = 2_048
"""Most characters of a user id; more than the ingress accepts."""

READY_SECONDS = 30.0
"""Ready while the last successful pass is not older than this."""

STOP_SECONDS = 3.0
"""Time within which a background loop ends after a stop; the tables keep its unfinished work."""
