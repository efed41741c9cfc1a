"""Ensures that Nylas delivers webhooks to the ingress, and that every ingress has the secret."""

from dataclasses import dataclass

import asyncpg

from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import PermanentError
from mailtide_common.runtime.logs import get_logger
from mailtide_nylas import NylasClient, Webhook, WebhookWithSecret
from mailtide_nylas.webhooks.notifications import TRIGGERS
from mailtide_scheduler.database import Connection, transaction

from .outage import DELIVERING, OutageWatch
from .secret_publisher import SecretPublisher
from .store import (
    Destination,
    delete_destination,
    delete_secrets,
    list_destinations,
    lock_webhooks,
    upsert_destination,
)

DESCRIPTION = "Mailtide"
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The desired state of the webhook destination."""

    url: str
    compressed_delivery: bool
    operator_keeps_secret: bool
    """If true, the secret of an existing destination is rotated only on an operator's request."""


class DestinationEnsurer:
    """Creates, adopts and repairs the webhook destination, and rotates its secret.

    Concurrent checks and rotations wait for each other. Nylas returns a secret only when it creates or
    rotates it (docs: Webhooks). If a call fails before the secret is stored, the next call finds a
    destination whose secret is unknown. That call rotates the secret, unless the operator keeps it.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        nylas: NylasClient,
        secret_publisher: SecretPublisher,
        box: SecretBox,
        wanted: Wanted,
        *,
        watch: OutageWatch,
    ) -> None:
        self._pool = pool
        self._nylas = nylas
        self._secret_publisher = secret_publisher
        self._box = box
        self._wanted = wanted
        self._watch = watch

    async def ensure(self, *, new_secret: bool = False) -> str:
        """Bring the destination into the desired state; return its id.

        These are the steps:

        - If webhooks may have been lost (see `trouble`), an incident is opened, before anything is repaired.
        - Destinations that Nylas no longer lists are deleted from the database.
        - A missing destination is created. An existing one is repaired if it differs.
        - A secret that is unknown or cannot be decrypted is rotated, unless the operator keeps it.
        - A new secret is published and stored. A stored secret that is kept is published, unless this process
          has published it already.

        Args:
            new_secret: rotate the secret in any case.

        Raises:
            NylasError: Nylas refuses or is unavailable.
            TransientError: Kafka or Postgres is unavailable.
        """
        async with transaction(self._pool) as connection:
            await lock_webhooks(connection)
            known = {destination.id: destination for destination in await list_destinations(connection)}
            listed = await self._nylas.list_webhooks()
            ours = next((webhook for webhook in listed if webhook.webhook_url == self._wanted.url), None)
            await self._watch.check(ours, known.values(), self._wanted.url)
            await self._forget_gone(connection, known, {webhook.id for webhook in listed})
            if ours is None:
                return await self._create(connection)
            webhook = await self._repair(ours)
            stored = known.get(webhook.id)
            keep = self._can_open(stored) or self._wanted.operator_keeps_secret
            if keep and not new_secret:
                await upsert_destination(connection, webhook, self._wanted.url, None)
                if stored is not None:
                    await self._secret_publisher.again(stored)
            else:
                await self._rotate(connection, webhook, stored)
            return webhook.id

    async def rotate(self) -> str:
        """Replace the secret; return the destination's id. The ingress accepts the old secret for an hour.

        The destination is also created or repaired, as in `ensure`. The stored secrets are deleted first.
        After a crash, the next check therefore rotates the secret again, unless the operator keeps it.

        Raises:
            NylasError: Nylas refuses or is unavailable.
            TransientError: Kafka or Postgres is unavailable.
        """
        async with transaction(self._pool) as connection:
            await self.forget(connection)
        return await self.ensure(new_secret=True)

    async def forget(self, connection: Connection) -> None:
        """Publish the stored secrets as replaced, and delete them in the caller's transaction.

        The destinations stay locked until the transaction ends. If it is rolled back, the published records
        remain. The next check rotates the secret, unless the operator keeps it.

        Raises:
            TransientError: Kafka is unavailable.
        """
        await lock_webhooks(connection)
        for destination in await list_destinations(connection):
            await self._secret_publisher.replaced(destination)
        await delete_secrets(connection)

    async def republish(self) -> None:
        """Publish all stored secrets, because the topic may have been recreated.

        Secrets that this process has published already are published again.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        async with transaction(self._pool) as connection:
            for destination in await list_destinations(connection):
                await self._secret_publisher.again(destination, anew=True)

    async def _create(self, connection: Connection) -> str:
        async with self._secret_publisher.coming():
            created = await self._nylas.create_webhook(
                self._wanted.url,
                TRIGGERS,
                description=DESCRIPTION,
                compressed_delivery=self._wanted.compressed_delivery,
            )
        await self._keep(connection, created)
        log.info("webhook_created", destination_id=created.id)
        return created.id

    async def _rotate(self, connection: Connection, webhook: Webhook, stored: Destination | None) -> None:
        if stored is not None:
            await self._secret_publisher.replaced(stored)
        async with self._secret_publisher.coming():
            rotated = await self._nylas.rotate_webhook_secret(webhook.id)
        await self._keep(connection, rotated)
        log.warning("webhook_secret_rotated", destination_id=webhook.id)

    async def _repair(self, webhook: Webhook) -> Webhook:
        triggers = None if set(webhook.trigger_types) == set(TRIGGERS) else TRIGGERS
        status = None if webhook.status == DELIVERING else DELIVERING
        same = webhook.compressed_delivery in {None, self._wanted.compressed_delivery}
        compressed = None if same else self._wanted.compressed_delivery
        if triggers is None and status is None and compressed is None:
            return webhook
        log.warning("webhook_repaired", destination_id=webhook.id, was=webhook.status)
        return await self._nylas.update_webhook(
            webhook.id, triggers=triggers, status=status, compressed_delivery=compressed
        )

    async def _keep(self, connection: Connection, webhook: WebhookWithSecret) -> None:
        """Publish the secret, store it, and withdraw its announcement (see `SecretPublisher.coming`).

        A stored secret counts as known, so every ingress must have it already.
        """
        ciphertext = self._box.encrypt(webhook.webhook_secret.get_secret_value())
        await self._secret_publisher.current(webhook.id, ciphertext)
        await upsert_destination(connection, webhook, self._wanted.url, ciphertext)
        await self._secret_publisher.came()

    async def _forget_gone(
        self, connection: Connection, known: dict[str, Destination], listed: set[str]
    ) -> None:
        """Delete destinations from the database that no longer exist at Nylas.

        Their secrets are published as accepted for another hour.
        """
        for destination in known.values():
            if destination.id in listed:
                continue
            await self._secret_publisher.gone(destination)
            await delete_destination(connection, destination.id)
            log.warning("webhook_deleted", destination_id=destination.id)

    def _can_open(self, destination: Destination | None) -> bool:
        """Return whether there is a stored secret that can be decrypted.

        A secret that was encrypted with another SECRET_KEY is lost.
        """
        if destination is None or destination.secret_ciphertext is None:
            return False
        try:
            self._box.decrypt(destination.secret_ciphertext)
        except PermanentError:
            return False
        return True
