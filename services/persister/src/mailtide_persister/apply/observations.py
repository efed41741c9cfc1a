"""Decodes a batch of records, and groups its observations. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote

from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.events import Event
from mailtide_common.contracts.keys import is_roll

E = TypeVar("E", bound=Event)


class Observation(NamedTuple, Generic[E]):
    """An event, and the record that contains it."""

    record: Record
    event: E


@dataclass(slots=True)
class DecodedBatch(Generic[E]):
    """A decoded batch: what to purge first, what to store afterwards, and what to park."""

    purged: set[tuple[str, ...]] = field(default_factory=set)
    """Names of the objects that tombstones purge."""
    observations: list[Observation[E]] = field(default_factory=list)
    """Grouped by object. The observations of one object are in the order of the log."""
    parked: list[Parked] = field(default_factory=list)


def decode_batch(
    records: Sequence[Record],
    wanted: tuple[type[E], ...],
    *,
    key_parts: int,
    name_parts: int,
    last_part: str | None = None,
) -> DecodedBatch[E]:
    """Decode a batch. Records without data (`keys.is_roll`) are skipped; those that are unreadable are parked.

    Observations of an object before its tombstone are dropped.

    Args:
        records: in the order of the log.
        wanted: the event types that belong on the topic; other events are parked.
        key_parts: number of parts, separated by `/`, that the key of a tombstone must have. Other tombstones
            are parked. If it is 0, all tombstones are parked.
        name_parts: number of leading parts that name the object.
        last_part: if given, only tombstones whose key ends with this part purge their object. Other
            tombstones are ignored.
    """
    result: DecodedBatch[E] = DecodedBatch()
    # Encoded names are enough to group.
    by_name: dict[tuple[str, ...], list[Observation[E]]] = {}
    for record in records:
        if is_roll(record.key_text):
            continue
        decoded = decode(record)
        parts = record.key_text.split("/")
        name = tuple(parts[:name_parts])
        if isinstance(decoded, Unreadable):
            result.parked.append(Parked(record, ErrorClass.UNREADABLE, decoded.reason))
        elif isinstance(decoded, Tombstone):
            if len(parts) != key_parts:
                fault = (
                    f"must have a key of {key_parts} parts" if key_parts else "does not belong on this topic"
                )
                result.parked.append(Parked(record, ErrorClass.UNREADABLE, f"a tombstone {fault}"))
                continue
            if last_part not in (None, parts[-1]):
                continue
            by_name.pop(name, None)
            result.purged.add(name_of(decoded.key)[:name_parts])
        elif isinstance(decoded, wanted):
            by_name.setdefault(name, []).append(Observation(record, decoded))
        else:
            result.parked.append(
                Parked(record, ErrorClass.UNEXPECTED, f"{decoded.type} does not belong on this topic")
            )
    result.observations = [o for group in by_name.values() for o in group]
    return result


def name_of(key: str) -> tuple[str, ...]:
    """Return the percent-decoded parts of a key."""
    return tuple(unquote(part) for part in key.split("/"))


def grants_of(purged: Iterable[tuple[str, ...]]) -> set[str]:
    return {name[0] for name in purged}
