"""Finds the record of a batch that its handler can never process, so that the record is parked (INV-4).

Usually a handler itself returns the records to park. But it raises an error for a text that it did not
sanitise, or for an event that is too large for Kafka. Without isolation, the process would stop at the same
record after each restart.
"""

from collections.abc import Awaitable, Callable, Sequence

from pydantic_core import PydanticSerializationError

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.runtime.errors import PermanentError

UNENCODABLE = (UnicodeError, PydanticSerializationError)
"""Errors that a lone surrogate causes: UnicodeError in a key, an id or a digest;
PydanticSerializationError in an event."""

UNPROCESSABLE = (PermanentError, *UNENCODABLE)


async def parked_by(
    handler: Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]], records: Sequence[Record]
) -> list[Parked]:
    """Handle records, and return the records to park.

    If the handler raises an error of `UNPROCESSABLE`, handle each half of the batch separately. If a
    single record fails, its dead letter is returned. Records may be handled more than once, which is harmless.

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
    """Return the dead letter of a record that cannot be handled.

    It includes the text of a `PermanentError`. Other texts may quote mail.
    """
    if isinstance(error, PermanentError):
        return Parked(record, error.error_class, str(error))
    return Parked(record, ErrorClass.UNENCODABLE, "the record contains a text that cannot be encoded")
