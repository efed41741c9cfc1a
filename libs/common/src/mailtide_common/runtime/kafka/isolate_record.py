"""Isolates a record that its handler can never process, by halving the batch, so that it is parked (INV-4).

Handlers sanitise their input and return the records that they refuse. Without isolation, a text that no sanitiser
caught, or an event that is too large for Kafka, would stop the process at the same record after each restart.
"""

from collections.abc import Awaitable, Callable, Sequence

from pydantic_core import PydanticSerializationError

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.runtime.errors import PermanentError

UNENCODABLE = (UnicodeError, PydanticSerializationError)
"""Errors that a lone surrogate raises: the first in a key, an id or a digest, the second in an event."""

UNPROCESSABLE = (PermanentError, *UNENCODABLE)


async def parked_by(
    handler: Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]], records: Sequence[Record]
) -> list[Parked]:
    """Handle records and return those to park; a batch that fails permanently is halved, down to the bad record.

    The other records are handled again, which is harmless, as after any failure.

    Raises:
        Exception: any other error of the handler.
    """
    try:
        return list(await handler(records))
    except UNPROCESSABLE as error:
        if len(records) == 1:
            return [refused(records[0], error)]
    middle = len(records) // 2
    return await parked_by(handler, records[:middle]) + await parked_by(handler, records[middle:])


def refused(record: Record, error: Exception) -> Parked:
    """Return the dead letter of a record that cannot be handled; only a `PermanentError`'s text is safe to include."""
    if isinstance(error, PermanentError):
        return Parked(record, error.error_class, str(error))
    return Parked(record, ErrorClass.UNENCODABLE, "a text in it cannot be encoded")
