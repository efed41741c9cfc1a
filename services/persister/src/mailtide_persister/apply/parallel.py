"""Writes a batch over several connections: a mailbox is in one partition, so they never touch the same rows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from mailtide_common.contracts.codec import Record
from mailtide_persister.limits import WRITERS

from .batch_result import BatchResult

Apply = Callable[[Sequence[Record]], Awaitable[BatchResult]]


def in_parallel(apply: Apply) -> Apply:
    """Return an applier that handles several partitions of a batch concurrently.

    It waits for all partitions even if one fails: no part of a batch may still be written after its rewind.
    """

    async def apply_lanes(records: Sequence[Record]) -> BatchResult:
        shares: dict[int, list[Record]] = {}
        for record in records:
            shares.setdefault(record.partition % WRITERS, []).append(record)
        if len(shares) < 2:
            return await apply(records)
        results = await asyncio.gather(*(apply(share) for share in shares.values()), return_exceptions=True)
        return _merge(results)

    return apply_lanes


def _merge(results: Sequence[BatchResult | BaseException]) -> BatchResult:
    applied = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        applied.append(result)
    return BatchResult(
        sum(a.records for a in applied),
        sum(a.changed for a in applied),
        tuple(letter for a in applied for letter in a.parked),
    )
