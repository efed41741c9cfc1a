"""A safety net below every handler: a record that can never be handled is parked alone (INV-4).

Handlers sanitise what they read and park what they refuse. A text that slipped past all of that, or an
event that is too large for Kafka, would otherwise stop the process at the same record after each restart, and
hold up all mail behind it.
"""

from collections.abc import Awaitable, Callable, Sequence

from pydantic_core import PydanticSerializationError

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.runtime.errors import PermanentError

UNENCODABLE = (UnicodeError, PydanticSerializationError)
"""What a lone surrogate raises: the first in a key, an id or a digest, the second in an event."""

UNPROCESSABLE = (PermanentError, *UNENCODABLE)


async def parked_by(
    handler: Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]], records: Sequence[Record]
) -> list[Parked]:
    """Handle records and return those to park; a batch that fails is halved until the record at fault is alone.

    The others are handled again, as after any failure: what handlers do may be repeated.

    Raises:
        Exception: whatever the handler raises that is no record's fault.
    """
    try:
        return list(await handler(records))
    except UNPROCESSABLE as error:
        if len(records) == 1:
            return [refused(records[0], error)]
    middle = len(records) // 2
    return await parked_by(handler, records[:middle]) + await parked_by(handler, records[middle:])


def refused(record: Record, error: Exception) -> Parked:
    """The dead letter of a record whose handling cannot succeed; an encoder's own message may quote mail."""
    reason = str(error) if isinstance(error, PermanentError) else "a text in it cannot be encoded"
    return Parked(record, type(error).__name__, reason)
