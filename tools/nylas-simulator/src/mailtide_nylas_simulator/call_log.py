"""Counts API calls, so that a test can assert how many an operation makes."""

from collections import Counter, defaultdict

from .mail.model import Json

_UNDER_GRANT = 3
_NAMED = frozenset({"download", "rotate-secret"})


def template_of(segments: list[str]) -> str:
    """Return a path with every id replaced by ``{id}``.

    Of a path below a grant, return only what follows the grant, such as ``/messages/{id}``.

    Args:
        segments: The raw path split at ``/``, without the empty first part.
    """
    if segments[:2] == ["v3", "grants"] and len(segments) > _UNDER_GRANT:
        rest = segments[_UNDER_GRANT:]
        return "/" + "/".join([rest[0], *(part if part in _NAMED else "{id}" for part in rest[1:])])
    if len(segments) > 2 and segments[1] in ("grants", "webhooks"):
        return f"/v3/{segments[1]}/" + "/".join(part if part in _NAMED else "{id}" for part in segments[2:])
    return "/" + "/".join(segments)


class CallLog:
    """Counts calls by grant and route, and answers by status. Notes the most concurrent calls by grant."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        """Reset the counters. Calls in progress still count as running."""
        self._by_grant: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._statuses: Counter[str] = Counter()
        self._peaks: Counter[str] = Counter(self._running)
        self._total = 0

    def began(self, grant: str, route: str) -> int:
        """Count a call that begins. Return the number of running calls of the grant, including this one."""
        self._total += 1
        self._by_grant[grant][route] += 1
        self._running[grant] += 1
        self._peaks[grant] = max(self._peaks[grant], self._running[grant])
        return self._running[grant]

    def ended(self, grant: str, status: int) -> None:
        """Count a call that ended. `status` is the HTTP status of the answer, or 0 without an answer."""
        self._running[grant] -= 1
        self._statuses[str(status)] += 1

    def shape(self) -> Json:
        """Return the counters as the admin API shows them. Calls without a grant are counted under ``-``."""
        return {
            "total": self._total,
            "grants": {grant: dict(counts) for grant, counts in self._by_grant.items()},
            "statuses": dict(self._statuses),
            "peak_concurrency": {grant: peak for grant, peak in self._peaks.items() if peak},
        }
