"""Sends dead letters to their original topics again."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4

import asyncpg

from mailtide_common.contracts.api.dead_letters import Redrive, RedriveRefusal, RedriveResult
from mailtide_common.contracts.codec import Encoded, Record, decode
from mailtide_common.contracts.dead_letters import LISTED
from mailtide_common.contracts.events import (
    Account,
    Folder,
    MessageContent,
    MessageState,
    SyncKind,
    SyncWanted,
)
from mailtide_common.contracts.keys import account_uuid, folder_uuid, message_uuid
from mailtide_common.contracts.topics import ACCOUNTS, ALL_TOPICS, FOLDERS, MESSAGES, Topic
from mailtide_common.contracts.versions import VersionKey
from mailtide_common.runtime.errors import PermanentError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_scheduler import limits, metrics
from mailtide_scheduler.accounts.actions import snapshot_at
from mailtide_scheduler.accounts.store import get_account
from mailtide_scheduler.database import Connection, connected, sql, transaction
from mailtide_scheduler.tasks.store import enqueue_task, lock_schedules

COUNT_HEADER = "redrive-count"
TOPICS = {topic.name: topic for topic in ALL_TOPICS}


class Redriver:
    """Sends dead letters again, or fetches their messages.

    A sent letter is marked only after the broker has acknowledged its record.
    """

    def __init__(self, pool: asyncpg.Pool, publisher: Publisher) -> None:
        self._pool = pool
        self._publisher = publisher

    async def redrive(self, wanted: Redrive) -> RedriveResult:
        """Send up to `wanted.most` dead letters again; return the number sent and the refusals.

        Letters are sent one at a time, because they may be large. After a record of messages, folders or
        accounts, a fetch of the newest state is enqueued (see `repair_request`).

        A letter about a listed message that could not be read is not sent. Its message is fetched again
        instead, and the letter counts as sent.

        Raises:
            TransientError: Kafka or Postgres is unavailable; the letters sent so far stay marked as sent.
        """
        async with connected(self._pool) as connection:
            letters = await list_redrivable_letters(connection, wanted)
        refused: list[RedriveRefusal] = []
        for letter_id in letters:
            refusal = await self._one(letter_id)
            if refusal is None:
                metrics.REDRIVEN_DEAD_LETTERS.inc()
            else:
                refused.append(RedriveRefusal(id=letter_id, reason=refusal))
        return RedriveResult(redriven=len(letters) - len(refused), refused=tuple(refused))

    async def _one(self, letter_id: UUID) -> str | None:
        """Send one letter, or request a fetch instead. Return the reason if neither was done, else None."""
        async with transaction(self._pool) as connection:
            letter = await lock_letter(connection, letter_id)
            if letter is None:
                return "another request is sending or discarding this dead letter, or it was deleted: list it again"
            if letter["origin_topic"] == LISTED:
                return await self._fetch(connection, letter)
            return await self._send(connection, letter)

    async def _send(self, connection: Connection, letter: Any) -> str | None:
        """Publish the original record, enqueue its `repair_request`, and mark the letter.

        After an account's record, the database's snapshot is published if it is newer.

        Return the reason if the record was not published, else None.
        """
        topic = TOPICS.get(letter["origin_topic"])
        if topic is None:
            return "the record's topic is not one of Mailtide's: discard the dead letter"
        headers = original_headers(letter["headers"])
        times = max(letter["redrives"], redrive_count(headers)) + 1
        if times > limits.REDRIVES:
            return (
                f"the record has been sent again {limits.REDRIVES} times, which is the limit: discard the dead letter "
                "if it still waits for a decision"
            )
        if await _is_overtaken(connection, topic, letter, headers):
            return (
                "the database has a newer version, which this record would replace in its topic: discard the dead "
                "letter if it still waits for a decision"
            )
        try:
            await self._publisher.send(topic, encoded(letter["key"], letter["value"], headers, times))
        except PermanentError as error:
            return str(error)
        repair = repair_request(topic, letter["key"])
        if repair is not None:
            await lock_schedules(connection, [repair.grant_id])
            await enqueue_task(connection, uuid4(), repair)
        newer = await _newer_account(connection, topic, letter, headers)
        if newer is not None:
            await self._publisher.publish(newer)
        await mark_redriven(connection, letter["id"], times)
        return None

    @staticmethod
    async def _fetch(connection: Connection, letter: Any) -> str | None:
        """Enqueue a fetch of the letter's message, and mark the letter.

        Return the reason if that is impossible, else None.
        """
        repair = repair_request(MESSAGES, letter["key"] + b"/content")
        if repair is None or not repair.message_id:
            return (
                "the message cannot be fetched, because the record has no message id: discard the dead letter"
            )
        await lock_schedules(connection, [repair.grant_id])
        await enqueue_task(connection, uuid4(), repair)
        await mark_redriven(connection, letter["id"], letter["redrives"] + 1)
        return None


async def _is_overtaken(
    connection: Connection, topic: Topic, letter: Any, headers: Sequence[tuple[str, bytes]]
) -> bool:
    """Return whether the database holds a newer version than a letter about a message or folder.

    The database would ignore such a letter, but compaction keeps the last record of a key. An old state would
    then hide a deletion, and a replay would show the message. Return False for letters that are about
    anything else or cannot be decoded.
    """
    if topic not in {MESSAGES, FOLDERS}:
        return False
    event = decode(Record(topic.name, 0, 0, letter["key"], letter["value"], headers, 0))
    match event:
        case MessageContent():
            row_id, part = message_uuid(event.grant_id, event.message_id), "content"
        case MessageState():
            row_id, part = message_uuid(event.grant_id, event.message_id), "state"
        case Folder():
            row_id, part = folder_uuid(event.grant_id, event.folder_id), "folder"
        case _:
            return False
    stored = await get_stored_version(connection, row_id, part)
    return stored is not None and stored > event.version.key


async def _newer_account(
    connection: Connection, topic: Topic, letter: Any, headers: Sequence[tuple[str, bytes]]
) -> Account | None:
    """Return the snapshot to publish after an account's letter, if the database holds a newer one; else None.

    The letter is sent all the same, because it may name users that the database lacks. The database's snapshot
    must follow it, because compaction keeps the last record of a key.
    """
    if topic is not ACCOUNTS:
        return None
    event = decode(Record(topic.name, 0, 0, letter["key"], letter["value"], headers, 0))
    if not isinstance(event, Account):
        return None
    account = await get_account(connection, account_uuid(event.grant_id))
    if account is None or account.snapshot.version.observed_at <= event.version.observed_at:
        return None
    return snapshot_at(account, account.status, account.snapshot.version.observed_at + 1)


async def get_stored_version(connection: Connection, row_id: UUID, part: str) -> VersionKey | None:
    """Return the version of a message's stored content or state, or of a folder; None if it is not stored.

    `part` is `content`, `state` or `folder`.
    """
    row = await connection.fetchrow(sql(__package__, "get_stored_version"), row_id, part)
    return None if row is None else VersionKey(row["observed_at"], row["rank"], row["event_id"])


def encoded(
    key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]], times: int
) -> Encoded:
    """Return the original record with a header that counts how often it was sent again. Pure."""
    others = [(name, text) for name, text in headers if name != COUNT_HEADER]
    return Encoded(key or b"", value, [*others, (COUNT_HEADER, str(times).encode())])


def original_headers(stored: Sequence[dict[str, str]]) -> list[tuple[str, bytes]]:
    """Decode headers that are stored as JSON. Pure."""
    return [
        (each["name"], base64.b64decode(each["base64"]) if "base64" in each else each["text"].encode())
        for each in stored
    ]


def redrive_count(headers: Sequence[tuple[str, bytes]]) -> int:
    """Return how often a record was sent again, as its header says; 0 without a valid header. Pure."""
    for name, value in reversed(headers):
        if name == COUNT_HEADER and value.isdigit() and len(value) < 4:
            return int(value)
    return 0


def repair_request(topic: Topic, key: bytes | None) -> SyncWanted | None:
    """Return the fetch to enqueue after a record was sent to `topic` again; None if none is needed. Pure.

    The record may be older than the newest one with the same `key`, and compaction keeps the last one. The
    fetch of a message appends its newest state after it. A check of an account appends only what differs from
    the database.
    """
    parts = [unquote(part) for part in (key or b"").decode("utf-8", "replace").split("/")]
    if topic is MESSAGES and len(parts) == 3:
        return SyncWanted(grant_id=parts[0], kind=SyncKind.MESSAGE, message_id=parts[1], reason="redriven")
    if topic in {ACCOUNTS, FOLDERS} and parts[0]:
        return SyncWanted(grant_id=parts[0], kind=SyncKind.ACCOUNT, reason="redriven")
    return None


async def list_redrivable_letters(connection: Connection, wanted: Redrive) -> list[UUID]:
    """Return the ids of up to `wanted.most` letters to redrive, oldest first.

    If `wanted` has ids, these letters are taken, even if they were sent or discarded before. Otherwise they
    are letters with the wanted error class and topic that wait for a decision.
    """
    ids = None if wanted.ids is None else list(wanted.ids)
    rows = await connection.fetch(
        sql(__package__, "list_redrivable_letters"), ids, wanted.error_class, wanted.topic, wanted.most
    )
    return [row["id"] for row in rows]


async def lock_letter(connection: Connection, letter_id: UUID) -> Any | None:
    """Lock a letter until the transaction ends, and return it.

    Return None if another process has locked the letter, or if it does not exist.
    """
    return await connection.fetchrow(sql(__package__, "lock_letter"), letter_id)


async def mark_redriven(connection: Connection, letter_id: UUID, times: int) -> None:
    """Record that a letter was sent again, `times` times in all."""
    await connection.execute(sql(__package__, "mark_redriven"), letter_id, times)
