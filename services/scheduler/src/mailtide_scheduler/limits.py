"""Bounds and intervals of the scheduler."""

from mailtide_common.runtime.retry import Backoff

# Deltas.

OVERLAP_SECONDS = 300
"""How far a delta reaches back before its watermark, and how far the watermark stays behind now. Mail appears later
than its date says, at Yahoo and AOL by up to 5 minutes (docs: Webhooks, latency)."""

# Tasks.

TICK_SECONDS = 1.0
"""Longest pause between two passes; it bounds the delay of work that another process wrote to the tables."""

PLAN_SECONDS = 1.0
"""Shortest pause between two scans of all accounts: a wake-up for one task must not cause a scan."""

ADOPT_SECONDS = 5.0
"""Pause between two searches for accounts without a schedule, and other searches that require a scan."""

SWEEP_SECONDS = 30.0
"""Pause between two searches for accounts in runs that nothing else finishes: it reads whole runs."""

ERASE_BATCH = 500
"""Most schedules without an account row that are checked at once: of purged accounts, and of ones whose row is not
written yet."""

PLAN_BATCH = 1_000
"""Most accounts that one statement makes due. The rest follows a second or `ADOPT_SECONDS` later, which spreads the
load after a start."""

CLAIM_BATCH = 500
"""Tasks per claim: locks stay short, and one publish waits for all acknowledgements together."""

SENDING_LEASE_SECONDS = 20.0
"""A task that was claimed, but is not known to be sent, is claimed again after this time: longer than a publish may
take, and short because the scheduler may have crashed in between."""

LEASE_SECONDS = 90.0
"""A task without a report is sent again after this time: a slice ends within a minute. Kafka keeps the requests of a
dead worker, so the lease only covers requests that were lost."""

MAX_LEASE_SECONDS = 3_600.0
"""Longest lease. Leases double with each failed attempt: requests in a long queue are not lost, and must not be sent
twice."""

UNSENT_LEASE_SECONDS = 2.0
"""A request that Kafka did not acknowledge is sent again after this time."""

THROTTLED_ALERT_SECONDS = 3_600.0
"""Time after which 429s without `Retry-After` open an incident. Microsoft throttles a mailbox for about twenty minutes;
Nylas has also sent such answers for EWS servers that were down (docs: changelog 2026-10-07)."""

PROOF_SECONDS = 3.0
"""Delay of a proving pass after the last repair: by then the persister has usually written it."""

PROOF_PAUSES_SECONDS = (PROOF_SECONDS, 15.0, 60.0)
"""Pauses before the proving passes, of which there are at most as many. Records that are still in Kafka, such as
repairs of a large gap or new mail, do not count as missing."""

PROOF_WAIT_SECONDS = 900.0
"""Longest wait of a proving pass for repairs; what is missing after it is reported."""

PROOF_AGAIN_SECONDS = 3_600.0
"""Delay of a due proof while its account may not be called."""

SUSPEND_SECONDS = 30.0
"""Time after which tasks whose account may not be called leave the queue until it is active again."""

SUSPEND_BATCH = 20_000

# Held deletions.

DISCARD_SECONDS = 7 * 86_400
"""Time for which an operator's decision about a deletion applies: a pass that misses the message or folder later holds
its deletion again."""

HELD_AGAIN_SECONDS = 3_600
"""Shortest pause between two alerts about more held deletions of an account."""

# Incidents and dead letters.

ALERT_BATCH = 100

WATCH_SECONDS = 15.0
"""Pause between two searches for incidents that no event reports; they take minutes to arise."""

WATCH_FIRST_SECONDS = 60.0
"""Time from the start to the first such search: what became overdue while no scheduler ran is done by then."""

FAILING_SYNCS = 3
"""Failed syncs of an account in a row that open an incident: with back-off, about a minute."""

SILENT_INCIDENT_SECONDS = 600.0
"""A process whose clock is wrong reports it every 30 s. After this time without a report it no longer exists."""

OUTAGE_ALERT_SECONDS = 3_600.0
"""Time for which the syncs of an account must fail before failures that look like an outage of Nylas open an incident:
longer ones are usually the account's own. In an outage that more accounts share, no failure is counted."""

STALE_MOST_SECONDS = 6 * 3_600.0
"""Longest time for which a delta may be overdue without an incident: a day is too long."""

