"""Prometheus metrics of the console."""

from prometheus_client import Counter, Histogram

from mailtide_common.runtime.metrics import LATENCY_BUCKETS

PAGE_SECONDS = Histogram(
    "mailtide_console_page_seconds", "Duration of a request, by route.", ["route"], buckets=LATENCY_BUCKETS
)
LOGINS = Counter(
    "mailtide_console_logins_total",
    "Logins: accepted, refused (wrong token), limited (too many failures).",
    ["outcome"],
)
