"""Shares: partitions apart, one result, and nothing left running behind a failure."""

import asyncio
from collections.abc import Sequence

import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.runtime.errors import TransientError
from mailtide_persister.apply.batch_result import BatchResult
from mailtide_persister.apply.parallel import in_parallel


def record(partition: int, offset: int) -> Record:
    return Record("t", partition, offset, None, None, [], 0)


async def test_a_partition_keeps_its_order_in_one_lane() -> None:
    shares: list[list[tuple[int, int]]] = []

    async def apply(records: Sequence[Record]) -> BatchResult:
        shares.append([(r.partition, r.offset) for r in records])
        return BatchResult(len(records), 1, (Parked(records[0], ErrorClass.REFUSED, "m"),))

    records = [record(partition, offset) for offset in range(3) for partition in range(4)]
    applied = await in_parallel(apply)(records)
    assert (applied.records, applied.changed, len(applied.parked)) == (12, 2, 2)
    assert len(shares) == 2
    for share in shares:
        for partition in {p for p, _ in share}:
            assert [o for p, o in share if p == partition] == [0, 1, 2]


async def test_a_failure_waits_for_the_other_lane() -> None:
    finished = asyncio.Event()
    failed = asyncio.Event()

    async def apply(records: Sequence[Record]) -> BatchResult:
        if records[0].partition == 0:
            failed.set()
            raise TransientError("away")
        await failed.wait()
        finished.set()
        return BatchResult(1, 1)

    with pytest.raises(TransientError):
        await in_parallel(apply)([record(0, 0), record(1, 0)])
    assert finished.is_set()
