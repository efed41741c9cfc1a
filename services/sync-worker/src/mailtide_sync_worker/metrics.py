"""Every metric of the sync worker."""

from prometheus_client import Counter, Histogram

NOTIFICATIONS = Counter("mailtide_notifications_total", "Notifications translated.", ["trigger"])
UNKNOWN_NOTIFICATIONS = Counter(
    "mailtide_unknown_notifications_total",
    "Notifications of a type that Mailtide does not know; kept in Kafka.",
)
INDEX_MISSES = Counter(
    "mailtide_index_unavailable_total", "Batches translated without the database's index, so published whole."
)
SYNC_REQUESTS = Counter("mailtide_sync_requests_total", "Sync requests worked on.", ["kind", "outcome"])
SYNC_SECONDS = Histogram(
    "mailtide_sync_seconds",
    "From taking a sync request to its outcome.",
    ["kind"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
SYNCED_MESSAGES = Counter(
    "mailtide_synced_messages_total", "Messages found new or changed by a sync.", ["kind"]
)
PASS_FINDINGS = Counter(
    "mailtide_pass_findings_total",
    "Messages that a comparison with the database found: changed, fetched, missing (to be confirmed), held, content,"
    " unconfirmed (without a body, on the evidence of a notification only).",
    ["kind", "finding"],
)
PURGED_MESSAGES = Counter("mailtide_purged_messages_total", "Messages that tombstones were written for.")
UNKNOWN_GRANTS = Counter(
    "mailtide_unknown_grants_total", "Notifications of grants without an account: the account is asked for."
)
PURGED_NOTIFICATIONS = Counter(
    "mailtide_purged_notifications_total", "Notifications of purged grants, which become no events."
)
BULK_WAITED = Counter(
    "mailtide_bulk_waited_seconds_total", "Seconds that pages of bulk work waited for live work."
)
TOO_LARGE_ANSWERS = Counter(
    "mailtide_too_large_answers_total",
    "Pages above the size limit, which were requested again with fewer messages.",
)
CIRCUIT_OPENED = Counter(
    "mailtide_upstream_circuit_opened_total", "Nylas failed for several grants in a row."
)
UNPUBLISHABLE = Counter(
    "mailtide_unpublishable_events_total",
    "Events of a pull that fit into no record and were left out.",
    ["type"],
)