STUCK_SECONDS = 1_800.0
"""Time for which a backfill's slice may be overdue: many first syncs queue for the same workers."""

STUCK_ATTEMPTS = 5
"""Failed attempts at one slice that open an incident."""

PIPELINE_SECONDS = 60.0
"""Pause between two measurements of the consumer groups; each takes Kafka some milliseconds."""

PIPELINE_RECENT_SECONDS = 240.0
"""Age up to which measurements show whether groups are consumed: two of them, even if each takes its longest time."""

PIPELINE_HOURS = 72
"""Hours for which measurements are kept: the console shows a day."""

SHOWN_BYTES = 64 * 1024
"""Most bytes of a dead letter's value that are shown: faults are in the first lines or in the encoding."""

REDRIVES = 3
"""Most times that a record is sent again: after that it needs a new release, not another attempt."""

# Runs.

RUN_ATTEMPTS = 3
"""Attempts of an account within a run before the run reports it as failed; its task continues."""

RUN_PATIENCE_SECONDS = 60.0
"""Longest wait of a run, from its start, for an account that the provider throttles."""

CRON_RUN_SECONDS = 900.0
"""Longest cron run; its report names the accounts that continue in the background."""

CRON_BULK_SECONDS = 240.0
"""The same for an account that waits for a backfill or a delta past its first slice, which may take hours: a call five
minutes later would join the run and sync no other account."""

WAIT_DEFAULT_SECONDS = 25.0
"""Default wait of the cron route: callers and proxies often time out after 30 s."""

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
"""Time for which the ingress answers 503 to a delivery that no known secret matches, because it may be signed with the
pending one. Nylas creates a destination within its challenge time-out of 10 s."""

OLD_SECRET_SECONDS = 3_600
"""Time for which a replaced secret is accepted: Nylas retries a delivery for at most 20 minutes (docs: Webhooks,
retries)."""

ENSURE_BACKOFF = Backoff(first_seconds=2.0, cap_seconds=300.0)
"""Between checks of the destination that fail, usually because the ingress does not answer Nylas' challenge yet."""

SILENT_MESSAGES = 3
"""Fewest new messages without a notification that open an incident: fewer may be chance."""

LISTEN_SECONDS = 5.0
"""Pause between two reads of the last notification's time from Kafka, while silence is suspected."""

SILENCE_ROTATION_SECONDS = 6 * 3_600
"""Shortest pause between two rotations because of silence: if it persists, the secret is not the cause."""

SILENCE_ROWS = 1_000
"""Most findings that are evaluated: while notifications arrive there are few, and the newest ones decide."""

COMPLETE_SECONDS = 2.0
"""Pause between two searches for accounts without the id of the webhook destination."""

COMPLETE_BATCH = 200
COMPLETE_AGAIN_SECONDS = 60.0
"""An account that was published with its destination, but is not stored yet, is published again after this time."""

# Status.

STATUS_ROWS = 10
"""Most accounts, incidents and causes of the status: it fits on one screen."""

# Keeping.

OBSERVE_SECONDS = 10.0
"""Pause between two counts of open tasks and incidents for the metrics."""

FRESHNESS_SECONDS = 30.0
"""Pause between two measurements of all accounts' freshness, which scan one table: 70 ms with 100,000 accounts."""

PRUNE_SECONDS = 600.0
PRUNE_BATCH = 5_000
TASK_DAYS = 7
RUN_DAYS = 90
"""Days for which reports of runs and audits and ended incidents are kept."""

# Log segments.

ROLL_SECONDS = 6 * 3_600.0
"""Pause between two appends to each partition with personal data: with segments of a day, purged records are compacted
away within 30 hours."""

ROLL_AGAIN_SECONDS = 60.0

# Postgres and HTTP.

POOL_SIZE = 8
"""Connections, shared by two consumers, four background loops, and the routes."""

ACQUIRE_SECONDS = 5.0

MAX_USER_ID_LENGTH = 2_048
"""Most characters of a user id; more than the ingress accepts."""

READY_SECONDS = 30.0
"""The service is ready while its last successful pass is no older than this."""

STOP_SECONDS = 3.0
"""Time within which a background loop ends after a stop; the tables keep its unfinished work."""
