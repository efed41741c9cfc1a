"""Applies contents and states of messages (INV-18). The newest version counts."""

from collections.abc import Sequence

import asyncpg

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.events import AccountStatus, MessageContent, MessageState, SyncKind, SyncWanted
from mailtide_common.contracts.keys import PURGED_PARTS
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_persister import metrics
from mailtide_persister.rows.rows import (
    account_uuid,
    attachment_rows,
    message_row,
    message_uuid,
    refused_row,
    withheld_row,
)

from . import store
from .batch_result import BatchResult
from .chunks import chunks
from .conflict import Conflict
from .isolate_unstorable import is_refusal, write_isolating_failures
from .observations import DecodedBatch, Observation, decode_batch, grants_of
from .purges.erase import PURGED
from .resolve import Resolved, resolve
from .unknown_folders import UnknownFolders

MessageObservation = Observation[MessageContent | MessageState]
MessageName = tuple[str, str]
"""Grant id and message id."""

log = get_logger(__name__)


class MessageApplier:
    """Applies batches of `mail.messages.v1` to messages, threads, attachments and withheld messages.

    Args:
        pool: connections to Postgres.
        follow_ups: publishes requests for fetches, tombstones and listings of folders; None for a replay.
        ambiguity_microseconds: a notification and another observation of a message have no known order if
            their times differ by at most this much.
        provisional: the status of a new provisional account.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        follow_ups: Publisher | None,
        *,
        ambiguity_microseconds: int,
        provisional: AccountStatus = AccountStatus.ACTIVE,
    ) -> None:
        self._pool = pool
        self._follow_ups = follow_ups
        self._window = ambiguity_microseconds
        self._provisional = provisional
        self._folders = None if follow_ups is None else UnknownFolders(pool, follow_ups)

    async def apply(self, records: Sequence[Record]) -> BatchResult:
        """Apply a batch. Repeating it changes no row.

        - Messages with a tombstone of their content are deleted first.
        - Messages of purged accounts are not stored. Any other account without a row gets a provisional one.
        - A state whose message has no row in `emails` is withheld until its content arrives.
        - Records that cannot be decoded, do not belong on the topic, or are refused by Postgres are returned,
          to be parked. The digests of a refused content are stored, so that comparisons do not fetch it again.
        - Except in a replay, requests are published: fetches for conflicts, tombstones for messages of purged
          accounts, and listings for unknown folders.

        Raises:
            TransientError: Postgres or Kafka is unavailable; the batch must not be committed.
        """
        batch: DecodedBatch[MessageContent | MessageState] = decode_batch(
            records, (MessageContent, MessageState), key_parts=3, name_parts=2, last_part=PURGED_PARTS[-1]
        )
        if batch.purged:
            await self._purge(batch.purged)
        conflicts: dict[MessageName, Conflict] = {}
        purged_messages: set[MessageName] = set()

        async def write(observations: Sequence[MessageObservation]) -> int:
            return await self._write(observations, conflicts, purged_messages)

        changed, refused = await write_isolating_failures(batch.observations, write, lambda o: o.record)
        await self._note_refused(batch.observations, refused)
        await self._request_refetches(conflicts, batch.observations)
        await self._request_tombstones(purged_messages)
        if self._folders is not None:
            await self._folders.ask(
                (o.event for o in batch.observations), {grant for grant, _ in purged_messages}
            )
        return BatchResult(len(records), changed, (*batch.parked, *refused))

    async def _purge(self, purged: set[tuple[str, ...]]) -> None:
        ids = [message_uuid(grant, message) for grant, message in purged]
        async with store.locked_grants(self._pool, grants_of(purged)) as connection:
            await store.upsert_messages(connection, [], purged=ids)

    async def _write(
        self,
        observations: Sequence[MessageObservation],
        conflicts: dict[MessageName, Conflict],
        purged_messages: set[MessageName],
    ) -> int:
        by_message: dict[MessageName, list[MessageObservation]] = {}
        for observation in observations:
            event = observation.event
            by_message.setdefault((event.grant_id, event.message_id), []).append(observation)
        ids = {name: message_uuid(*name) for name in by_message}
        accounts = {account_uuid(grant): grant for grant, _ in by_message}
        async with store.locked(self._pool, accounts) as connection:
            stored = await store.list_stored_messages(connection, ids.values(), accounts)
            if stored.missing - stored.purged:
                missing = [accounts[account] for account in stored.missing]
                await store.insert_missing_accounts(connection, missing, self._provisional)
            purged = {accounts[account] for account in stored.purged}
            purged_messages.update(name for name in by_message if name[0] in purged)
            resolved = {
                name: resolve(stored.of.get(email_id), by_message[name], self._window)
                for name, email_id in ids.items()
                if name[0] not in purged
            }
            newer = {ids[name]: outcome for name, outcome in resolved.items() if outcome.changes}
            whole = {id_: each for id_, each in newer.items() if each.content or _has_row(stored.of.get(id_))}
            for chunk in chunks(whole.values(), lambda outcome: outcome.size):
                await _upsert(connection, chunk)
            waiting = [each.state for id_, each in newer.items() if id_ not in whole]
            await store.upsert_withheld_states(
                connection, [withheld_row(state) for state in waiting if state]
            )
        conflicts.update({name: s.conflict for name, s in resolved.items() if s.conflict is not None})
        # A content that also stores a waiting state is one record.
        return sum(min(each.changes, len(by_message[name])) for name, each in resolved.items())

    async def _note_refused(
        self, observations: Sequence[MessageObservation], refused: Sequence[Parked]
    ) -> None:
        """Store the digests of refused contents, so that later comparisons do not fetch them again.

        Those of purged accounts are left out. If Postgres refuses the digests, too, that is logged.
        """
        places = {(letter.record.partition, letter.record.offset) for letter in refused}
        contents = {
            (o.event.grant_id, o.event.message_id): o.event
            for o in observations
            if (o.record.partition, o.record.offset) in places and isinstance(o.event, MessageContent)
        }
        for content in contents.values():
            try:
                grants = {content.grant_id}
                async with store.locked_grants(self._pool, grants) as connection:
                    if not await store.insert_missing_accounts(connection, grants, self._provisional):
                        await store.upsert_refused_contents(connection, [refused_row(content)])
            except Exception as error:
                if not is_refusal(error):
                    raise
                log.warning("refusal_store_failed", error=type(error).__name__)

    async def _request_refetches(
        self, conflicts: dict[MessageName, Conflict], observations: Sequence[MessageObservation]
    ) -> None:
        if self._follow_ups is None or not conflicts:
            return
        metrics.FOLLOW_UPS.inc(len(conflicts))
        traces = {(o.event.grant_id, o.event.message_id): o.record.traceparent for o in observations}
        await self._follow_ups.publish_caused(
            (conflict.refetch_request(*name), Cause(traces.get(name))) for name, conflict in conflicts.items()
        )

    async def _request_tombstones(self, purged_messages: set[MessageName]) -> None:
        """Request tombstones for messages that arrived after their account was purged, except in a replay.

        A purge of the account would not find these messages, because they have no rows.
        """
        if self._follow_ups is None or not purged_messages:
            return
        await self._follow_ups.publish_all(
            SyncWanted(grant_id=grant, kind=SyncKind.PURGE, message_id=message, reason=PURGED)
            for grant, message in sorted(purged_messages)
        )


async def _upsert(connection: store.Connection, resolved: Sequence[Resolved]) -> None:
    contents = [outcome.content for outcome in resolved if outcome.content is not None]
    await store.upsert_messages(
        connection,
        [message_row(outcome.content, outcome.state) for outcome in resolved],
        [row for content in contents for row in attachment_rows(content)],
    )


def _has_row(stored: store.StoredMessage | None) -> bool:
    return stored is not None and not stored.withheld
