"""Detects outages of webhook delivery, opens incidents, and syncs what was missed."""

from collections.abc import Iterable

import asyncpg

from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.times import of_datetime
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.logs import get_logger
from mailtide_nylas import Webhook
from mailtide_nylas.webhooks.notifications import TRIGGERS
from mailtide_scheduler.accounts.store import schedule_all_now
from mailtide_scheduler.database import transaction
from mailtide_scheduler.incidents.incidents import close_incidents, open_incident
from mailtide_scheduler.sync_intervals import SyncIntervals
from mailtide_scheduler.wakeups import Signals

from .store import Destination

DELIVERING = "active"

log = get_logger(__name__)


class OutageWatch:
    """Opens and ends the incidents about undelivered webhooks and a refused API key.

    After an outage of the webhooks, it makes all accounts due.
    """

    def __init__(self, pool: asyncpg.Pool, intervals: SyncIntervals, signals: Signals) -> None:
        self._pool = pool
        self._intervals = intervals
        self._signals = signals

    async def key_refused(self, reason: str) -> None:
        """Open an incident, because Nylas refuses the API key.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        async with transaction(self._pool) as connection:
            await open_incident(connection, AlertKind.KEY_REFUSED, "nylas", reason, now_us())

    async def unmanaged(self) -> None:
        """End the incidents that only a check of the destination can end, because there are no more checks.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        async with transaction(self._pool) as connection:
            for kind in (AlertKind.KEY_REFUSED, AlertKind.WEBHOOK_DOWN, AlertKind.WEBHOOK_SILENT):
                await close_incidents(connection, kind, None, now_us())

    async def check(self, ours: Webhook | None, known: Iterable[Destination], url: str) -> None:
        """Open an incident if webhooks may have been lost (see `trouble`).

        Call it before the repair, which may fail.

        Args:
            ours: the destination as Nylas lists it; None: Nylas does not list it.
            known: the stored destinations.
            url: the URL of the destination.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        before = next((destination for destination in known if destination.url == url), None)
        reason = trouble(ours, before)
        if reason is None:
            return
        subject = next((each.id for each in (ours, before) if each is not None), url)
        seen_good = None if before is None else of_datetime(before.updated_at)
        async with transaction(self._pool) as connection:
            await open_incident(
                connection, AlertKind.WEBHOOK_DOWN, subject, reason, now_us(), since=seen_good
            )

    async def delivering(self, destination_id: str) -> None:
        """Record that the destination works. This ends the incidents.

        After an outage, all accounts become due, and an alert says so.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        now = now_us()
        async with transaction(self._pool) as connection:
            await close_incidents(connection, AlertKind.KEY_REFUSED, None, now)
            ended = await close_incidents(connection, AlertKind.WEBHOOK_DOWN, None, now)
            if not ended:
                return
            since = min(each.since for each in ended)
            await schedule_all_now(connection, since, self._intervals.windows)
            reason = "Nylas delivers again; all accounts are synced over the outage"
            await open_incident(
                connection, AlertKind.WEBHOOK_RESTORED, destination_id, reason, now, momentary=True
            )
        log.warning("webhook_restored", destination_id=destination_id)
        self._signals.work()


def trouble(ours: Webhook | None, before: Destination | None) -> str | None:
    """Return why webhooks may have been lost; None if there is no such reason. Pure.

    If the destination is neither listed nor stored, it never existed, and nothing was lost.

    Args:
        ours: the destination as Nylas lists it; None: Nylas does not list it.
        before: the stored destination, as in the last successful check; None: none is stored.
    """
    if ours is None:
        return None if before is None else "the webhook destination was deleted at Nylas"
    if ours.status not in {None, DELIVERING}:
        return f"the webhook destination's status at Nylas is {ours.status}"
    lost = (
        set()
        if before is None
        else set(before.trigger_types).intersection(TRIGGERS) - set(ours.trigger_types)
    )
    return f"the webhook destination lost triggers: {', '.join(sorted(lost))}" if lost else None
