"""Use case: drop what is neither news nor needed to recognise what is read again."""

import time

from .alerts.store import prune_incidents
from .channels.store import delete_previous_secrets
from .database import Connection
from .outbox.store import prune_deliveries, prune_notices
from .rules.store import prune_candidates


async def tidy(connection: Connection, *, max_age_seconds: int) -> None:
    """Prune every table. Safe to repeat, and in several processes."""
    await prune_notices(connection)
    await prune_deliveries(connection)
    await prune_incidents(connection)
    await delete_previous_secrets(connection)
    await prune_candidates(connection, int(time.time()) - max_age_seconds)
