"""Lone surrogates, NUL or huge texts in any field stop no other mail."""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.codec import Encoded, Record, decode
from mailtide_common.contracts.dead_letters import ErrorClass
from mailtide_common.contracts.events import Event, Lane, MessageContent, MessageState, SyncKind
from mailtide_common.contracts.keys import message_uuid
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import ALL_TOPICS, MIB, NOTIFICATIONS
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.server import Switch
from mailtide_devkit.local import waiting
from mailtide_devkit.local.kafka import Kafka
from mailtide_harness.publisher import RecordingPublisher, record_of
from mailtide_harness.sync_worker import NewHarness
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.messages.changes import changes, read_page
from mailtide_sync_worker.messages.compared_state import KnownMessage, MessageKey
from mailtide_sync_worker.notifications.interpret import RULES
from mailtide_sync_worker.notifications.translate import Translator
from mailtide_sync_worker.publishing.publish_fitting import publish_fitting, refused_messages

GROUP = "any-text"
VERSION = Version(observed_at=1, source=Source.API, event_id="r")
HALF, NUL, LONG = "half \ud800", "nul \x00", "long " * 20_000
NASTY = (HALF, "\udfff", NUL, LONG)

MESSAGE: dict[str, Any] = {
    "object": "message", "id": "m1", "grant_id": "g1", "thread_id": "t1", "subject": "s", "snippet": "s",
    "from": [{"name": "Ada", "email": "a@b.c"}], "to": [{"name": "Ben", "email": "b@b.c"}], "cc": [], "bcc": [],
    "reply_to": [{"name": "R", "email": "r@b.c"}], "date": 1_763_949_990, "unread": True, "starred": False,
    "folders": ["INBOX"], "body": "b", "message_id": "m1", "name": "Folder", "attributes": ["\\Inbox"],
    "attachments": [{"id": "a1", "filename": "f", "content_type": "text/plain", "size": 1, "content_id": "c"}],
    "provider": "google", "email": "a@b.c", "grant_status": "valid", "code": 400, "error": "why",
}  # fmt: skip
"""All that the object of a notification may contain."""

TYPES = (
    "message.created",
    "message.updated",
    "message.created.truncated",
    "message.deleted",
    *RULES,
    "odd.type",
)


def envelope(type_: str) -> dict[str, Any]:
    return {
        "specversion": "1.0", "type": type_, "source": "/google/emails/realtime", "id": "n1",
        "time": 1_763_950_001, "webhook_delivery_attempt": 1,
        "data": {"application_id": "app", "grant_id": "g1", "object": deepcopy(MESSAGE)},
    }  # fmt: skip


