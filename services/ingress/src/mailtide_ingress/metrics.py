"""Metrics of the ingress, and the route that sums the metrics of several worker processes."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_common.runtime.metrics import LATENCY_BUCKETS

DELIVERIES = Counter("mailtide_ingress_deliveries_total", "Webhook deliveries by answer.", ["answer"])
DELIVERY_DURATION_SECONDS = Histogram(
    "mailtide_ingress_delivery_duration_seconds",
    "Time from the receipt of a delivery's header to its answer.",
    buckets=LATENCY_BUCKETS,
)
BODY_BYTES = Histogram(
    "mailtide_ingress_body_bytes",
    "Size of accepted bodies as received.",
    buckets=(1_000, 4_000, 16_000, 64_000, 256_000, 1_000_000, 2_100_000),
)
UNREADABLE_DELIVERIES = Counter(
    "mailtide_ingress_unreadable_deliveries_total",
    "Deliveries with a valid signature whose envelope could not be read. They are published like others.",
)
VERIFIED_DELIVERIES = Counter(
    "mailtide_ingress_verified_deliveries_total",
    "Deliveries with a valid signature, by kind of secret.",
    ["secret"],
)
REFUSED_SECRETS = Counter(
    "mailtide_ingress_refused_secrets_total", "Secret records that could not be read or decrypted."
)
OAUTH_CALLBACKS = Counter(
    "mailtide_ingress_oauth_callbacks_total", "OAuth callbacks of valid flows, by outcome.", ["outcome"]
)

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable with the folder in which all workers of one parent store their metrics."""


def shared_routes() -> list[Route]:
    """Return the route `/metrics` that sums the metrics of all workers, or no route for a single process."""
    return [Route("/metrics", _summed)] if SHARED_FOLDER in os.environ else []


async def _summed(_request: Request) -> Response:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
