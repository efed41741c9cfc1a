"""Detects purged grants, whose mail must not reach the compacted topics again (INV-23)."""

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_sync_worker import limits
from mailtide_sync_worker.known.state import KnownState

log = get_logger(__name__)


class PurgedGrants:
    """Caches, for a limited time, which grants are purged.

    A purge is normally detected within `limits.PURGED_AGAIN_SECONDS`. The persister requests tombstones for
    mail that is published until then. The end of a purge is normally detected within
    `limits.LIFTED_AGAIN_SECONDS`. Until then, the grant's notifications are dropped. An unavailable database
    delays both.
    """

    def __init__(self, index: KnownState, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._index = index
        self._clock = clock
        self._until: dict[str, float] = {}
        self._purged: set[str] = set()
        self._resume_at = 0.0

    async def among(self, grants: AbstractSet[str]) -> set[str]:
        """Return the purged grants among `grants`.

        After a failed look-up, the last known results apply for `limits.GRANTS_PAUSE_SECONDS`. A grant
        without a known result counts as not purged.
        """
        now = self._clock()
        asked = {grant for grant in grants if self._until.get(grant, 0.0) <= now}
        known = (self._purged & grants) - asked
        if asked and now >= self._resume_at:
            await self._ask(asked, now)  # may empty the cache
        return known | (self._purged & grants)

    async def _ask(self, grants: set[str], now: float) -> None:
        try:
            purged = await self._index.list_purged_grants(sorted(grants), timeout=limits.INDEX_QUERY_SECONDS)
        except TransientError as error:
            self._resume_at = now + limits.GRANTS_PAUSE_SECONDS
            log.info("purged_grant_lookup_failed", reason=str(error))
            return
        if len(self._until) + len(grants) > limits.KNOWN_GRANTS:
            self._until.clear()
            self._purged.clear()
        self._purged = (self._purged - grants) | purged
        for grant in grants:
            pause = limits.LIFTED_AGAIN_SECONDS if grant in purged else limits.PURGED_AGAIN_SECONDS
            self._until[grant] = now + pause
