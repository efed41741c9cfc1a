"""The queries of docs/read-your-mail.md run as they stand there, on a real Postgres."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import AccountUser, Address, Attachment, Event
from mailtide_common.contracts.keys import account_uuid, message_uuid
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES, Topic
from mailtide_harness.guide import PAGE, blocks, query
from mailtide_harness.persister import AMBIGUITY, account, content, folder, records, state
from mailtide_persister.apply.accounts import AccountApplier
from mailtide_persister.apply.folders import FolderApplier
from mailtide_persister.apply.messages import MessageApplier

ACCOUNT = account_uuid("g")
LAST = UUID(int=2**128 - 1)


EVENTS: tuple[Event, ...] = (
    account(
        email_address="ada@example.com",
        user_id="42",
        users=(
            AccountUser(user_id="42", connected_at=1, changed_at=1),
            AccountUser(user_id="43", connected_at=1, changed_at=1),
        ),
    ),
    folder(folder="inbox", name="Posteingang", attributes=("\\Inbox",)),
    folder(folder="work", name="Work"),
    content(
        1,
        message="m1",
        subject="Annual report",
        body="<p>Numbers</p>",
        attachments=(Attachment(id="a1", filename="report.pdf", size=7),),
    ),
    state(1, message="m1", unread=True, folders=("inbox", "work")),
    content(2, message="m2", subject="Draft", sender=(Address(email="bob@example.com"),)),
    state(2, message="m2", unread=False, folders=("work",)),
    content(3, message="m3", subject="Gone"),
    state(3, message="m3", deleted=True),
)


def of(topic: Topic) -> list[Record]:
    return records(*(event for event in EVENTS if event.topic == topic))


@pytest.fixture
async def mail(pool: asyncpg.Pool) -> asyncpg.Pool:
    await AccountApplier(pool).apply(of(ACCOUNTS))
    await FolderApplier(pool).apply(of(FOLDERS))
    await MessageApplier(pool, None, ambiguity_microseconds=AMBIGUITY).apply(of(MESSAGES))
    return pool


async def id_of(pool: asyncpg.Pool, table: str, column: str, value: str) -> UUID:
    found: UUID = await pool.fetchval(f"SELECT id FROM {table} WHERE {column} = $1", value)  # noqa: S608
    return found


def column(name: str) -> Callable[[Sequence[asyncpg.Record]], list[Any]]:
    return lambda rows: [row[name] for row in rows]


QUERIES: list[tuple[str, tuple[Any, ...], str, list[Any]]] = [
    ("The user's mailboxes, and whether they are current", ("43",), "email_address", ["ada@example.com"]),
    ("A page of the inbox", (ACCOUNT, "infinity", LAST), "subject", ["Annual report"]),
    ("Unread messages per folder", (ACCOUNT,), "unread", [1, 1]),
    ("Conversations, newest first", (ACCOUNT,), "message_count", [2]),
    ("The messages of a conversation", ("thread",), "body_html", ["<p>Numbers</p>", "<p>body 2</p>"]),
    (
        "One message with its attachments",
        ("message",),
        "attachments",
        [[{"id": "a1", "name": "report.pdf", "type": None, "bytes": 7}]],
    ),
    ("Messages of a sender", (ACCOUNT, "bob@example.com"), "subject", ["Draft"]),
    ("Messages with words", (ACCOUNT, '"annual report" -draft'), "subject", ["Annual report"]),
    ("What changed since", (ACCOUNT, 1, LAST), "deleted", [False, True]),
    ("Whether everything is there", (ACCOUNT,), "proven_at", [None]),
    ("The row of an event", ("g", "m1"), "wanted", [True, True]),
]


def test_every_query_of_the_page_is_tried() -> None:
    titles = re.findall(r"^\*\*(.+?)\.\*\*", PAGE, re.MULTILINE)
    assert titles == [title for title, *_ in QUERIES]


@pytest.mark.parametrize(("title", "arguments", "name", "expected"), QUERIES, ids=lambda each: str(each)[:30])
async def test_a_query_of_the_page(
    mail: asyncpg.Pool, title: str, arguments: tuple[Any, ...], name: str, expected: list[Any]
) -> None:
    """It returns the rows that it should, and reads no table of mail whole."""
    ids = {
        "thread": await id_of(mail, "email_threads", "nylas_thread_id", "t"),
        "message": await id_of(mail, "emails", "nylas_message_id", "m1"),
    }
    given = [ids.get(each, each) if isinstance(each, str) else each for each in arguments]
    async with mail.acquire() as connection:
        if "$2::timestamptz" in query(title):
            await connection.set_type_codec(
                "timestamptz", schema="pg_catalog", encoder=str, decoder=str, format="text"
            )
        rows = await connection.fetch(query(title), *given)
        assert column(name)(rows) == expected
        await connection.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {query(title)}", *given))
        assert not re.search(r"Seq Scan on (emails|email_threads|email_attachments)", plan), plan


async def test_the_row_of_an_event_names_each_user_and_whether_the_mail_is_wanted(mail: asyncpg.Pool) -> None:
    await FolderApplier(mail, None).apply(records(folder(folder="spam", attributes=("\\Junk",))))
    applier = MessageApplier(mail, None, ambiguity_microseconds=AMBIGUITY)
    await applier.apply(records(content(4, message="m4"), state(4, message="m4", folders=("spam",))))

    async def found(message: str) -> list[tuple[str, bool]]:
        rows = await mail.fetch(query("The row of an event"), "g", message)
        return sorted((row["user_id"], row["wanted"]) for row in rows)

    assert await found("m1") == [("42", True), ("43", True)]
    assert await found("m3") == await found("m4") == [("42", False), ("43", False)]
    await applier.apply(records(content(5, message="m5")))
    assert await found("m5") == []  # its state has not arrived


OTHER_INDEXES = """
SELECT indexname FROM pg_indexes
WHERE tablename = 'emails' AND indexname <> $1 AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
"""Of a few rows any index is as good: PostgreSQL 18 skips over the first columns of one that fits worse."""


