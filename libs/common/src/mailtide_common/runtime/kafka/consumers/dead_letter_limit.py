"""Limits how many records a consumer parks, so that a faulty release does not park a whole topic (INV-5).

There are two bounds:

- a share of the newest records, which is judged over at least `JUDGED` records
  (`MAILTIDE_DEAD_LETTER_SHARE`);
- a number of records in a row with one cause (`MAILTIDE_DEAD_LETTERS_IN_A_ROW`).

A batch whose dead letters would exceed a bound is not committed, and none of its records is parked. It is
tried again until its records can be handled, or until an operator raises the bound.

The counts are committed as metadata of the offsets. After a restart or a rebalance, a member continues from
them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.consumers.dead_letter_bounds import Bounds

JUDGED = 200
"""Least number of records over which the share is judged. Three dead letters among five records prove
nothing."""

REMEMBERED = 2 * JUDGED
"""Number of records above which the counts are halved, so that newer records weigh more than older ones."""

_LONGEST_CAUSE = 100
"""Maximum number of characters of a cause in offset metadata, which Kafka limits to 4 KiB
(`offset.metadata.max.bytes`)."""


class LimitReachedError(TransientError):
    """Parking would exceed the limit, so the release is probably faulty. Nothing of the batch is parked."""


class Counts(BaseModel):
    """Counts over the newest records. `faded` reduces `seen` and `parked`, so that they are estimates.

    Attributes:
        seen: number of records that were handled or parked.
        parked: number of parked records.
        in_a_row: number of the latest records that were parked in a row for `cause`.
        cause: the cause of the latest parked records, or "" if the latest record was handled.
    """

    model_config = ConfigDict(frozen=True)

    seen: int = Field(0, ge=0)
    parked: int = Field(0, ge=0)
    in_a_row: int = Field(0, ge=0)
    cause: str = ""

    def after(self, outcomes: Iterable[str | None]) -> Self:
        """Return the counts with more records added.

        Args:
            outcomes: for each record, in order, the cause for which it was parked, or None.
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
        """Combine two counts: return the greater share of parked records, and the longer row."""
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
        """Check whether parking these records would exceed the limit. The records are not counted.

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
                    f"more than {most} records in a row would be parked because of: {counts.cause} "
                    "(the limit is MAILTIDE_DEAD_LETTERS_IN_A_ROW)"
                )
        if counts.seen >= JUDGED and counts.parked > self._bounds.share * counts.seen:
            last = next(filter(None, reversed(outcomes)))
            raise LimitReachedError(
                f"about {counts.parked} of the last {counts.seen} records would be parked, the latest because of: "
                f"{last} (the largest allowed share is MAILTIDE_DEAD_LETTER_SHARE, {self._bounds.share:g})"
            )

    def count(self, outcomes: Sequence[str | None]) -> None:
        """Count records that were handled or parked. `outcomes` is as in `judge`."""
        self._counts = self._counts.after(outcomes).faded()

    @property
    def note(self) -> str:
        """The counts as metadata of an offset, or "" if no record was parked."""
        return self._counts.model_dump_json() if self._counts.parked else ""

    def recall(self, notes: Iterable[str]) -> bool:
        """Merge committed counts into the present counts. Return whether `notes` contain counts."""
        counts = [read for note in notes if (read := _read(note)) is not None]
        for each in counts:
            self._counts = self._counts.worse(each)
        return bool(counts)


def _read(note: str) -> Counts | None:
    try:
        return Counts.model_validate_json(note) if note else None
    except ValidationError:  # the metadata is from another program
        return None


async def committed_notes(brokers: Brokers, group: str) -> Mapping[TopicPartition, str]:
    """Return the metadata of a group's committed offsets, by partition.

    This needs the admin client, because aiokafka 0.14 gives a consumer no metadata.

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