Path = tuple[Any, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value, inner ones too."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from paths(item, (*path, name))


def replaced(value: Any, path: Path, by: Any) -> Any:
    changed = deepcopy(value)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = by
    return changed


def poisoned() -> list[bytes]:
    """Every notification type with every field made nasty, one at a time."""
    return [
        json.dumps(replaced(envelope(type_), path, text)).encode()
        for type_ in TYPES
        for path in paths(envelope(type_))
        for text in NASTY[:3]
    ]


def good(number: int) -> bytes:
    object_ = {**MESSAGE, "id": f"good-{number}", "grant_id": f"other-{number}"}
    return json.dumps({**envelope("message.created"), "data": {"object": object_}}).encode()


class EmptyIndex(KnownState):
    """A database that knows every grant and no message."""

    def __init__(self) -> None:
        """A pool is not required."""

    async def list_messages(
        self, keys: Sequence[MessageKey], *, timeout: float | None = None
    ) -> dict[MessageKey, KnownMessage]:
        assert timeout is None or timeout > 0
        assert len({message_uuid(*key) for key in keys}) == len(keys), "the real one looks them up by these"
        return {}

    async def list_registered_grants(
        self, grant_ids: Sequence[str], *, timeout: float | None = None
    ) -> set[str]:
        assert timeout is None or timeout > 0
        return set(grant_ids)

    async def list_purged_grants(self, grant_ids: Sequence[str], *, timeout: float | None = None) -> set[str]:
        assert timeout is None or timeout > 0
        assert all("\x00" not in grant_id for grant_id in grant_ids)
        return set()


def as_record(body: bytes) -> Record:
    record: Record = record_of(NOTIFICATIONS, Encoded(b"k", body, []))
    return record


async def translated(bodies: Sequence[bytes]) -> tuple[list[Event], set[str]]:
    """Return the events of a batch, and the reasons for which records of it are parked."""
    published = RecordingPublisher()
    parked = await Translator(EmptyIndex(), published).translate([as_record(body) for body in bodies])
    return published.events, {letter.error_class for letter in parked}


def is_good(events: Sequence[Event], numbers: Sequence[int]) -> bool:
    found = {(type(e), e.grant_id) for e in events if isinstance(e, MessageContent | MessageState)}
    return all({(MessageContent, f"other-{n}"), (MessageState, f"other-{n}")} <= found for n in numbers)


async def test_a_nasty_text_in_any_field_of_any_notification_is_storable() -> None:
    bodies = poisoned()
    events, reasons = await translated([good(1), *bodies, good(2)])
    assert is_good(events, [1, 2])
    assert reasons == {ErrorClass.UNREADABLE}
    for event in events:
        text = event.model_dump_json()
        assert "\\u0000" not in text, "no later reader meets a NUL"


ANY_TEXT = st.text("aé\x00\ud800\udfff\U0001f600", max_size=6) | st.sampled_from(NASTY)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT | st.sampled_from(["id"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    type_=st.sampled_from(TYPES),
    outer=st.dictionaries(st.sampled_from(["specversion", "source", "id", "time"]), ANY_TEXT | ANY_JSON),
    found=st.dictionaries(st.sampled_from([*MESSAGE]), ANY_TEXT | ANY_JSON, min_size=4),
    omitted=st.just(set[str]()) | st.sets(st.sampled_from([*MESSAGE])),
)
async def test_any_json_in_any_field_leaves_the_mail_of_others_alone(
    type_: str, outer: dict[str, Any], found: dict[str, Any], omitted: set[str]
) -> None:
    whole = {**MESSAGE, **found}
    object_ = {name: whole[name] for name in whole.keys() - omitted}
    body = {**envelope(type_), **outer, "data": {"grant_id": "g1", "object": object_}}
    events, reasons = await translated([good(1), json.dumps(body).encode(), good(2)])
    assert is_good(events, [1, 2])
    assert reasons <= {ErrorClass.UNREADABLE}


async def test_a_message_that_fits_no_record_is_cut_and_one_whose_id_does_not_fit_is_left_out() -> None:
    endless = "\x01" * 6 * MIB  # as JSON six times as much
    listed = [
        MESSAGE,
        {**MESSAGE, "id": "m2", "subject": endless, "body": endless, "to": [{"name": endless}] * 3},
        {**MESSAGE, "id": "i" * 20 * MIB},
        {**MESSAGE, "id": "m4"},
    ]
    published = RecordingPublisher()
    events = changes(read_page(listed, "g1"), {}, VERSION, Lane.SYNC).events
    left_out = await publish_fitting(published, events)
    assert refused_messages(left_out).keys() == {"i" * 20 * MIB}
    contents = {e.message_id: e for e in published.events if isinstance(e, MessageContent)}
    assert list(contents) == ["m1", "m2", "m4"]
    assert contents["m2"].sanitised
    assert len(contents["m2"].body or "") == MIB
    assert not contents["m4"].sanitised


class Nasty(httpx.AsyncBaseTransport):
    """A transport to the simulator that makes one field nasty in every third object of each answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.field, self.text = "", ""
        self.met = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        await response.aread()
        found = json.loads(response.content)
        self._spoil(found.get("data"))
        if self.field == "next_cursor":
            self.met += 1
            found["next_cursor"] = self.text
        return httpx.Response(response.status_code, content=json.dumps(found).encode())

    def _spoil(self, data: Any) -> None:
        items = data if isinstance(data, list) else [data]
        for path in [path for path in paths(items[::3]) if path[-1] == self.field]:
            self.met += 1
            place = items[::3]
            for name in path[:-1]:
                place = place[name]
            is_list = isinstance(place[path[-1]], list)
            place[path[-1]] = [self.text, self.text] if is_list else self.text


FIELDS = {
    SyncKind.DELTA: (
        "id",
        "thread_id",
        "subject",
        "snippet",
        "name",
        "email",
        "folders",
        "body",
        "date",
        "next_cursor",
    ),
    SyncKind.AUDIT: ("id", "thread_id", "folders", "date", "next_cursor"),
    SyncKind.MESSAGE: ("id", "grant_id", "thread_id", "subject", "from", "filename", "folders"),
    SyncKind.THREAD: ("id", "thread_id", "subject", "name", "next_cursor"),
    SyncKind.ACCOUNT: ("id", "name", "email", "provider", "grant_status", "attributes", "next_cursor"),
}


@pytest.mark.parametrize("text", [HALF, NUL, LONG], ids=["half", "nul", "long"])
async def test_a_nasty_text_in_any_answer_is_an_outcome_and_the_rest_is_stored(
    new_harness: NewHarness, text: str
) -> None:
    """Every field of every answer that a pull uses; what is not nasty in the page is stored all the same."""
    for kind, fields in FIELDS.items():
        harness = await new_harness(filled=False, size=6, days=5, attachments=1.0)
        nasty = Nasty(harness.transport)
        harness.use_client(transport=nasty)
        for nasty.field in fields:
            nasty.text, nasty.met = text, 0
            request: dict[str, Any] = {"message_id": harness.newest(1)[0], "thread_id": "t", "since": 1}
            if kind is SyncKind.THREAD:
                request["thread_id"] = next(iter(harness.mailbox.messages.values())).thread_id
            await harness.slice(kind, **request)
            await harness.store()
            assert nasty.met, f"{kind}: no answer holds {nasty.field}"
        if kind is SyncKind.DELTA:
            assert set(harness.newest(6)) <= (await harness.local()).keys()
        for event in harness.publisher.events:
            assert "\\u0000" not in event.model_dump_json()


async def is_committed(settings: KafkaSettings, records: int) -> bool:
    async with admin_client(settings.brokers) as admin:
        offsets = await admin.list_consumer_group_offsets(group_id(GROUP, NOTIFICATIONS))
    committed: int = sum(meta.offset for meta in offsets.values() if meta.offset > 0)
    return committed >= records


async def test_the_real_consumer_commits_past_every_nasty_notification(
    kafka: Kafka, pool: asyncpg.Pool
) -> None:
    settings = KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers)
    await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
    switch = Switch()
    async with Publisher(settings.brokers, source="test") as publisher:
        consumers = Consumers(settings, publisher, switch, Health(), service="test")
        translator = Translator(KnownState(pool), publisher)
        consumers.batch(NOTIFICATIONS, group=GROUP, handler=translator.translate)
        bodies = [good(1), *poisoned()[::7], good(2)]
        await publisher.send_all([(NOTIFICATIONS, Encoded(b"k", body, [])) for body in bodies])
        await consumers.start()
        try:
            await waiting.until(lambda: is_committed(settings, len(bodies)), what="everything is committed")
        finally:
            await consumers.stop()
    assert switch.exit_code == 0
    events = [
        event
        for topic in ALL_TOPICS
        async for chunk in read_to_end(settings.brokers, topic)
        for record in chunk.records
        if topic is not NOTIFICATIONS and isinstance(event := decode(record), Event)
    ]
    assert is_good(events, [1, 2])
