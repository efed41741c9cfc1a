"""Publishes secrets of webhook destinations to every ingress: current, previous and pending ones (INV-29)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from mailtide_common.contracts.events import WebhookSecret
from mailtide_common.contracts.times import after
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_nylas import NylasError, NylasTransientError
from mailtide_scheduler import limits

from .store import Destination

PENDING = "pending"
"""Key of the record that announces a secret which Nylas is about to issue."""

REPLACED = "/replaced"
"""Suffix of the key of a replaced secret. It follows the destination's id."""


class SecretPublisher:
    """Publishes encrypted secrets. All methods raise TransientError if Kafka is unavailable."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._said: dict[str, str] = {}
        """The ciphertext that this process has published last, by destination."""

    async def current(self, destination_id: str, ciphertext: str) -> None:
        """Publish the secret that deliveries are signed with from now on."""
        await self._publisher.publish(_secret(destination_id, "current", ciphertext))
        self._said[destination_id] = ciphertext

    async def again(self, destination: Destination, *, anew: bool = False) -> None:
        """Publish the stored secret, if any.

        A secret that this process has published already is skipped, unless `anew` is True.
        """
        ciphertext = destination.secret_ciphertext
        if ciphertext is not None and (anew or self._said.get(destination.id) != ciphertext):
            await self.current(destination.id, ciphertext)

    async def replaced(self, destination: Destination) -> None:
        """Publish the stored secret, if there is one, as accepted for another hour.

        Call it before the secret is replaced. The record needs a key of its own. Under the destination's key,
        compaction would remove it in favour of the new secret's record.
        """
        await self._previous(f"{destination.id}{REPLACED}", destination.secret_ciphertext)

    async def gone(self, destination: Destination) -> None:
        """Publish a deleted destination's secret, if there is one, as accepted for another hour.

        Nylas may still retry deliveries.
        """
        await self._previous(destination.id, destination.secret_ciphertext)

    @asynccontextmanager
    async def coming(self) -> AsyncIterator[None]:
        """Announce a new secret, which Nylas issues within the context.

        The announcement ends in one of three ways:

        - On success, the caller withdraws it with `came`.
        - If Nylas refuses, it is withdrawn here.
        - If Nylas' answer is lost, it expires. Nylas may have issued the secret.
        """
        await self._pending(limits.PENDING_SECRET_SECONDS)
        try:
            yield
        except NylasTransientError:
            raise
        except NylasError:
            await self.came()
            raise

    async def came(self) -> None:
        """Withdraw the announcement of a new secret."""
        await self._pending(0)

    async def _previous(self, key: str, ciphertext: str | None) -> None:
        if ciphertext is not None:
            await self._publisher.publish(_secret(key, "previous", ciphertext, limits.OLD_SECRET_SECONDS))

    async def _pending(self, seconds: int) -> None:
        now = now_us()
        await self._publisher.publish(
            WebhookSecret(
                destination_id=PENDING,
                status="pending",
                ciphertext=None,
                changed_at=now,
                expires_at=after(now, seconds),
            )
        )


def _secret(
    destination_id: str,
    status: Literal["current", "previous"],
    ciphertext: str,
    seconds: int | None = None,
) -> WebhookSecret:
    now = now_us()
    return WebhookSecret(
        destination_id=destination_id,
        status=status,
        ciphertext=ciphertext,
        changed_at=now,
        expires_at=None if seconds is None else after(now, seconds),
    )
