"""Requests accounts for grants that have notifications but no account."""

import time
from collections.abc import Callable, Iterable, Sequence

from mailtide_common.contracts.events import Event, SyncKind, SyncWanted
from mailtide_common.contracts.times import after
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import TransientError
from mailtide_sync_worker import limits, metrics
from mailtide_sync_worker.known.state import KnownState

from .interpret import CONNECT_GRACE_SECONDS

REASON = "unknown grant"


class UnknownGrants:
    """Creates requests for the accounts of unknown grants, and caches which grants are known.

    A grant is unknown if it is not purged and has no account, or only a provisional one.
    """

    def __init__(self, index: KnownState, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._index = index
        self._clock = clock
        self._known: set[str] = set()
        self._asked: dict[str, float] = {}
        self._resume_at = 0.0

    async def requests(self, grants: Iterable[str], followed: Sequence[Event]) -> list[SyncWanted]:
        """Return requests for the accounts of unknown grants. Pass them to `published` once Kafka has them.

        An account whose status an event in `followed` requests already is left out. After its request was
        published, an account is not requested again for `limits.INTRODUCE_AGAIN_SECONDS`. After a failed
        look-up, nothing is looked up or requested for `limits.GRANTS_PAUSE_SECONDS`.

        Raises:
            TransientError: Postgres is unavailable or slow. A later notification of the grant repeats the
                look-up.
            ConfigurationError: as `postgres.connected_migrated`.
        """
        now = self._clock()
        self._asked = {grant: until for grant, until in self._asked.items() if until > now}
        strange = set(grants) - self._known - self._asked.keys()
        if not strange or now < self._resume_at:
            return []
        try:
            known = await self._index.list_registered_grants(
                sorted(strange), timeout=limits.INDEX_QUERY_SECONDS
            )
        except TransientError:
            self._resume_at = now + limits.GRANTS_PAUSE_SECONDS
            raise
        if len(self._known) + len(known) > limits.KNOWN_GRANTS:
            self._known.clear()
        self._known |= known
        unknown = strange - known
        wanted = [e for e in followed if isinstance(e, SyncWanted) and _asks_for_account(e)]
        self.published(request for request in wanted if request.grant_id in unknown)
        return [_fetch_request(grant_id) for grant_id in sorted(unknown - self._asked.keys())]

    def published(self, requests: Iterable[SyncWanted]) -> None:
        """Record that requests for accounts were published, so that they are not repeated at once."""
        grants = {request.grant_id for request in requests}
        self._asked |= dict.fromkeys(grants, self._clock() + limits.INTRODUCE_AGAIN_SECONDS)
        metrics.UNKNOWN_GRANT_NOTIFICATIONS.inc(len(grants))


def _asks_for_account(wanted: SyncWanted) -> bool:
    return wanted.kind is SyncKind.ACCOUNT and not wanted.folders_only


def _fetch_request(grant_id: str) -> SyncWanted:
    """Return a delayed request, because the ingress may be about to publish the account."""
    return SyncWanted(
        grant_id=grant_id,
        kind=SyncKind.ACCOUNT,
        reason=REASON,
        not_before=after(now_us(), CONNECT_GRACE_SECONDS),
    )