@pytest.mark.parametrize(
    ("index", "title", "arguments"),
    [
        ("application_words_idx", "Messages with words", (ACCOUNT, "report")),
        ("application_changed_idx", "What changed since", (ACCOUNT, 1, LAST)),
    ],
)
async def test_an_index_of_the_page_serves_its_query(
    mail: asyncpg.Pool, index: str, title: str, arguments: tuple[Any, ...]
) -> None:
    (statement,) = [block for block in blocks("sql") if index in block]
    async with mail.acquire() as connection:
        await connection.execute(statement)
        for (other,) in await connection.fetch(OTHER_INDEXES, index):
            await connection.execute(f"DROP INDEX {other}")
        await connection.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {query(title)}", *arguments))
    assert index in plan
    assert title != "What changed since" or "Sort" not in plan


async def test_mail_of_many_words_is_stored_and_found_beside_the_index(mail: asyncpg.Pool) -> None:
    """Its words have 1.4 MB, and a `tsvector` at most 1 MB (PostgreSQL's documentation, section 12.11)."""
    (statement,) = [block for block in blocks("sql") if "application_words_idx" in block]
    await mail.execute(statement)
    log = " ".join(f"word{number:08}" for number in range(120_000))
    applier = MessageApplier(mail, None, ambiguity_microseconds=AMBIGUITY)
    await applier.apply(records(content(4, message="m4", subject="Log", body=log), state(4, message="m4")))
    rows = await mail.fetch(query("Messages with words"), ACCOUNT, "log word00000001")
    assert column("subject")(rows) == ["Log"]


class Rounds:
    """Reads what changed, in rounds as the page describes them, in pages of five rows."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._since = 0

    async def read(self, after_third_page: Callable[[], Awaitable[object]] | None = None) -> list[UUID]:
        (clock,) = [block for block in blocks("sql") if "since_of_the_next_round" in block]
        statement = query("What changed since").replace("LIMIT 500", "LIMIT 5")
        next_since = await self._pool.fetchval(clock)
        changed, id_, found = self._since, UUID(int=0), []
        while rows := await self._pool.fetch(statement, ACCOUNT, changed, id_):
            found += [row["id"] for row in rows]
            changed, id_ = rows[-1]["changed"], rows[-1]["id"]
            if len(found) == 15 and after_third_page is not None:
                await after_third_page()
        self._since = next_since
        return found


async def test_rounds_miss_no_change_that_is_committed_within_the_margin(pool: asyncpg.Pool) -> None:
    """Also of equal times on several pages, of an open transaction, and of rows that appear behind the reader."""
    minute = 60 * 1_000_000
    now: int = await pool.fetchval("SELECT (extract(epoch FROM now()) * 1000000)::bigint")
    applier = MessageApplier(pool, None, ambiguity_microseconds=AMBIGUITY)

    async def stores(at: int, *names: str) -> None:
        pairs = [(content(at, message=name), state(at, message=name)) for name in names]
        await applier.apply(records(*(event for pair in pairs for event in pair)))

    old, equal = [f"old-{n}" for n in range(12)], [f"equal-{n}" for n in range(12)]
    await stores(now - 300 * minute, *old)
    await stores(now - 30 * minute, *equal)
    rounds = Rounds(pool)
    async with pool.acquire() as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute(
            "UPDATE emails SET state_observed_at = $2 WHERE id = $1", message_uuid("g", "old-0"), now - minute
        )
        first = await rounds.read(lambda: stores(now - 59 * minute, "behind"))
        await transaction.commit()
    assert sorted(first) == sorted(message_uuid("g", name) for name in (*old, *equal))
    await stores(now - 58 * minute, "late")
    await stores(now - 62 * minute, "later than the margin")
    second = await rounds.read()
    expected = ("behind", "late", *equal, "old-0")
    assert sorted(second) == sorted(message_uuid("g", name) for name in expected)
    assert await rounds.read() == second
