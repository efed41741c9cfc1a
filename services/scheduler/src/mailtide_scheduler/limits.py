"""Every bound of the scheduler, with its reason."""

# Time between schedulers and mailboxes.

OVERLAP_SECONDS = 300
"""How far a delta reaches back before its watermark, and how far the watermark stays behind now: a mail shows up
later than its date says, at Yahoo and AOL by up to 5 minutes (docs: Webhooks, latency)."""

# Tasks.

TICK_SECONDS = 1.0
"""Longest pause between two passes: work that another process wrote into the tables is found by then."""

PLAN_SECONDS = 1.0
"""Shortest pause between two looks at all accounts; a wake-up for one task must not scan them."""

ADOPT_SECONDS = 5.0
"""Pause between two looks for accounts without a schedule, and other looks that cost a scan."""

SWEEP_SECONDS = 30.0
"""Pause between two looks for accounts of runs that nothing else settles: it reads whole runs."""

ERASE_BATCH = 500
"""Most schedules without an account that are checked at once: purged ones, and ones whose row is not written yet."""

PLAN_BATCH = 1_000
"""Accounts that become due in one statement; the rest a second later, so that a start is no avalanche."""

CLAIM_BATCH = 500
"""Tasks per claim: the locks are short, and one publish waits for all acknowledgements together."""

SENDING_LEASE_SECONDS = 20.0
"""A task that is claimed and not known to be sent is claimed again after this: longer than a publish may take,
short because a scheduler may have died in between."""

LEASE_SECONDS = 90.0
"""A task without a report is sent again after this: a slice ends within a minute. Kafka keeps a dead worker's
requests, so the lease is only for requests that were lost."""

MAX_LEASE_SECONDS = 3_600.0
"""Leases double with each try: requests that wait behind a long queue are not lost, and must not be doubled."""

UNSENT_LEASE_SECONDS = 2.0
"""A request that Kafka did not acknowledge is sent again after this."""

FAILED_FIRST_SECONDS = 5.0
FAILED_CAP_SECONDS = 900.0
"""Back-off of failed tasks, full jitter: at most as long as accounts wait for their turn anyway."""

FORBIDDEN_FIRST_SECONDS = 60.0
FORBIDDEN_CAP_SECONDS = 3_600.0
"""Back-off while consent is missing: connecting again makes the account due at once, so it may be long."""

GIVE_UP_ATTEMPTS = 100
"""Tries for one message, thread or account status: about half a day at the cap. A delta is never given up."""

NOT_FOUND_SECONDS = (2.0, 10.0, 60.0)
"""Nylas announces messages that it does not serve yet (docs: handling 404 responses); then it is gone."""

THROTTLED_SECONDS = 30.0
"""Wait after a 429 without `Retry-After`."""

THROTTLED_TOLD_SECONDS = 3_600.0
"""How long 429s without Retry-After count as throttling. Microsoft throttles a mailbox for
about twenty minutes; Nylas has answered so for EWS servers that were dead (docs: changelog 2026-10-07)."""

MAX_THROTTLED_SECONDS = 86_400.0
"""A `Retry-After` beyond a day is nonsense."""

INVALID_RECHECK_SECONDS = 60.0
"""An account whose grant was found dead is due again so soon after it is connected anew."""

PROOF_SECONDS = 3.0
"""A proving audit pass starts so long after the last repair: the persister has written what it fetched, mostly."""

PROOF_PAUSES_SECONDS = (PROOF_SECONDS, 15.0, 60.0)
"""Pauses before the proving passes, which are as many: what is on its way through Kafka, repairs of a large hole or
mail that comes just now, is not missing."""

PROOF_WAIT_SECONDS = 900.0
"""It waits for the repairs at most so long; what is still missing then is reported as missing."""

PROOF_AGAIN_SECONDS = 3_600.0
"""Delay of a proof that is due while its account may not be called."""

AUDIT_ATTEMPTS = 10
"""Tries of an audit: another one comes by itself."""

SHELVE_SECONDS = 30.0
"""Tasks that wait for their account so long leave the queue until it is active again."""

SHELVE_BATCH = 20_000

# Held deletions.

