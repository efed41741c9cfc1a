"""Statements on webhook destinations, one function each. None of them opens a transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailtide_common.contracts.events import Account, account_of_row
from mailtide_common.contracts.versions import Source, Version
from mailtide_nylas import Webhook
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql

WEBHOOK_LOCK = 0x6D745F776562686B
"""Number of the advisory lock for changes of webhook destinations: "mt_webhk" in ASCII."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A stored webhook destination."""

    id: str
    url: str
    description: str | None
    trigger_types: list[str]
    status: str
    secret_ciphertext: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def has_secret(self) -> bool:
        return self.secret_ciphertext is not None


async def lock_webhooks(connection: Connection) -> None:
    """Lock webhook destinations until the transaction ends."""
    await connection.execute(sql(__package__, "lock_webhooks"), WEBHOOK_LOCK)


async def list_destinations(connection: Connection) -> list[Destination]:
    """Return the stored destinations, oldest first."""
    rows = await connection.fetch(sql(__package__, "list_destinations"))
    return [Destination(**row) for row in rows]


async def upsert_destination(
    connection: Connection, webhook: Webhook, url: str, ciphertext: str | None
) -> None:
    """Store a destination as Nylas returned it.

    `ciphertext` is its encrypted secret; None: the stored secret stays.
    """
    await connection.execute(
        sql(__package__, "upsert_destination"),
        webhook.id,
        url,
        webhook.description,
        list(webhook.trigger_types),
        webhook.status or "unknown",
        ciphertext,
    )


async def delete_destination(connection: Connection, destination_id: str) -> None:
    await connection.execute(sql(__package__, "delete_destination"), destination_id)


async def delete_secrets(connection: Connection) -> None:
    """Delete the secrets of all destinations. A destination's secret then counts as unknown."""
    await connection.execute(sql(__package__, "delete_secrets"))


async def list_accounts_without_webhook(connection: Connection, destination_id: str) -> list[Account]:
    """Return snapshots of accounts whose row has no or another destination's id, with this destination's id.

    Up to `COMPLETE_BATCH` are returned. Removed and provisional accounts are left out. Each snapshot is one
    microsecond newer than its row: it changes the row, unless a later observation has been stored meanwhile.
    """
    rows = await connection.fetch(
        sql(__package__, "list_accounts_without_webhook"), destination_id, limits.COMPLETE_BATCH
    )
    return [_completed(row, destination_id) for row in rows]


def _completed(row: Any, destination_id: str) -> Account:
    stored = account_of_row(row)
    version = Version(
        observed_at=stored.version.observed_at + 1,
        source=Source.CONTROL,
        event_id=f"webhook:{destination_id}",
    )
    return stored.model_copy(update={"version": version, "webhook_subscription_id": destination_id})
