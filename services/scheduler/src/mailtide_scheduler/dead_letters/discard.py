"""Discards dead letters that are not needed."""

from mailtide_common.contracts.api.dead_letters import Discard, DiscardResult
from mailtide_scheduler.database import Connection, sql


async def discard(connection: Connection, wanted: Discard) -> DiscardResult:
    """Discard up to `wanted.most` dead letters that wait for a decision; return their number.

    They are chosen by id, or by error class and topic. Letters that another request is sending are left out.
    Discarded letters stay stored until they are pruned.
    """
    return DiscardResult(discarded=await mark_discarded(connection, wanted))


async def mark_discarded(connection: Connection, wanted: Discard) -> int:
    ids = None if wanted.ids is None else list(wanted.ids)
    rows = await connection.fetch(
        sql(__package__, "mark_discarded"), ids, wanted.error_class, wanted.topic, wanted.most, wanted.note
    )
    return len(rows)
