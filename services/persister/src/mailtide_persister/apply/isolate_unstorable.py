"""Writes a batch of items, and isolates the items that Postgres refuses (INV-4)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import ErrorClass, Parked

T = TypeVar("T")


def is_refusal(error: Exception) -> bool:
    """Return whether Postgres or its driver refused a value.

    Postgres' errors of this kind have the SQLSTATE class 22, 23 or 54.
    """
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)  # the driver's own DataError
    return isinstance(
        error,
        asyncpg.DataError | asyncpg.IntegrityConstraintViolationError | asyncpg.ProgramLimitExceededError,
    )


async def write_isolating_failures(
    items: Sequence[T],
    write: Callable[[Sequence[T]], Awaitable[int]],
    record_of: Callable[[T], Record],
) -> tuple[int, list[Parked]]:
    """Write all items except those that Postgres refuses, which are found by halving.

    If an account is purged meanwhile, Postgres refuses a row that refers to it. So items are written once more
    after such a refusal: `write` then leaves out those of the purged account.

    Args:
        items: in the order in which they are written.
        write: writes all given items, or none if Postgres refuses one; returns the number of changes.
        record_of: returns the record to park for an item.

    Returns:
        The number of changes, and the records to park.

    Raises:
        Exception: an error of `write` that is no refusal, such as a TransientError. Earlier items may stay
            written; repeating them changes nothing.
    """
    if not items:
        return 0, []
    try:
        try:
            return await write(items), []
        except asyncpg.ForeignKeyViolationError:
            return await write(items), []
    except Exception as error:
        if not is_refusal(error):
            raise
        if len(items) == 1:
            return 0, [Parked(record_of(items[0]), ErrorClass.UNSTORABLE, _reason(error))]
    middle = len(items) // 2
    changed_first, parked_first = await write_isolating_failures(items[:middle], write, record_of)
    changed_second, parked_second = await write_isolating_failures(items[middle:], write, record_of)
    return changed_first + changed_second, parked_first + parked_second


def _reason(error: Exception) -> str:
    """Return a reason without the error's own message, which may quote mail."""
    state = getattr(error, "sqlstate", None) or "driver"
    constraint = getattr(error, "constraint_name", None)
    return f"refused by Postgres: {type(error).__name__}, {state}" + (f", {constraint}" if constraint else "")
