"""Deletes the notifier's data about purged accounts (INV-23)."""

from collections.abc import Sequence

import asyncpg

from mailtide_common.contracts.codec import Record, decode
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.events import Purged

from .alerts.store import delete_purged_incidents
from .database import transaction
from .outbox.store import delete_purged_notices, update_purged_deliveries
from .rules.store import delete_purged_candidates


class Forgetter:
    """Consumes `mail.purges.v1`, and deletes the notifier's data about purged accounts."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def handle(self, records: Sequence[Record]) -> Sequence[Parked]:
        """Delete notices, pending deliveries, incidents and candidates of purged accounts. Safe to repeat.

        The texts and labels of finished deliveries are erased. If a deleted delivery contained notices of
        other accounts, these are assembled again. Markers of purges that have ended are skipped.

        Returns:
            No dead letters. Unreadable markers are skipped, because the persister reports them.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        events = [decode(record) for record in records]
        accounts = [e.account_id for e in events if isinstance(e, Purged) and e.lifted_at is None]
        if accounts:
            async with transaction(self._pool) as connection:
                await update_purged_deliveries(connection, accounts)
                await delete_purged_notices(connection, accounts)
                await delete_purged_incidents(connection, accounts)
                await delete_purged_candidates(connection, accounts)
        return []
