"""Metrics that several services have. Each service defines further ones."""

from prometheus_client import Counter, Gauge, Histogram

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

WEBHOOK_BUCKETS = (*LATENCY_BUCKETS, 60, 300, 900, 3_600)
"""Buckets for the time from the receipt of a webhook to the commit of its message, in seconds. The table
`webhook_minutes` has the same buckets."""

KAFKA_PUBLISHED_RECORDS = Counter(
    "mailtide_kafka_published_records_total", "Records that the broker acknowledged.", ["topic"]
)
KAFKA_PUBLISH_FAILURES = Counter(
    "mailtide_kafka_publish_failures_total",
    "Records sent in a group of which at least one was refused or not acknowledged in time. A group that was "
    "refused because of a too large record does not count.",
    ["topic"],
)
KAFKA_PUBLISH_DURATION_SECONDS = Histogram(
    "mailtide_kafka_publish_duration_seconds",
    "Time from sending a group of records to the acknowledgement of all of them.",
    ["topic"],
    buckets=LATENCY_BUCKETS,
)
KAFKA_CONSUMED_RECORDS = Counter(
    "mailtide_kafka_consumed_records_total",
    "Records handled or parked. Their offsets are committed soon afterwards.",
    ["topic", "group"],
)
KAFKA_REWOUND_RECORDS = Counter(
    "mailtide_kafka_rewound_records_total",
    "Records that must be handled again after a transient error or a time-out.",
    ["topic", "group", "error"],
)
KAFKA_COMMIT_FAILURES = Counter(
    "mailtide_kafka_commit_failures_total",
    "Offset commits that Kafka refused, usually after a rebalance, or did not confirm within 5 s.",
    ["group"],
)
KAFKA_DEAD_LETTERED_RECORDS = Counter(
    "mailtide_kafka_dead_lettered_records_total", "Records parked.", ["topic", "group", "error"]
)
KAFKA_DELETED_UNREAD_RECORDS = Counter(
    "mailtide_kafka_deleted_unread_records_total",
    "Records that Kafka deleted, after the topic's retention time, before the group read them.",
    ["topic", "group"],
)
KAFKA_CONSUMER_HALTED = Gauge(
    "mailtide_kafka_consumer_halted",
    "1 while a consumer is halted because it would park too many records.",
    ["topic", "group"],
)
CLOCK_LEAD_SECONDS = Gauge(
    "mailtide_clock_lead_seconds",
    "Least difference between the clocks of this process and of Postgres, in seconds. Positive if this "
    "process's clock is ahead, negative if it is behind.",
)
KAFKA_CONSUMER_LAG_RECORDS = Gauge(
    "mailtide_kafka_consumer_lag_records",
    "End of the log minus the consumer's position, summed over the partitions of this process.",
    ["topic", "group"],
)
KAFKA_BATCH_DURATION_SECONDS = Histogram(
    "mailtide_kafka_batch_duration_seconds",
    "Time to handle a fetched batch and to park its bad records.",
    ["topic", "group"],
    buckets=LATENCY_BUCKETS,
)
NYLAS_CALL_DURATION_SECONDS = Histogram(
    "mailtide_nylas_call_duration_seconds",
    "Duration of calls to Nylas, by endpoint and outcome. The outcome is ok, the status of an error, the "
    "class of a failure without an answer, or abandoned if the caller stopped waiting.",
    ["endpoint", "outcome"],
    buckets=LATENCY_BUCKETS,
)
HTTP_REFUSED_REQUESTS = Counter(
    "mailtide_http_refused_requests_total",
    "Refused requests, by status: malformed (400), too slow (408), fields too many or too large (431), too "
    "many connections or pipelined requests (503). closed: connections refused without an answer.",
    ["answer"],
)


def nylas_called(endpoint: str, outcome: str, seconds: float) -> None:
    """Record one attempt of a call to Nylas.

    Args:
        endpoint: method and path template, without ids.
        outcome: value of the label `outcome`.
        seconds: duration of the attempt.
    """
    NYLAS_CALL_DURATION_SECONDS.labels(endpoint, outcome).observe(seconds)