DISCARD_SECONDS = 7 * 86_400
"""How long a decision about a deletion counts. A discarded deletion is held again after this if a pass still misses the
message; the approved deletion of a folder is not held again before."""

HELD_AGAIN_SECONDS = 3_600
"""Shortest pause between two alerts that more deletions of an account wait."""

# Incidents and dead letters.

ALERT_BATCH = 100

REDRIVES = 3
"""How often a record is sent to its topic again: what fails that often needs a new version, not another try."""

# Runs.

RUN_ATTEMPTS = 3
"""Tries of an account within a run before the run calls it failed; the task goes on after that."""

RUN_RETRY_SECONDS = (0.5, 2.0)
"""Pauses between the tries of a run: somebody waits for it."""

RUN_PATIENCE_SECONDS = 60.0
"""A run waits so long, from its start, for an account that the provider throttles."""

CRON_RUN_SECONDS = 900.0
"""A cron run ends after this, and says which accounts go on in the background."""

CRON_BULK_SECONDS = 240.0
"""The same for accounts that are listed in bulk: a first listing takes hours, and a call that came five minutes
later would join the run, and find the mail of no other account."""

WAIT_DEFAULT_SECONDS = 25.0
"""How long the cron route waits: callers and proxies often give up at 30 s."""

WAIT_MAX_SECONDS = 300.0

WAIT_POLL_SECONDS = 0.2
"""A run that another process ends is noticed within this; one that ends here, at once."""

TICK_ONCE_SECONDS = 300.0
"""Default time-out of `tick --once`."""

# Consuming.

EVENT_BATCH = 200
"""Sync events per transaction: the grants' locks are held for well below a second."""

# Webhook destinations.

PENDING_SECRET_SECONDS = 60
"""Deliveries that no known secret matches count as signed by the coming one for so long; Nylas creates a
destination within its challenge time-out of 10 s."""

OLD_SECRET_SECONDS = 3_600
"""Nylas repeats a delivery for at most 20 minutes (docs: Webhooks, retries)."""

ENSURE_FIRST_SECONDS = 2.0
ENSURE_CAP_SECONDS = 300.0
"""Back-off while Nylas refuses the destination, mostly because the ingress does not answer its challenge yet."""

SILENT_MESSAGES = 3
"""So much new mail must have come without any notification before that is more than chance."""

LISTEN_SECONDS = 5.0
"""Pause between two questions to Kafka when the last notification came, while it matters."""

SILENCE_ROTATION_SECONDS = 6 * 3_600
"""The secret is not replaced again within this because no notification comes: then something else is the cause."""

SILENCE_ROWS = 1_000
"""Findings that are judged; while notifications come there are few, and the newest ones tell when none does."""

COMPLETE_SECONDS = 2.0
"""Pause between two looks for accounts that do not name the webhook destination."""

COMPLETE_BATCH = 200
COMPLETE_AGAIN_SECONDS = 60.0
"""An account that was published with its destination, but is not stored yet, is published again after this."""

# Keeping.

OBSERVE_SECONDS = 10.0
"""Pause between two counts of open tasks for the metrics."""

PRUNE_SECONDS = 600.0
PRUNE_BATCH = 5_000
TASK_DAYS = 7
RUN_DAYS = 90
"""Ended tasks explain last week; reports are asked for longer."""

# Log segments.

ROLL_SECONDS = 6 * 3_600.0
"""Pause between two appends to each partition with personal data: with segments of a day, purged records are compacted
away within 30 hours."""

ROLL_AGAIN_SECONDS = 60.0

# Postgres and HTTP.

POOL_SIZE = 8
"""Consumers 2, tick 1, webhooks 1, the rest for routes."""

ACQUIRE_SECONDS = 5.0

MAX_BODY_BYTES = 64 * 1024
"""Most bytes of a request's body: 1,000 ids of dead letters are 39 KB."""

MAX_USER_ID_LENGTH = 2_048
"""Most characters of a user id; more than the ingress accepts."""

READY_SECONDS = 30.0
"""Ready while the last good pass is not older than this."""

STOP_SECONDS = 3.0
"""A background loop ends within this after a stop; what it held is found in the tables."""
