"""Limits how many records a consumer parks, so that a faulty release does not park a whole topic (INV-5).

Two bounds: a share of the records that were seen last, judged over at least `JUDGED` of them, and a number in a row
for one cause. Records that would exceed a bound are not counted, parked or committed, so they exceed it again on every
attempt, until they can be handled or an operator raises the bound (`MAILTIDE_DEAD_LETTER_SHARE`,
`MAILTIDE_DEAD_LETTERS_IN_A_ROW`). The counts are committed as metadata of the offsets, so a restarted or another member
continues from them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.dead_letter_bounds import Bounds

JUDGED = 200
"""Records over which the share is at least judged; three dead letters among five prove nothing."""

REMEMBERED = 2 * JUDGED
"""Number of records at which the counts are halved, so that the share is that of the newest records."""

_LONGEST_CAUSE = 100
"""Most characters of a cause in offset metadata, which Kafka limits to 4 KiB (`offset.metadata.max.bytes`)."""


class LimitReachedError(TransientError):
    """Parking these records would exceed the limit, so the code is probably wrong; nothing is parked or committed."""


class Counts(BaseModel):
    """Counts over the newest records: seen, parked, and parked in a row for one cause."""

    model_config = ConfigDict(frozen=True)

    seen: int = Field(0, ge=0)
    parked: int = Field(0, ge=0)
    in_a_row: int = Field(0, ge=0)
    cause: str = ""
    """The cause of the records parked in a row."""

    def after(self, outcomes: Iterable[str | None]) -> Self:
        """Return the counts with more records added.

        Args:
            outcomes: for each record in order, the cause for which it was parked; None if it was handled.
        """
        seen, parked, in_a_row, cause = self.seen, self.parked, self.in_a_row, self.cause
        for outcome in outcomes:
            seen += 1
            if outcome is None:
                in_a_row, cause = 0, ""
                continue
            parked += 1
            in_a_row = in_a_row + 1 if outcome[:_LONGEST_CAUSE] == cause else 1
            cause = outcome[:_LONGEST_CAUSE]
        return self.model_copy(update={"seen": seen, "parked": parked, "in_a_row": in_a_row, "cause": cause})

    def faded(self) -> Self:
        """Return the counts with `seen` and `parked` halved until `seen` is at most `REMEMBERED`."""
        seen, parked = self.seen, self.parked
        while seen > REMEMBERED:
            seen, parked = seen // 2, parked // 2
        return self.model_copy(update={"seen": seen, "parked": parked})

    def worse(self, other: Self) -> Self:
        """Return counts that combine the greater share and the longer row of both."""
        share, row = max(self, other, key=_share), max(self, other, key=lambda counts: counts.in_a_row)
        return share.model_copy(update={"in_a_row": row.in_a_row, "cause": row.cause})


def _share(counts: Counts) -> float:
    return counts.parked / max(counts.seen, JUDGED)


class DeadLetterLimit:
    """Decides whether a consumer may park records."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._counts = Counts()

    def judge(self, outcomes: Sequence[str | None]) -> None:
        """Raise if parking these records would exceed the limit; nothing is counted.

        Args:
            outcomes: for each record, in order, the cause for which it would be parked, or None.

        Raises:
            LimitReachedError: the limit would be exceeded.
        """
        if not any(outcomes):
            return
        counts, most = self._counts, self._bounds.in_a_row
        for outcome in outcomes:
            counts = counts.after([outcome])
            if most and counts.in_a_row > most:
                raise LimitReachedError(
                    f"more than {most} records in a row (MAILTIDE_DEAD_LETTERS_IN_A_ROW) would be parked,"
                    f" all because of: {counts.cause}"
                )
        if counts.seen >= JUDGED and counts.parked > self._bounds.share * counts.seen:
            last = next(filter(None, reversed(outcomes)))
            raise LimitReachedError(
                f"{counts.parked} of the last {counts.seen} records, a share above {self._bounds.share:g}"
                f" (MAILTIDE_DEAD_LETTER_SHARE), would be parked, the latest because of: {last}"
            )

    def count(self, outcomes: Sequence[str | None]) -> None:
        """Count records that were handled or parked; `outcomes` as in `judge`."""
        self._counts = self._counts.after(outcomes).faded()

    @property
    def note(self) -> str:
        """The counts as metadata of an offset; empty if they include no parked record."""
        return self._counts.model_dump_json() if self._counts.parked else ""

    def recall(self, notes: Iterable[str]) -> bool:
        """Merge committed counts into the present ones (`Counts.worse`); return whether there were any."""
        counts = [read for note in notes if (read := _read(note)) is not None]
        for each in counts:
            self._counts = self._counts.worse(each)
        return bool(counts)


def _read(note: str) -> Counts | None:
    try:
        return Counts.model_validate_json(note) if note else None
    except ValidationError:  # another program's
        return None


async def committed_notes(brokers: Brokers, group: str) -> Mapping[TopicPartition, str]:
    """Return the metadata of a group's committed offsets, by partition.

    aiokafka 0.14 returns committed offsets to a consumer without metadata, but to the admin client with it.

    Raises:
        TransientError: the offsets could not be read.
    """
    try:
        async with admin_client(brokers) as admin:
            committed = await admin.list_consumer_group_offsets(group)
    except (KafkaError, OSError) as error:
        reason = f"reading the committed offsets of {group} failed: {brokers.failure(error)}"
        raise TransientError(reason) from error
    return {tp: meta.metadata or "" for tp, meta in committed.items()}
