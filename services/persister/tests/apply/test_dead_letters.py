"""Dead letters are stored whatever they contain."""

from typing import Any

import asyncpg
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import ErrorClass, Parked, encode_dead_letter
from mailtide_harness.persister import Tables
from mailtide_persister.apply.dead_letters import DeadLetterApplier


def letter(origin: Record, offset: int = 0) -> Record:
    encoded = encode_dead_letter(
        Parked(origin, ErrorClass.UNREADABLE, "no type header", 3), group="persister"
    )
    return Record("mail.dead-letters.v1", 1, offset, encoded.key, encoded.value, encoded.headers, 1_000)


async def test_a_letter_is_kept_once_with_its_bytes(pool: asyncpg.Pool) -> None:
    applier = DeadLetterApplier(pool)
    origin = Record(
        "mail.messages.v1", 4, 17, b"k", b"\x00\xff", [("a", b"text"), ("b", b"\xff"), ("c", None)], 5
    )
    assert (await applier.apply([letter(origin), letter(origin, 1)])).changed == 1
    assert (await applier.apply([letter(origin, 2)])).changed == 0
    row = await pool.fetchrow("SELECT * FROM dead_letters")
    assert (row["origin_topic"], row["origin_partition"], row["origin_offset"]) == ("mail.messages.v1", 4, 17)
    assert (row["origin_group"], row["error_class"], row["attempts"]) == ("persister", "unreadable", 3)
    assert (row["key"], row["value"]) == (b"k", b"\x00\xff")
    assert row["headers"] == [{"name": "a", "text": "text"}, {"name": "b", "base64": "/w=="}]


@settings(max_examples=100)
@given(
    key=st.none() | st.binary(max_size=20),
    value=st.none() | st.binary(max_size=20),
    headers=st.lists(
        st.tuples(
            st.text(max_size=5)
            | st.sampled_from(["dead-letter-offset", "dead-letter-topic", "dead-letter-attempts"]),
            st.none() | st.binary(max_size=30) | st.integers(0, 2**80).map(lambda n: str(n).encode()),
        ),
        max_size=6,
    ),
)
async def test_any_record_is_kept(
    *, key: bytes | None, value: bytes | None, headers: list[Any], pool: asyncpg.Pool, tables: Tables
) -> None:
    await tables.clear()
    applied = await DeadLetterApplier(pool).apply(
        [Record("mail.dead-letters.v1", 0, 0, key, value, headers, 0)]
    )
    assert applied.changed == 1
    assert not applied.parked
