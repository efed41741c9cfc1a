"""Keeps the webhook destination in its desired state, and adds its id to the accounts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from math import nan

import asyncpg

from mailtide_common.contracts.events import Account
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import wait_for_event
from mailtide_nylas import (
    NylasError,
    NylasPermanentError,
    NylasThrottledError,
    NylasTransientError,
    NylasUnauthorizedError,
    NylasUnreadableError,
)
from mailtide_nylas.paths import WEBHOOK, WEBHOOKS
from mailtide_scheduler import limits, metrics
from mailtide_scheduler.database import connected

from .destination import DestinationEnsurer
from .outage import OutageWatch
from .silence import SilenceDetector
from .store import list_accounts_without_webhook

log = get_logger(__name__)

CHECK_KEY = "check NYLAS_API_KEY and NYLAS_API_URI (US or EU)"
CHECK_URL = (
    "Nylas refused the webhook destination. Usually PUBLIC_URL did not answer Nylas' challenge (check with "
    "`mailtide webhooks test`), or another destination has that URL"
)
CHALLENGED = frozenset({f"POST {WEBHOOKS}", f"PUT {WEBHOOK}"})
"""Endpoints whose refusal is usually about the destination's URL."""


@dataclass(frozen=True, slots=True)
class ReconcilerState:
    """The result of the last check of the destination.

    Attributes:
        destination_id: the id from the last successful check; None: no check has succeeded.
        error: why the last check failed, or that there was none. None: it succeeded, or the destination is
            not managed.
        failures: failed checks in a row.
        person_needed: whether the error needs a person. An outage ends by itself.
    """

    destination_id: str | None = None
    error: str | None = "not checked yet"
    failures: int = 0
    person_needed: bool = False


class WebhookReconciler:
    """Checks and repairs the destination periodically and on demand, with back-off after failures.

    No sync waits for it. If `managed` is False, `run` republishes the secrets once, ends the incidents about the
    destination, and returns.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        publisher: Publisher,
        ensurer: DestinationEnsurer,
        watch: OutageWatch,
        silence: SilenceDetector,
        *,
        managed: bool,
        check_seconds: float,
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._ensurer = ensurer
        self._watch = watch
        self._silence = silence
        self._managed = managed
        self._check_seconds = check_seconds
        self._check_at = 0.0
        self._wanted = asyncio.Event()
        self._stopping = False
        self._sent: dict[str, tuple[int, float]] = {}
        self.state = ReconcilerState(error=None if not managed else "not checked yet")

    @property
    def managed(self) -> bool:
        return self._managed

    def account_connected(self) -> None:
        """Make the loop check at once if no destination is known yet, because a user is waiting for mail.

        The back-off after failures is ignored.
        """
        if self.state.destination_id is None:
            self._check_at = 0.0
            self._wanted.set()

    def stop(self) -> None:
        self._stopping = True
        self._wanted.set()

    async def run(self) -> None:
        """Republish the secrets. Then, if `managed`, call `once` until stopped; else end incidents and return."""
        await self._begin()
        if not self._managed:
            metrics.WEBHOOK_ACTIVE.set(nan)
            log.warning("webhook_management_disabled", reason="MAILTIDE_MANAGE_WEBHOOKS is false")
            return
        while not self._stopping:
            await self._pause(await self.once())

    async def once(self) -> float:
        """Check and repair the destination if that is due; return the seconds until the next call is due.

        Also publish the destination's id with accounts that lack it, and look for silence. Failures are
        recorded or logged, not raised.
        """
        if time.monotonic() >= self._check_at:
            await self.ensure()
        destination_id = self.state.destination_id
        if destination_id is not None:
            await self._complete_accounts(destination_id)
            await self._check_silence(destination_id)
        left = max(self._check_at - time.monotonic(), 0.0)
        return left if destination_id is None else min(left, limits.COMPLETE_SECONDS)

    async def ensure(self) -> ReconcilerState:
        """Check the destination now, and create or repair it.

        Failures are recorded in the returned state, not raised.
        """
        return await self._check(self._ensurer.ensure)

    async def rotate(self) -> ReconcilerState:
        """Check the destination as `ensure` does, and rotate its secret.

        Failures are recorded in the returned state, not raised.
        """
        return await self._check(self._ensurer.rotate)

    async def _check(self, check: Callable[[], Awaitable[str]]) -> ReconcilerState:
        try:
            destination_id = await check()
            await self._watch.delivering(destination_id)
        except (NylasError, TransientError) as error:
            reason = await self._explain(error)
            outage = isinstance(error, NylasTransientError | NylasThrottledError | TransientError)
            self.state = ReconcilerState(
                self.state.destination_id, reason, self.state.failures + 1, person_needed=not outage
            )
            metrics.WEBHOOK_CHECKS.labels("failed").inc()
            metrics.WEBHOOK_ACTIVE.set(0)
            log.warning("webhook_check_failed", reason=reason, failures=self.state.failures)
            pause = limits.ENSURE_BACKOFF.seconds(self.state.failures - 1)
            self._check_at = time.monotonic() + min(pause, self._check_seconds)
            return self.state
        if self.state.destination_id != destination_id:
            log.info("webhook_checked", destination_id=destination_id)
        self.state = ReconcilerState(destination_id, None, 0)
        self._check_at = time.monotonic() + self._check_seconds
        metrics.WEBHOOK_CHECKS.labels("ok").inc()
        metrics.WEBHOOK_ACTIVE.set(1)
        return self.state

    async def _explain(self, error: Exception) -> str:
        """Return the reason of a failed check.

        A 401 means that the API key or the region is wrong, and opens an incident.
        """
        if isinstance(error, NylasPermanentError) and not isinstance(error, NylasUnreadableError):
            return f"{CHECK_URL}: {error}" if error.endpoint in CHALLENGED else str(error)
        if not isinstance(error, NylasUnauthorizedError):
            return str(error)
        reason = f"{CHECK_KEY}: {error}"
        with suppress(TransientError):  # the next check tries again
            await self._watch.key_refused(reason)
        return reason

    async def _check_silence(self, destination_id: str) -> None:
        """Open or end the incident about silence, and replace the secrets that the detector has deleted."""
        try:
            silent = await self._silence.check(destination_id)
        except TransientError as error:
            log.warning("silence_check_failed", reason=str(error))
            return
        if silent:
            await self.ensure()

    async def _begin(self) -> None:
        """Republish the secrets, and end incidents if not `managed`. Repeat both until they succeed."""
        while not self._stopping:
            try:
                await self._ensurer.republish()
                if not self._managed:
                    await self._watch.unmanaged()
            except TransientError as error:
                log.warning("webhook_start_failed", reason=str(error))
                await self._pause(limits.ENSURE_BACKOFF.seconds(0))
            else:
                return

    async def _complete_accounts(self, destination_id: str) -> None:
        """Publish accounts whose row lacks the destination's id.

        Accounts that were just published with it are left out.
        """
        try:
            async with connected(self._pool) as connection:
                accounts = await list_accounts_without_webhook(connection, destination_id)
            await self._publisher.publish_all(self._not_sent(accounts))
        except TransientError as error:
            self._sent = {}
            log.warning("account_publish_failed", reason=str(error))

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
        await wait_for_event(self._wanted, seconds)
        self._wanted.clear()
