"""Metrics of the console."""

from prometheus_client import Counter, Histogram

from mailtide_common.runtime.metrics import LATENCY_BUCKETS

PAGE_SECONDS = Histogram(
    "mailtide_console_page_seconds", "A request, by its route.", ["route"], buckets=LATENCY_BUCKETS
)
LOGINS = Counter(
    "mailtide_console_logins_total",
    "Logins: accepted, refused (wrong token), limited (too many).",
    ["outcome"],
)
