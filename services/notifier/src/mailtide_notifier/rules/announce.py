"""Decides which new mail is important, and stores notices of it."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from urllib.parse import unquote
from uuid import UUID

import asyncpg

from mailtide_common.contracts.api.rules import Rule
from mailtide_common.contracts.codec import Record, decode
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.events import Lane, MessageContent, MessageState
from mailtide_common.contracts.keys import account_uuid, message_uuid
from mailtide_notifier.channels.store import list_channels
from mailtide_notifier.database import Connection, transaction
from mailtide_notifier.outbox.notice import Notice
from mailtide_notifier.outbox.store import delete_notices_about, insert_notices

from .decide import Candidate, HourlyCounts, important
from .match import content_matches, content_of, state_of, storable
from .store import (
    delete_candidates,
    list_candidates,
    list_folder_roles,
    list_hourly_counts,
    list_rules,
    list_told,
    upsert_candidates,
)

MailEvent = MessageContent | MessageState

TYPES = frozenset({MessageContent.type, MessageState.type})


class Announcer:
    """Consumes `mail.messages.v1`, and stores notices of important mail (INV-37).

    Args:
        pool: the notifier's connections.
        wake: called after notices were stored.
        max_age_seconds: mail received longer ago does not become a candidate. So a consumer group that has
            lost its offsets, and reads the topic from its beginning, announces no old mail.
    """

    def __init__(self, pool: asyncpg.Pool, wake: Callable[[], None], *, max_age_seconds: int) -> None:
        self._pool = pool
        self._wake = wake
        self._max_age_seconds = max_age_seconds

    async def handle(self, records: Sequence[Record]) -> Sequence[Parked]:
        """Store the candidates and notices that follow from a batch, in one transaction. Safe to repeat.

        - The candidates of deleted and of purged messages are deleted.
        - Waiting notices of purged messages are deleted, too.
        - Records older than `max_age_seconds` are skipped, except tombstones.
        - Without an enabled rule, only tombstones have an effect.

        Returns:
            No dead letters, because the persister parks records that cannot be decoded.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        now = int(time.time())
        oldest = now - self._max_age_seconds
        purged = {id_ for record in records if record.value is None and (id_ := _message_of(record))}
        events = [
            event
            for record in records
            if record.timestamp_ms >= oldest * 1_000 and record.header("type") in TYPES
            if isinstance(event := decode(record), MailEvent)
        ]
        if not events and not purged:
            return []
        async with transaction(self._pool) as connection:
            if purged:
                await delete_candidates(connection, list(purged))
                await delete_notices_about(connection, list(purged))
            decided = await self._decide(connection, events, purged, range(oldest, now + 1))
        if decided:
            self._wake()
        return []

    async def _decide(
        self, connection: Connection, events: Sequence[MailEvent], purged: set[UUID], news: range
    ) -> int:
        rules = [rule for rule in await list_rules(connection) if rule.enabled]
        if not rules or not events:
            return 0
        ids = [message_uuid(event.grant_id, event.message_id) for event in events]
        known = await list_candidates(connection, ids)
        changed, gone = follow(known, events, rules, news)
        if gone:
            await delete_candidates(connection, list(gone))
        complete = [c for c in changed.values() if c.state is not None and c.id not in purged]
        if changed:
            await upsert_candidates(connection, [c for c in changed.values() if c.id not in purged])
        return await insert_notices(connection, await self._notices(connection, complete, rules))

    async def _notices(
        self, connection: Connection, candidates: Sequence[Candidate], rules: Sequence[Rule]
    ) -> list[Notice]:
        if not candidates:
            return []
        channels = {channel.id: channel for channel in await list_channels(connection)}
        folders = {folder for c in candidates if c.state for folder in c.state.folders}
        roles = await list_folder_roles(connection, list({c.account_id for c in candidates}), list(folders))
        told = await list_told(connection, [c.id for c in candidates])
        limited = [rule.id for rule in rules if rule.max_per_hour is not None]
        counts = HourlyCounts(await list_hourly_counts(connection, limited) if limited else {})
        return [
            notice
            for c in candidates
            for notice in important(c, _roles(c, roles), rules, channels, told=told, counts=counts)
        ]


def follow(
    known: dict[UUID, Candidate], events: Iterable[MailEvent], rules: Sequence[Rule], news: range
) -> tuple[dict[UUID, Candidate], set[UUID]]:
    """Apply events to candidates. Pure.

    A message becomes a candidate by a content event of the lane `live` that meets a rule's conditions about
    content.

    Args:
        known: stored candidates, by id.
        events: in the topic's order.
        rules: the enabled rules.
        news: unix seconds. A message received before this range does not become a candidate. A message
            received after it gets the end of the range as its time.

    Returns:
        The changed candidates by id, and the ids of deleted messages.
    """
    now = dict(known)
    changed: dict[UUID, Candidate] = {}
    gone: set[UUID] = set()
    for event in events:
        id_ = message_uuid(event.grant_id, event.message_id)
        before = now.get(id_)
        if isinstance(event, MessageContent):
            after = _with_content(id_, before, event, rules, news)
        elif event.deleted:
            after = None
            gone.add(id_)
        else:
            after = _with_state(before, event)
        if after is not None and after is not before:
            now[id_] = changed[id_] = after
            gone.discard(id_)
        elif after is None:
            now.pop(id_, None)
            changed.pop(id_, None)
    return changed, gone


def _with_content(
    id_: UUID, before: Candidate | None, event: MessageContent, rules: Sequence[Rule], news: range
) -> Candidate | None:
    content = content_of(event)
    if before is not None:
        return replace(before, content=content)
    account_id = account_uuid(event.grant_id)
    if event.lane is not Lane.LIVE or event.received_at < news.start:
        return None
    if not any(content_matches(rule.conditions, account_id, content) for rule in rules):
        return None
    received_at = min(event.received_at, news.stop)
    return Candidate(id_, account_id, storable(event.message_id) or "", received_at, content)


def _with_state(before: Candidate | None, event: MessageState) -> Candidate | None:
    state = state_of(event)
    if before is None or (before.state is not None and state.observed_at < before.state.observed_at):
        return before
    return replace(before, state=state)


def _roles(candidate: Candidate, roles: dict[tuple[UUID, str], set[str]]) -> set[str]:
    folders = candidate.state.folders if candidate.state else ()
    return set().union(*(roles.get((candidate.account_id, folder), set()) for folder in folders))


def _message_of(record: Record) -> UUID | None:
    """Return the id of the message whose tombstone this is, or None if its key is not that of a message."""
    parts = record.key_text.split("/")
    return message_uuid(unquote(parts[0]), unquote(parts[1])) if len(parts) == 3 else None
