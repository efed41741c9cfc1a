"""The persister's metrics."""

from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from mailtide_common.runtime.metrics import LATENCY_BUCKETS, WEBHOOK_BUCKETS

RECORDS = Counter(
    "mailtide_persister_records_total",
    "Records applied to Postgres: changed, unchanged (such as repeats and older versions), or parked.",
    ["topic", "result"],
)
FOLLOW_UPS = Counter(
    "mailtide_persister_follow_ups_total",
    "Fetches requested because two observations of a message contradict each other.",
)
UNKNOWN_FOLDERS = Counter(
    "mailtide_persister_unknown_folders_total",
    "Unknown or deleted folders that messages named, so that a listing of folders was requested.",
)
DELAY_SECONDS = Histogram(
    "mailtide_persister_delay_seconds",
    "Time from a record's timestamp in Kafka to its commit in Postgres, for the oldest record of a batch.",
    ["topic"],
    buckets=LATENCY_BUCKETS,
)
WEBHOOK_TO_COMMIT_SECONDS = Histogram(
    "mailtide_persister_webhook_to_commit_seconds",
    "Time from a webhook's receipt by the ingress to the commit of its message in Postgres. Webhooks that "
    "only caused a fetch of their message are not counted.",
    buckets=WEBHOOK_BUCKETS,
)
UNSTORABLE_DEAD_LETTERS = Counter(
    "mailtide_persister_unstorable_dead_letters_total",
    "Dead letters that Postgres refused; they are in Kafka only.",
)


def observe_webhooks(seconds: Sequence[float]) -> None:
    """Record the seconds from receipt to commit of each webhook in a batch."""
    for each in seconds:
        WEBHOOK_TO_COMMIT_SECONDS.observe(each)
