"""Events and records for the persister, and its tables as a whole."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from mailtide_common.contracts.codec import Record, encode
from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    Address,
    Attachment,
    Event,
    Folder,
    Lane,
    MessageContent,
    MessageState,
    SyncFinished,
    SyncKind,
    SyncOutcome,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.contracts.topics import MESSAGES, Topic
from mailtide_common.contracts.versions import Source, Version

from .mail_tables import MAIL_TABLES

SECOND = MICROSECONDS
AMBIGUITY = 5 * SECOND


def version(at: int, source: Source = Source.API, event_id: str = "e") -> Version:
    return Version(observed_at=at, source=source, event_id=event_id)


def content(
    at: int = 1,
    *,
    grant: str = "g",
    message: str = "m",
    thread: str | None = "t",
    source: Source = Source.API,
    event_id: str = "e",
    to: Sequence[str] = ("to@example.com",),
    attachments: Sequence[Attachment] = (),
    **changes: Any,
) -> MessageContent:
    fields: dict[str, Any] = {
        "subject": f"subject {at}",
        "snippet": f"snippet {at}",
        "body": f"<p>body {at}</p>",
        "received_at": 1_700_000_000,
        "content_hash": f"hash {at}",
        "core_hash": f"core {at}",
        "sender": (Address(name="Ann", email="ann@example.com"),),
    }
    fields.update(changes)
    return MessageContent(
        grant_id=grant,
        message_id=message,
        version=version(at, source, event_id),
        lane=Lane.LIVE,
        thread_id=thread,
        from_=fields.pop("sender"),
        to=tuple(Address(email=email) for email in to),
        cc=(),
        bcc=(),
        reply_to=(),
        attachments=tuple(attachments),
        **fields,
    )


def state(
    at: int = 1,
    *,
    grant: str = "g",
    message: str = "m",
    source: Source = Source.API,
    event_id: str = "e",
    **flags: Any,
) -> MessageState:
    return MessageState(grant_id=grant, message_id=message, version=version(at, source, event_id), **flags)


def folder(at: int = 1, *, grant: str = "g", folder: str = "f", **fields: Any) -> Folder:
    return Folder(grant_id=grant, folder_id=folder, version=version(at), **fields)


def account(
    at: int = 1,
    *,
    grant: str = "g",
    status: AccountStatus = AccountStatus.ACTIVE,
    source: Source = Source.CONNECT,
    **fields: Any,
) -> Account:
    return Account(grant_id=grant, version=version(at, source), status=status, **fields)


def finished(
    at: int = 1,
    outcome: SyncOutcome = SyncOutcome.OK,
    *,
    grant: str = "g",
    kind: SyncKind = SyncKind.DELTA,
    error: str | None = None,
) -> SyncFinished:
    return SyncFinished(
        task_id=account_uuid("task"),
        grant_id=grant,
        kind=kind,
        outcome=outcome,
        error=error,
        started_at=0,
        finished_at=at,
    )


def record(event: Event, offset: int = 0) -> Record:
    encoded = encode(event, source="test")
    return Record(event.topic.name, 0, offset, encoded.key, encoded.value, encoded.headers, 0)


def records(*events: Event) -> list[Record]:
    return [record(event, offset) for offset, event in enumerate(events)]


def tombstone(key: str, topic: Topic = MESSAGES, *, at_ms: int = 0) -> Record:
    return Record(topic.name, 0, 0, key.encode(), None, [], at_ms)


class Tables:
    """The mail tables as a whole."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def clear(self) -> None:
        await self._pool.execute(
            f"TRUNCATE {', '.join(MAIL_TABLES)}, purged_accounts, dead_letters, withheld_messages"
        )

    async def image(self) -> dict[str, list[str]]:
        """Return every row of every table, as text."""
        return {
            table: [
                row["text"]
                for row in await self._pool.fetch(f"SELECT t::text AS text FROM {table} AS t ORDER BY 1")  # noqa: S608
            ]
            for table in MAIL_TABLES
        }

    async def writers(self) -> list[tuple[str, int]]:
        """Return which transaction wrote each row: if equal, nothing was written."""
        rows = [
            row
            for table in MAIL_TABLES
            for row in await self._pool.fetch(f"SELECT ctid::text, xmin::text FROM {table} ORDER BY 1")  # noqa: S608
        ]
        return [(row["ctid"], int(row["xmin"])) for row in rows]
