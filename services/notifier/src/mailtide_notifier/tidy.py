"""Deletes rows that are no longer needed."""

import time

from .alerts.store import prune_incidents
from .channels.store import delete_previous_secrets
from .database import Connection
from .outbox.store import prune_deliveries, prune_notices
from .rules.store import prune_candidates


async def tidy(connection: Connection, *, max_age_seconds: int) -> None:
    """Delete old notices, deliveries, incidents and candidates, and expired signing secrets.

    A call deletes at most `limits.PRUNE_BATCH` rows of each kind. Candidates are old if they were received
    more than `max_age_seconds` ago. Several processes may do this at once.
    """
    await prune_notices(connection)
    await prune_deliveries(connection)
    await prune_incidents(connection)
    await delete_previous_secrets(connection)
    await prune_candidates(connection, int(time.time()) - max_age_seconds)
