"""Requests a listing of folders when a message names an unknown folder (INV-8).

A folder is unknown if it has no row, or is deleted.
"""

import time
from collections.abc import Callable, Iterable

import asyncpg

from mailtide_common.contracts.events import Event, MessageState, SyncKind, SyncWanted
from mailtide_common.contracts.times import after
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_persister import metrics
from mailtide_persister.limits import (
    FOLDER_GRACE_SECONDS,
    FOLDER_KNOWN_SECONDS,
    FOLDERS_REMEMBERED,
    FOLDERS_UNKNOWN_SECONDS,
)

from . import store

REASON = "unknown folder"

FolderName = tuple[str, str]
"""Grant id and folder id."""


class UnknownFolders:
    """Requests listings of folders. Remembers folders for a time, so that few are looked up."""

    def __init__(
        self, pool: asyncpg.Pool, publisher: Publisher, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._clock = clock
        self._checked_until: dict[FolderName, float] = {}
        """The time, by `clock`, until which a folder is not looked up again."""

    async def ask(self, events: Iterable[Event], purged: set[str]) -> None:
        """Request a listing of folders for each mailbox with a message in an unknown folder.

        Call this after the events are stored. Purged grants are left out. A folder is skipped if it was found
        within `FOLDER_KNOWN_SECONDS`, or if it caused a request within `FOLDERS_UNKNOWN_SECONDS`.

        Raises:
            TransientError: Postgres or Kafka is unavailable.
        """
        now = self._clock()
        strange = {
            (event.grant_id, folder)
            for event in events
            if isinstance(event, MessageState) and event.grant_id not in purged
            for folder in event.folders
            if self._checked_until.get((event.grant_id, folder), 0.0) <= now
        }
        if not strange:
            return
        async with store.transaction(self._pool) as connection:
            known = await store.list_stored_folders(connection, strange)
        self._forget_old(now)
        self._checked_until |= dict.fromkeys(known, now + FOLDER_KNOWN_SECONDS)
        unknown = strange - known
        await self._publisher.publish_all(
            [_folder_request(grant) for grant in sorted({grant for grant, _ in unknown})]
        )
        self._checked_until |= dict.fromkeys(unknown, now + FOLDERS_UNKNOWN_SECONDS)
        metrics.UNKNOWN_FOLDERS.inc(len(unknown))

    def _forget_old(self, now: float) -> None:
        if len(self._checked_until) > FOLDERS_REMEMBERED:
            self._checked_until = {name: until for name, until in self._checked_until.items() if until > now}
        if len(self._checked_until) > FOLDERS_REMEMBERED:
            self._checked_until.clear()


def _folder_request(grant_id: str) -> SyncWanted:
    """Return a request for a listing of an account's folders, delayed by `FOLDER_GRACE_SECONDS`."""
    return SyncWanted(
        grant_id=grant_id,
        kind=SyncKind.ACCOUNT,
        reason=REASON,
        folders_only=True,
        not_before=after(now_us(), FOLDER_GRACE_SECONDS),
    )
