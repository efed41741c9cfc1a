"""Measures how fast a writer, such as the persister alone, turns a backlog of records into rows."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from mailtide_common.contracts.events import Address, Lane, MessageContent, MessageState
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import MESSAGES
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_devkit.local.process import Process
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.instances import instances
from mailtide_devkit.stack.stack import Stack

from .cpu import Meter, Usage
from .deliveries import GRANTS, bodies
from .report import Result

AT_ONCE = 200
FIRST_MAIL_AT = 1_700_000_000
MOST_PROCESSES = 4
RAW_JSON = {"schema": "pg_catalog", "encoder": bytes, "decoder": bytes, "format": "binary"}


async def fill(stack: Stack, mails: int, size: int) -> None:
    """Publish content and state of `mails` messages, three to a thread, as the worker does."""
    texts = bodies(size)
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="benchmark") as publisher:
        for first in range(0, mails, AT_ONCE):
            numbers = range(first, min(mails, first + AT_ONCE))
            await publisher.publish_all([event for n in numbers for event in mail(n, texts[n % len(texts)])])


def mail(number: int, body: str) -> tuple[MessageContent, MessageState]:
    """Return content and state of message `number`; they are the same in every run."""
    grant, message = f"grant-{number // 3 % GRANTS}", f"m-{number}"
    version = Version(observed_at=number + 1, source=Source.API, event_id="e")
    content = MessageContent(
        grant_id=grant, message_id=message, version=version, lane=Lane.LIVE, thread_id=f"t-{number // 3}",
        subject=f"Benchmark {number}", snippet="A benchmark", body=f"{body}{number}",
        from_=(Address(name="Ada", email="ada@example.com"),), to=(Address(name="Ben", email="ben@example.net"),),
        cc=(), bcc=(), reply_to=(), attachments=(), received_at=FIRST_MAIL_AT + number,
        content_hash=f"content {number}", core_hash=f"core {number}",
    )  # fmt: skip
    state = MessageState(grant_id=grant, message_id=message, version=version, unread=True, folders=("INBOX",))
    return content, state


async def rate(
    stack: Stack,
    result: str,
    read: tuple[str, str, int],
    start: Callable[[], Awaitable[object]],
    *,
    mails: int,
    writer: tuple[str, Mapping[str, Process]],
) -> Result:
    """Start a writer, wait until its consumer group has committed all records, and return its figures.

    Args:
        stack: its Kafka has the records; its Postgres is written to.
        result: the name of the result.
        read: the group, the topic, and the number of records that the group will commit.
        start: starts the writer.
        mails: the number of messages in the records.
        writer: the name of its process, and the process if it is not one of the stack's.
    """
    group, topic, records = read
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka.bootstrap_servers)
    await admin.start()
    samples: list[tuple[float, int]] = []
    try:

        async def committed() -> int:
            offsets = await admin.list_consumer_group_offsets(group)
            return sum(max(0, at.offset) for tp, at in offsets.items() if tp.topic == topic)

        before = await committed()
        meter = Meter(stack, writer[1])
        # A task, because the first process may be done before the last one is ready.
        starting = asyncio.ensure_future(start())

        async def done() -> bool:
            await asyncio.sleep(0.1)
            share = (await committed() - before) / records
            samples.append((time.monotonic(), round(share * mails)))
            return share >= 1

        await until(done, seconds=300, what=f"{result} is done")
        await starting
    finally:
        await admin.close()
    return Result(result, figures(mails, samples, meter.read(), writer[0]))


def figures(mails: int, samples: list[tuple[float, int]], usage: Usage, process: str) -> dict[str, object]:
    """Return the rate of the second half, and processor time per message of the writer's processes and of Postgres."""
    ended, last = samples[-1]
    half, rows = next((sample for sample in samples if mails / 2 <= sample[1] < last), samples[-2])
    writers = [used for name, used in usage.of_process.items() if name in instances(process, MOST_PROCESSES)]
    return {
        "rows/s": round((last - rows) / (ended - half)),
        "writer us": round(sum(writers) / mails * 1e6),
        "postgres us": round(usage.of_process["postgres"] / mails * 1e6),
        "foreign cores": round(usage.foreign, 2),
    }


async def persist(
    stack: Stack, mails: int, size: int, name: str = "persister", *, processes: int = 1
) -> Result:
    """Stop all persisters, publish `mails` messages, and return the figures of so many `processes`, which then stop."""
    await stack.scale("persister", 0)
    await fill(stack, mails, size)
    read = (group_id("persister", MESSAGES), MESSAGES.name, 2 * mails)
    result = await rate(
        stack, name, read, lambda: stack.scale("persister", processes), mails=mails, writer=("persister", {})
    )
    await stack.scale("persister", 0)
    return result


async def rows_of(database_url: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return the column names and the rows of `emails`; JSON is in Postgres' binary form."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.set_type_codec("jsonb", **RAW_JSON)
        rows = await connection.fetch("SELECT * FROM emails ORDER BY content_observed_at")
        return list(rows[0].keys()), [tuple(row.values()) for row in rows]
    finally:
        await connection.close()


async def empty_copy(stack: Stack, name: str) -> str:
    """Create a copy of the stack's database without mail, and return its URL."""
    connection = await asyncpg.connect(stack.postgres.url_of("postgres"))
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
        source = stack.database_url.rpartition("/")[2]
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
    finally:
        await connection.close()
    url = stack.postgres.url_of(name)
    await delete_mail(url)
    return url


async def delete_mail(url: str) -> None:
    """Empty the mail tables of a database, and write out what Postgres has only in memory."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("TRUNCATE emails, email_threads, email_attachments, withheld_messages")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def ratio(result: Result, other: Result) -> str:
    """Return the rate of a result, divided by that of the other."""
    return f"{result.figures['rows/s'] / other.figures['rows/s']:.2f}"


def as_json(value: object) -> str:
    """Return JSON text from Postgres' binary form, a version byte and the text; any other value as `str`."""
    return json.dumps(json.loads(bytes(value)[1:])) if isinstance(value, bytes) else str(value)
