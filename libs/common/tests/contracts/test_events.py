"""Contracts: keys, versions, topics and the codec."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode, encode
from mailtide_common.contracts.dead_letters import ErrorClass, Parked, encode_dead_letter, without_bytes
from mailtide_common.contracts.events import (
    EVENT_TYPES,
    Event,
    MessageState,
)
from mailtide_common.contracts.keys import message_uuid, part, partition_part
from mailtide_common.contracts.notification_headers import notification_headers
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import ALL_TOPICS, Cleanup
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.kafka.publisher import partition_for
from mailtide_harness.events import EXAMPLES, VERSION

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def as_record(key: bytes, value: bytes | None, headers: list[tuple[str, bytes | None]]) -> Record:
    return Record("t", 0, 0, key, value, headers, 0)


def kinds(bases: Sequence[type[Event]]) -> set[type[Event]]:
    return {*bases, *(kind for base in bases for kind in kinds(base.__subclasses__()))}


def test_every_event_is_registered_and_has_an_example() -> None:
    assert {kind for kind in kinds(Event.__subclasses__()) if "type" in vars(kind)} == set(EVENT_TYPES)
    assert {type(example) for example in EXAMPLES} == set(EVENT_TYPES)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_events_survive_the_wire(event: Event) -> None:
    encoded = encode(event, source="test", cause=Cause("00-1-2-01", UnixMicros(1)))
    assert decode(as_record(encoded.key, encoded.value, list(encoded.headers))) == event
    names = {name for name, _ in encoded.headers}
    own = {"id", "type", "time", "source"}
    constant, cause = {"ce_specversion", "content-type"}, {"traceparent", "received-at"}
    assert names == own | {f"ce_{name}" for name in own} | constant | cause


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
@pytest.mark.parametrize("cloud", [True, False])
def test_either_form_of_headers_is_read(event: Event, cloud: bool) -> None:
    encoded = encode(event, source="test")
    kept = [(name, value) for name, value in encoded.headers if name.startswith("ce_") == cloud]
    assert decode(as_record(encoded.key, encoded.value, list(kept))) == event


def test_a_record_s_own_headers_count_before_those_of_cloudevents() -> None:
    record = as_record(
        b"k", b"v", [("ce_id", b"theirs"), ("id", b"ours"), ("ce_traceparent", TRACE.encode())]
    )
    assert (record.attribute("id"), record.traceparent) == ("ours", TRACE)
    assert notification_headers(as_record(b"k", b"v", [("ce_id", b"theirs")])).id == "theirs"


def test_events_of_before_are_read_and_written_as_they_were() -> None:
    """`recorded_events.jsonl` holds what earlier releases wrote, with every field set: topic, type, key and value."""
    lines = (Path(__file__).parent / "recorded_events.jsonl").read_text().splitlines()
    recorded = [json.loads(line) for line in lines]
    assert {each["type"] for each in recorded} == {event.type for event in EVENT_TYPES}
    for each in recorded:
        value, record_headers = each["value"].encode(), [("type", each["type"].encode())]
        event = decode(Record(each["topic"], 0, 0, each["key"].encode(), value, record_headers, 0))
        assert isinstance(event, Event), event
        assert (event.topic.name, event.key) == (each["topic"], each["key"])
        written, before = json.loads(event.model_dump_json()), json.loads(value)
        assert {name: written[name] for name in before} == before, "a later field has a default, and is added"


headers = st.lists(
    st.tuples(
        st.sampled_from(["type", "id", "odd"]),
        st.none() | st.binary(max_size=12) | st.sampled_from([e.type.encode() for e in EVENT_TYPES]),
    ),
    max_size=4,
)


@given(st.none() | st.binary(max_size=60), st.none() | st.binary(max_size=200), headers)
def test_arbitrary_records_decode_to_something_and_can_be_parked(
    key: bytes | None, value: bytes | None, record_headers: list[tuple[str, bytes | None]]
) -> None:
    record = Record("t", 1, 2, key, value, record_headers, 3)
    assert isinstance(decode(record), Event | Tombstone | Unreadable)
    letter = encode_dead_letter(Parked(record, ErrorClass.REFUSED, "why"), group="g")
    assert letter.value == value


def test_a_dead_letter_without_its_bytes_says_how_many_they_were() -> None:
    record = Record("t", 0, 0, b"key", None, [("h", b"12345"), ("null", None)], 0)
    bare = without_bytes(Parked(record, ErrorClass.REFUSED, "why"))
    assert (bare.record.key, bare.record.value, bare.record.headers) == (None, b"", ())
    assert bare.message == "why (its 13 bytes were not kept: too large for a dead letter)"


@given(st.text(), st.text(), st.text())
def test_keys_always_have_three_parts_and_differ_when_the_ids_do(grant: str, one: str, other: str) -> None:
    ids = [s.encode("utf-8", "replace").decode() for s in (grant, one, other)]
    keys = [MessageState(grant_id=ids[0], message_id=id_, version=VERSION).key for id_ in ids[1:]]
    assert all(key.count("/") == 2 for key in keys)
    assert (keys[0] == keys[1]) == (ids[1] == ids[2])


@given(st.text(st.characters(codec="utf-8")), st.integers(1, 64))
def test_all_events_of_a_grant_share_a_partition(grant: str, partitions: int) -> None:
    """INV-14."""
    keys = [
        f"{part(grant)}/{id_}/{kind}".encode() for id_, kind in itertools.product("abc", ("content", "state"))
    ]
    chosen = {
        partition_for(key, range(partitions), range(partitions)) for key in [part(grant).encode(), *keys]
    }
    assert len(chosen) == 1
    assert all(partition_part(key) == part(grant).encode() for key in keys)


def test_partitioning_is_kafkas_own_murmur2() -> None:
    """Known answers of the Java client's murmur2, so other producers of these topics can agree."""
    assert [
        partition_for(key, range(1000), ()) for key in (b"21", b"foobar", b"a-little-bit-long-string")
    ] == [(n & 0x7FFFFFFF) % 1000 for n in (-973932308, -790332482, -985981536)]


def test_row_ids_never_change() -> None:
    assert str(message_uuid("g", "m")) == "5edf8654-97dc-5b00-9799-90aa3dd3d137"


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Source), st.sampled_from("ab")), min_size=2))
def test_versions_have_one_winner_in_any_order(parts: list[tuple[int, Source, str]]) -> None:
    """INV-13."""
    versions = [Version(observed_at=at, source=source, event_id=id_) for at, source, id_ in parts]
    assert max(v.key for v in versions) == max(v.key for v in reversed(versions))


def test_compacted_topics_keep_for_ever_and_others_say_how_long() -> None:
    for topic in ALL_TOPICS:
        assert (topic.retention_days is None) == (topic.cleanup is Cleanup.COMPACT), topic.name
        assert topic.producers, topic.name
        assert topic.consumers, topic.name


@given(st.integers(-1, 10**13), st.integers(0, 10**16), st.sampled_from(Source))
def test_no_observation_is_much_newer_than_its_record(
    record_ms: int, observed_at: int, source: Source
) -> None:
    """INV-15."""
    version = Version(observed_at=observed_at, source=source, event_id="e")
    event = MessageState(grant_id="g", message_id="m", version=version)
    encoded = encode(event, source="test")
    record = Record("t", 0, 0, encoded.key, encoded.value, encoded.headers, record_ms)
    read = decode(record)
    assert isinstance(read, MessageState)
    if record_ms <= 0 or source is Source.CONTROL:
        assert read.version == version
    else:
        assert read.version.observed_at == min(observed_at, record_ms * 1_000 + 5_000_000)
    assert decode(record) == read
