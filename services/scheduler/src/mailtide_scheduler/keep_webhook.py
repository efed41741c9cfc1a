"""Keeps the webhook destination in the background, and tells the accounts which one is theirs."""

import asyncio
import random
import time
from dataclasses import dataclass

import asyncpg

from mailtide_common.contracts.events import Account
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.publisher import Publisher
from mailtide_nylas import NylasError

from . import due, limits, metrics
from .database import connected
from .webhook_store import accounts_without_webhook
from .webhooks import WebhookEnsurer

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KeeperState:
    """How the last look at the destination went."""

    destination_id: str | None = None
    error: str | None = "not looked at yet"
    failures: int = 0


class WebhookKeeper:
    """Ensures the destination at the start and on demand, and again until it succeeds. Never blocks a sync."""

    def __init__(
        self, pool: asyncpg.Pool, publisher: Publisher, ensurer: WebhookEnsurer, *, managed: bool
    ) -> None:
        """Nothing but republishing secrets is done when not `managed`: the operator keeps the destination."""
        self._pool = pool
        self._publisher = publisher
        self._ensurer = ensurer
        self._managed = managed
        self._wanted = asyncio.Event()
        self._stopping = False
        self._sent: dict[str, tuple[int, float]] = {}
        self.state = KeeperState(error=None if not managed else "not looked at yet")

    @property
    def managed(self) -> bool:
        """Whether Mailtide keeps the destination."""
        return self._managed

    def account_connected(self) -> None:
        """Somebody's mail is wanted: do not wait for the back-off to end."""
        if self.state.destination_id is None:
            self._wanted.set()

    def stop(self) -> None:
        """End the loop."""
        self._stopping = True
        self._wanted.set()

    async def run(self) -> None:
        """Keep the destination until stopped."""
        await self._republish()
        if not self._managed:
            log.warning("webhooks_not_managed", reason="MAILTIDE_MANAGE_WEBHOOKS is false")
            return
        while not self._stopping:
            if self.state.destination_id is None:
                await self.ensure()
            destination_id = self.state.destination_id
            if destination_id is None:
                await self._pause(due.ensure_delay(self.state.failures, random.random()))  # noqa: S311 - jitter
                continue
            await self._complete_accounts(destination_id)
            await self._pause(limits.COMPLETE_SECONDS)

    async def ensure(self) -> KeeperState:
        """Look at the destination now; failures are noted, not raised."""
        try:
            destination_id = await self._ensurer.ensure()
        except (NylasError, TransientError) as error:
            self.state = KeeperState(None, str(error), self.state.failures + 1)
            metrics.WEBHOOK_ENSURED.labels("failed").inc()
            metrics.WEBHOOK_ACTIVE.set(0)
            log.warning("webhook_not_ensured", reason=str(error), failures=self.state.failures)
        else:
            self.state = KeeperState(destination_id, None, 0)
            metrics.WEBHOOK_ENSURED.labels("ok").inc()
            metrics.WEBHOOK_ACTIVE.set(1)
            log.info("webhook_ensured", destination_id=destination_id)
        return self.state

    async def _republish(self) -> None:
        while not self._stopping:
            try:
                await self._ensurer.republish()
            except TransientError as error:
                log.warning("secrets_not_republished", reason=str(error))
                await self._pause(limits.ENSURE_FIRST_SECONDS)
            else:
                return

    async def _complete_accounts(self, destination_id: str) -> None:
        """Publish accounts again that do not name the destination; what is on its way is not sent twice."""
        try:
            async with connected(self._pool) as connection:
                accounts = await accounts_without_webhook(connection, destination_id)
            await self._publisher.publish_all(self._not_sent(accounts))
        except TransientError as error:
            self._sent = {}
            log.warning("accounts_not_completed", reason=str(error))

    def _not_sent(self, accounts: list[Account]) -> list[Account]:
        now = time.monotonic()
        before, self._sent = self._sent, {}
        wanted: list[Account] = []
        for account in accounts:
            version, sent_at = before.get(account.grant_id, (0, 0.0))
            if version != account.version.observed_at or now - sent_at > limits.COMPLETE_AGAIN_SECONDS:
                wanted.append(account)
                sent_at = now
            self._sent[account.grant_id] = (account.version.observed_at, sent_at)
        return wanted

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wanted.wait(), seconds)
        except TimeoutError:
            return
        self._wanted.clear()
