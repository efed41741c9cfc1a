"""For any bytes, the envelope is found or not; nothing raises or takes long."""

import gzip
import json
import time
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_ingress import limits
from mailtide_ingress.webhooks.envelope import Envelope, envelope_of, peek
from mailtide_nylas import parse_json
from mailtide_nylas.webhooks.compressed import MAX_INFLATED_BYTES, Broken, TooLargeInflated, gunzip

CREATED = {
    "type": "message.created",
    "id": "n-1",
    "webhook_delivery_attempt": 2,
    "data": {"object": {"grant_id": "g-1", "id": "m-1"}},
}
FOUND = Envelope("g-1", "n-1", "message.created", 2)

ENCODINGS = st.none() | st.sampled_from(["", "gzip", "GZIP", "x-gzip", "identity", "br", "gzip, gzip"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "object", "grant_id", "id", "type", "webhook_delivery_attempt"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def found(value: Any) -> Envelope | TooLargeInflated:
    return peek(json.dumps(value).encode(), None)


@given(st.binary(max_size=300), ENCODINGS)
def test_arbitrary_bytes_never_raise(body: bytes, encoding: str | None) -> None:
    assert isinstance(peek(body, encoding), Envelope)


@given(JSON)
def test_arbitrary_json_never_raises_and_gives_usable_ids(value: Any) -> None:
    envelope = found(value)
    assert isinstance(envelope, Envelope)
    for text in (envelope.grant_id, envelope.id, envelope.type):
        assert text is None or 0 < len(text.encode()) <= 4 * 256


@given(JSON, st.sampled_from(["", '"id": "first", ', '"data": {"grant_id": "first"}, ', "\n "]))
def test_skipping_other_fields_changes_nothing(value: Any, before: str) -> None:
    text = json.dumps(value)
    body = f"{{{before}{text[1:]}" if text.startswith("{") and value else text
    try:
        expected = envelope_of(parse_json(body.encode()))
    except ValueError:
        expected = Envelope()
    assert peek(body.encode(), None) == expected


@given(st.binary(max_size=300), st.binary(max_size=20), st.integers(0, 40))
def test_damaged_gzip_never_raises(plain: bytes, tail: bytes, cut: int) -> None:
    compressed = gzip.compress(plain)
    for damaged in (compressed + tail, compressed[: len(compressed) - cut], compressed[cut:]):
        assert isinstance(gunzip(damaged), bytes | Broken)


@given(st.binary(max_size=2_000))
def test_gzip_is_inflated(plain: bytes) -> None:
    assert gunzip(gzip.compress(plain)) == plain


def test_the_envelope_is_found_plain_and_compressed() -> None:
    body = json.dumps(CREATED).encode()
    assert peek(body, None) == FOUND
    assert peek(body, "identity") == FOUND
    assert peek(gzip.compress(body), "gzip") == FOUND
    assert peek(gzip.compress(body[:20]) + gzip.compress(body[20:]), "GZIP") == FOUND


def test_the_grant_of_tracking_events_is_one_level_higher() -> None:
    envelope = found(
        {"type": "thread.replied", "data": {"grant_id": "outer", "object": {"grant_id": "inner"}}}
    )
    assert envelope == Envelope("outer", None, "thread.replied", None)


def test_a_lone_surrogate_in_the_mail_does_not_hide_the_grant() -> None:
    body = json.dumps(CREATED | {"subject": "\ud800", "n": float("nan")}).encode()
    assert peek(body, None) == FOUND


@pytest.mark.parametrize("grant", ["", None, 7, [], "x" * 257, "\ud800"])
def test_what_cannot_be_a_key_is_no_grant(grant: Any) -> None:
    envelope = found({"type": "t", "id": "n", "data": {"object": {"grant_id": grant}}})
    assert envelope == Envelope(None, "n", "t", None)


@pytest.mark.parametrize("attempt", [None, True, 0, -1, 1.0, "1", 10**9, 10**400])
def test_nonsense_is_no_attempt(attempt: Any) -> None:
    envelope = found({"type": "t", "webhook_delivery_attempt": attempt})
    assert isinstance(envelope, Envelope)
    assert envelope.delivery_attempt is None


def test_deep_nesting_is_unreadable() -> None:
    assert peek(b'{"type":' + b"[" * 200_000, None) == Envelope()


def test_the_inflated_limit_is_inclusive() -> None:
    exactly = bytes(MAX_INFLATED_BYTES)
    assert gunzip(gzip.compress(exactly, 1)) == exactly
    assert isinstance(gunzip(gzip.compress(exactly + b"0", 1)), TooLargeInflated)
    two_members = gzip.compress(exactly, 1) + gzip.compress(b"0")
    assert isinstance(gunzip(two_members), TooLargeInflated)


def test_a_bomb_is_not_inflated() -> None:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1024 * 1024)
    bomb = b"".join(compressor.compress(zeros) for _ in range(512)) + compressor.flush()
    assert len(bomb) < limits.MAX_BODY_BYTES
    tracemalloc.start()
    try:
        assert isinstance(peek(bomb, "gzip"), TooLargeInflated)
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_INFLATED_BYTES
    finally:
        tracemalloc.stop()


def test_a_whole_body_of_empty_members_costs_little_time() -> None:
    """They inflate to nothing, so no limit of bytes would end them; all that a body can hold take about 0.1 s."""
    members = gzip.compress(b"") * (limits.MAX_BODY_BYTES // 20)
    started = time.process_time()
    assert gunzip(members) == b""
    assert time.process_time() - started < 2


@given(st.lists(st.binary(max_size=500), min_size=1, max_size=100), st.integers(0, 40_000))
def test_any_number_of_members_and_zero_bytes_behind_them_are_whole(parts: list[bytes], zeros: int) -> None:
    assert gunzip(b"".join(map(gzip.compress, parts)) + bytes(zeros)) == b"".join(parts)
