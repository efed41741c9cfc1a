"""Metrics of the machinery that all services share; each service has its own beside these."""

from prometheus_client import Counter, Gauge, Histogram

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

PUBLISHED = Counter("mailtide_published_total", "Records that the broker acknowledged.", ["topic"])
PUBLISH_FAILURES = Counter(
    "mailtide_publish_failures_total", "Publishes that got no acknowledgement in time.", ["topic"]
)
PUBLISH_SECONDS = Histogram(
    "mailtide_publish_seconds", "From send to acknowledgement.", ["topic"], buckets=LATENCY_BUCKETS
)
CONSUMED = Counter("mailtide_consumed_total", "Records handled and committed.", ["topic", "group"])
REDONE = Counter(
    "mailtide_redone_total", "Records rewound after a transient error.", ["topic", "group", "error"]
)
COMMIT_FAILURES = Counter(
    "mailtide_commit_failures_total",
    "Offset commits refused, mostly after a rebalance: the work is redone.",
    ["group"],
)
DEAD_LETTERED = Counter("mailtide_dead_lettered_total", "Records parked.", ["topic", "group", "error"])
HALTED = Gauge(
    "mailtide_consumer_halted",
    "1 while a consumer is halted because it would park too many records.",
    ["topic", "group"],
)
CLOCK_LEAD = Gauge(
    "mailtide_clock_lead_seconds",
    "Least lead of this process' clock over Postgres'; negative: behind.",
)
LAG = Gauge(
    "mailtide_consumer_lag_records",
    "End of the log less position, summed over partitions.",
    ["topic", "group"],
)
HANDLE_SECONDS = Histogram(
    "mailtide_handle_seconds",
    "From fetch to commit of one batch.",
    ["topic", "group"],
    buckets=LATENCY_BUCKETS,
)
NYLAS_CALL_SECONDS = Histogram(
    "mailtide_nylas_call_seconds",
    "Calls of Nylas by endpoint and outcome: ok, the answer's status, or what went wrong without one. Its count is the "
    "number of calls.",
    ["endpoint", "outcome"],
    buckets=LATENCY_BUCKETS,
)
HTTP_REFUSED = Counter(
    "mailtide_http_refused_total",
    "Requests that no route saw: malformed (400), too slow (408), fields too large (431), too many connections "
    "(503, or closed without an answer).",
    ["answer"],
)


def nylas_called(endpoint: str, outcome: str, seconds: float) -> None:
    """Note one call, each try by itself; the endpoint is a template, so that no id becomes a label."""
    NYLAS_CALL_SECONDS.labels(endpoint, outcome).observe(seconds)
