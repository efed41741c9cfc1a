"""Stores dead letters, so that operators can query them."""

from collections.abc import Sequence

import asyncpg

from mailtide_common.contracts.codec import Record
from mailtide_common.runtime.logs import get_logger
from mailtide_persister import metrics
from mailtide_persister.rows.dead_letter_rows import dead_letter_row
from mailtide_persister.rows.rows import account_uuid

from . import store
from .batch_result import BatchResult
from .isolate_unstorable import write_isolating_failures
from .observations import name_of

log = get_logger(__name__)


class DeadLetterApplier:
    """Applies batches of `mail.dead-letters.v1` to `dead_letters`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def apply(self, records: Sequence[Record]) -> BatchResult:
        """Store the dead letters of a batch, except those of purged accounts. Repeating it changes nothing.

        A dead letter that Postgres refuses is logged. It is not parked again.

        Raises:
            TransientError: Postgres is unavailable; the batch must not be committed.
        """
        changed, refused = await write_isolating_failures(records, self._write, lambda record: record)
        for letter in refused:
            metrics.UNSTORABLE_DEAD_LETTERS.inc()
            log.error(
                "dead_letter_refused",
                partition=letter.record.partition,
                offset=letter.record.offset,
                reason=letter.message,
            )
        return BatchResult(len(records), changed)

    async def _write(self, records: Sequence[Record]) -> int:
        owned = [(record, account_uuid(name_of(record.key_text)[0])) for record in records]
        async with store.transaction(self._pool) as connection:
            purged = await store.list_purged(connection, {account for _, account in owned})
            return await store.insert_dead_letters(
                connection, [dead_letter_row(record) for record, account in owned if account not in purged]
            )
