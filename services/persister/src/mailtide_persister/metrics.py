"""Metrics of the persister, beside those that all services share."""

from prometheus_client import Counter, Histogram

from mailtide_common.runtime.metrics import LATENCY_BUCKETS

RECORDS = Counter(
    "mailtide_persister_records_total",
    "Records applied to Postgres: changed, unchanged (repeats, older versions), or parked.",
    ["topic", "result"],
)
FOLLOW_UPS = Counter(
    "mailtide_persister_follow_ups_total",
    "Fetches requested because two observations of a message contradict each other.",
)
UNKNOWN_FOLDERS = Counter(
    "mailtide_persister_unknown_folders_total",
    "Folders without a row that a message named, so that a listing was requested.",
)
DELAY_SECONDS = Histogram(
    "mailtide_persister_delay_seconds",
    "From the record's time in Kafka to its commit in Postgres, for the oldest record of a batch.",
    ["topic"],
    buckets=LATENCY_BUCKETS,
)
UNSTORABLE_DEAD_LETTERS = Counter(
    "mailtide_persister_unstorable_dead_letters_total",
    "Dead letters that Postgres refused; they are in Kafka only.",
)
