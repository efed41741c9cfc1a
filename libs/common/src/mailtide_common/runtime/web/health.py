"""Liveness, readiness and metrics of every service.

Liveness fails if records wait, but none was finished for `STALLED_SECONDS`. If Kafka or Postgres is
unavailable or a consumer is halted, liveness does not fail, because a restart would not help.

Readiness fails while the service starts or stops, and while a check fails.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

STALLED_SECONDS = 300
"""Time without progress after which a consumer counts as stalled, if records wait."""


@dataclass
class Progress:
    """Tracks whether a consumer makes progress.

    Attributes:
        name: the consumer's name, which `/healthz` shows.
        finished_at: when the consumer last made progress, in seconds of the monotonic clock.
        lag: number of records that wait.
    """

    name: str
    finished_at: float = field(default_factory=time.monotonic)
    lag: int = 0

    def finished(self) -> None:
        """Record progress: records were finished, no record waits, or a transient error prevents the work."""
        self.finished_at = time.monotonic()

    def stalled(self) -> bool:
        """Return whether records wait, but there was no progress for `STALLED_SECONDS`."""
        return self.lag > 0 and time.monotonic() - self.finished_at > STALLED_SECONDS


class Health:
    """The state reported by `/healthz` and `/readyz`."""

    def __init__(self) -> None:
        """Create a state that is not ready until `ready` is set."""
        self.ready = False
        self._checks: dict[str, Callable[[], bool]] = {}
        self._progress: list[Progress] = []

    def add_check(self, name: str, check: Callable[[], bool]) -> None:
        """Add a condition for readiness. While `check` returns False, `/readyz` shows `name`."""
        self._checks[name] = check

    def track(self, name: str) -> Progress:
        """Add a consumer to the liveness check, and return the object to which it reports progress."""
        progress = Progress(name)
        self._progress.append(progress)
        return progress

    def routes(self) -> list[Route]:
        """Return the routes `/healthz`, `/readyz` and `/metrics`."""
        return [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._metrics),
        ]

    async def _healthz(self, _request: Request) -> Response:
        stalled = [progress.name for progress in self._progress if progress.stalled()]
        return JSONResponse({"alive": not stalled, "stalled": stalled}, 503 if stalled else 200)

    async def _readyz(self, _request: Request) -> Response:
        failing = [name for name, check in self._checks.items() if not check()]
        if not self.ready:
            failing.insert(0, "starting or stopping")
        return JSONResponse({"ready": not failing, "failing": failing}, 503 if failing else 200)

    async def _metrics(self, _request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
