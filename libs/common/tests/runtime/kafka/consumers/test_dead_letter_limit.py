"""A consumer that would park too much halts, and continues once the records can be handled."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from structlog.testing import capture_logs

from mailtide_common.contracts.codec import Record, decode
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.events import IncidentSeen
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import SYNC_EVENTS, Topic
from mailtide_common.runtime.kafka.consumers import dead_letter_box
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.consumers.dead_letter_bounds import Bounds
from mailtide_common.runtime.kafka.consumers.dead_letter_box import DeadLetterBox
from mailtide_common.runtime.kafka.consumers.dead_letter_limit import (
    DeadLetterLimit,
    LimitReachedError,
)
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.server import Switch
from mailtide_devkit.local import waiting
from mailtide_harness.consumers import dead_letters_of, lag, send, until, until_committed
from mailtide_harness.publisher import RecordingPublisher

IN_A_ROW = 20
BOUNDS = Bounds(share=0.2, in_a_row=100)
GOOD, BAD, WORSE = None, ErrorClass.REFUSED, "WorseError"


def parks(limit: DeadLetterLimit, outcomes: Sequence[str | None]) -> bool:
    try:
        limit.judge(outcomes)
    except LimitReachedError:
        return False
    limit.count(outcomes)
    return True


def test_bursts_below_the_bounds_pass_and_more_does_not() -> None:
    limit = DeadLetterLimit(BOUNDS)
    assert parks(limit, [GOOD] * 400)
    assert parks(limit, [BAD] * 50)
    assert parks(limit, [GOOD] * 400)
    assert parks(limit, [BAD, GOOD, GOOD, GOOD, GOOD] * 10)
    assert not parks(limit, [BAD, GOOD] * 200), "half of what comes"
    assert not parks(limit, [BAD] * 101), "too many in a row"
    assert parks(limit, [GOOD] * 400), "what can be handled always passes"


def test_few_records_make_no_share_but_a_row() -> None:
    limit = DeadLetterLimit(BOUNDS)
    assert parks(limit, [BAD] * 60)
    assert parks(limit, [WORSE] * 60)
    assert not parks(limit, [WORSE] * 41), "the row goes on from batch to batch"
    assert parks(DeadLetterLimit(Bounds(share=1, in_a_row=0)), [BAD] * 10_000), "no limit"


@pytest.mark.fault
@given(st.lists(st.integers(0, 30)), st.integers(1, 20))
def test_a_row_is_counted_over_restarts(sizes: list[int], in_a_row: int) -> None:
    """INV-5."""
    note, parked = "", 0
    for size in sizes:
        restarted = DeadLetterLimit(Bounds(share=1, in_a_row=in_a_row))
        restarted.recall([note, "", "another program's", '{"seen": -1}'])
        if parks(restarted, [BAD] * size):
            parked, note = parked + size, restarted.note
    assert parked <= in_a_row


@pytest.mark.fault
def test_a_share_is_counted_over_restarts() -> None:
    first, second = (
        DeadLetterLimit(Bounds(share=0.5, in_a_row=0)),
        DeadLetterLimit(Bounds(share=0.5, in_a_row=0)),
    )
    assert parks(first, [BAD, GOOD] * 150)
    second.recall([first.note])
    assert not parks(second, [BAD])
    assert parks(second, [GOOD])


async def test_counts_are_read_again_after_an_assignment_that_comes_meanwhile() -> None:
    reads = 0

    async def notes() -> dict[TopicPartition, str]:
        nonlocal reads
        reads += 1
        if reads == 1:
            box.forget()
        return {}

    box = DeadLetterBox("topic", "group", RecordingPublisher(), DeadLetterLimit(BOUNDS), notes)
    await box.recall()
    await box.recall()
    assert reads == 2


@asynccontextmanager
async def running(
    settings: KafkaSettings,
    publisher: Publisher,
    add: Callable[[Consumers], None],
) -> AsyncIterator[httpx.AsyncClient]:
    switch, health = Switch(), Health()
    health.ready = True
    consumers = Consumers(settings, publisher, switch, health, service="test")
    add(consumers)
    await consumers.start()
    transport = httpx.ASGITransport(Starlette(routes=list(health.routes())))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client
    finally:
        await consumers.stop()
    assert switch.exit_code == 0


async def unready(client: httpx.AsyncClient) -> bool:
    failing: list[str] = (await client.get("/readyz")).json()["failing"]
    return failing == ["dead letters"]


async def halts(settings: KafkaSettings, group: str) -> list[bool]:
    events = [
        decode(record)
        async for chunk in read_to_end(settings.brokers, SYNC_EVENTS)
        for record in chunk.records
        if record.key == group.encode()
    ]
    return [event.lasts for event in events if isinstance(event, IncidentSeen)]


@pytest.mark.parametrize("loop", ["batch", "keyed"])
async def test_a_bad_version_parks_little_and_a_mended_one_goes_on(
    settings: KafkaSettings,
    topic: Topic,
    publisher: Publisher,
    monkeypatch: pytest.MonkeyPatch,
    loop: str,
) -> None:
    """INV-5."""
    monkeypatch.setattr(dead_letter_box, "HALT_SECONDS", 0.2)
    monkeypatch.setattr("mailtide_common.runtime.kafka.consumers.group_member.HALT_SECONDS", 0.2)
    limited = settings.model_copy(update={"mailtide_dead_letters_in_a_row": IN_A_ROW})
    handled: list[bytes] = []
    tries = 0

    def tried() -> bool:
        return tries > 2

    def consume(*, mended: bool) -> Callable[[Consumers], None]:
        async def one(record: Record) -> Parked | None:
            nonlocal tries
            tries += 1
            if not mended and (record.value or b"").startswith(b"bad"):
                return Parked(record, ErrorClass.REFUSED, "a bad version")
            handled.append(record.value or b"")
            return None

        async def many(records: Sequence[Record]) -> Sequence[Parked]:
            return [parked for record in records if (parked := await one(record)) is not None]

        def add(consumers: Consumers) -> None:
            if loop == "batch":
                consumers.batch(topic, group="g", handler=many, max_records=7)
            else:
                consumers.keyed(topic, group="g", handler=one, max_in_flight=3)

        return add

    await send(publisher, topic, [b"good"] * 10 + [b"bad%d" % n for n in range(60)], keys=1)
    for _ in range(2):  # the second one as after a restart
        tries = 0
        async with running(limited, publisher, consume(mended=False)) as client:
            await waiting.until(lambda: unready(client), what="it is halted")
            tries = 0
            await until(tried)
        parked = await dead_letters_of(settings, topic)
        assert 0 < len(parked) <= IN_A_ROW
        assert await lag(settings, topic, "g") == 60 - len(parked), "nothing is committed past it"
    async with running(limited, publisher, consume(mended=True)) as client:
        await until_committed(settings, topic, "g")
        assert not await unready(client)
    assert len(await dead_letters_of(settings, topic)) == len(parked)
    assert len(set(handled)) == 1 + 60 - len(parked)
    said = await halts(settings, group_id("g", topic))
    assert (said[0], said[-1]) == (True, False)


@pytest.mark.parametrize("loop", ["batch", "keyed"])
async def test_a_rebalance_does_not_wait_for_a_halted_consumer(
    settings: KafkaSettings, topic: Topic, publisher: Publisher, loop: str
) -> None:
    limited = settings.model_copy(update={"mailtide_dead_letters_in_a_row": 1})
    made: list[Consumers] = []

    async def one(record: Record) -> Parked | None:
        return Parked(record, ErrorClass.REFUSED, "a bad version")

    async def many(records: Sequence[Record]) -> Sequence[Parked]:
        return [Parked(record, ErrorClass.REFUSED, "a bad version") for record in records]

    def add(consumers: Consumers) -> None:
        made.append(consumers)
        if loop == "batch":
            consumers.batch(topic, group="g", handler=many)
        else:
            consumers.keyed(topic, group="g", handler=one, max_in_flight=3)

    await send(
        publisher, topic, [b"bad"] * 9, keys=1
    )  # of one partition: only a real rebalance ends fetching
    async with running(limited, publisher, add) as client:
        await waiting.until(lambda: unready(client), what="it is halted")
        ((_, member),) = made[0]._loops  # noqa: SLF001
        with capture_logs() as logged:
            await member.on_partitions_revoked(sorted(member.consumer.assignment()))
    assert "drain_abandoned" not in {line["event"] for line in logged}


async def test_an_operator_lets_everything_pass(
    settings: KafkaSettings,
    topic: Topic,
    publisher: Publisher,
) -> None:
    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        return [Parked(record, ErrorClass.REFUSED, "no") for record in records]

    unlimited = settings.model_copy(
        update={"mailtide_dead_letters_in_a_row": 0, "mailtide_dead_letter_share": 1.0}
    )
    await send(publisher, topic, [b"bad"] * 250)
    async with running(unlimited, publisher, lambda c: c.batch(topic, group="g", handler=handler)):
        await until_committed(settings, topic, "g")
    assert len(await dead_letters_of(settings, topic)) == 250
