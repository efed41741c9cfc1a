"""Batches are cut by bytes without losing or reordering anything."""

from dataclasses import dataclass

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.runtime.kafka.consumers.batch_loop import by_bytes


@dataclass(frozen=True)
class Raw:
    offset: int
    value: bytes | None


@given(st.lists(st.lists(st.none() | st.integers(0, 30), max_size=8), max_size=4), st.integers(1, 40))
def test_parts_are_small_and_hold_everything_in_order(sizes: list[list[int | None]], most: int) -> None:
    batches = {
        TopicPartition("t", number): [
            Raw(offset, None if size is None else b"x" * size) for offset, size in enumerate(batch)
        ]
        for number, batch in enumerate(sizes)
        if batch
    }
    parts = list(by_bytes(batches, most))
    for tp, batch in batches.items():
        assert [raw for part in parts for raw in part.get(tp, [])] == batch
    for part in parts:
        records = [raw for batch in part.values() for raw in batch]
        assert records
        assert len(records) == 1 or sum(len(raw.value or b"") for raw in records) <= most
