"""Statements on channels, one function each. Callers encrypt and decrypt URLs and secrets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mailtide_common.contracts.api.channels import (
    Channel,
    ChannelKind,
    ChannelSettings,
    NewChannel,
    QuietHours,
)
from mailtide_common.contracts.events import AlertKind
from mailtide_notifier.database import Connection, sql


@dataclass(frozen=True, slots=True)
class Sealed:
    """A channel's URL and a webhook's signing secret, encrypted.

    `url_masked` is the URL without its secret parts, for display.
    """

    url: str
    url_masked: str
    secret: str | None
    """None for a channel without signatures, and if only the URL is replaced."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is needed to send a message to a channel."""

    kind: ChannelKind
    url_ciphertext: str
    secret_ciphertexts: tuple[str, ...] = ()
    """The signing secrets of a webhook, encrypted, newest first; empty for other kinds."""


async def list_channels(connection: Connection, only: UUID | None = None) -> list[Channel]:
    """Return all channels ordered by name, or only the channel with the id `only`, if it exists."""
    return [_channel(row) for row in await connection.fetch(sql(__package__, "list_channels"), only)]


async def get_target(connection: Connection, channel_id: UUID) -> Target | None:
    """Return what is needed to send to a channel, or None if there is no such channel."""
    row = await connection.fetchrow(sql(__package__, "get_target"), channel_id)
    if row is None:
        return None
    secrets = (row["secret_ciphertext"], row["previous_secret_ciphertext"])
    return Target(ChannelKind(row["kind"]), row["url_ciphertext"], tuple(filter(None, secrets)))


async def insert_channel(
    connection: Connection, channel_id: UUID, settings: NewChannel, sealed: Sealed
) -> bool:
    """Insert a channel; return False if another channel has its name."""
    row = await connection.fetchval(
        sql(__package__, "insert_channel"),
        channel_id,
        settings.kind.value,
        sealed.url,
        sealed.url_masked,
        sealed.secret,
        *_columns(settings),
    )
    return row is not None


async def update_channel(
    connection: Connection, channel_id: UUID, settings: ChannelSettings, sealed: Sealed | None
) -> bool:
    """Replace a channel's settings; return False if there is no such channel.

    The URL is replaced only if `sealed` is given. If the channel is enabled, its `disabled_reason` is
    cleared.

    Raises:
        asyncpg.UniqueViolationError: another channel has the name.
    """
    row = await connection.fetchval(
        sql(__package__, "update_channel"),
        channel_id,
        sealed and sealed.url,
        sealed and sealed.url_masked,
        *_columns(settings),
    )
    return row is not None


async def delete_channel(connection: Connection, channel_id: UUID) -> bool:
    """Delete a channel with its notices and deliveries, and remove it from all rules.

    Returns:
        Whether there was such a channel.
    """
    return await connection.fetchval(sql(__package__, "delete_channel"), channel_id) is not None


async def update_silence(connection: Connection, channel_id: UUID, until: datetime | None) -> bool:
    """Silence a channel until a time; None ends the silence. Return False if there is no such channel."""
    return await connection.fetchval(sql(__package__, "update_silence"), channel_id, until) is not None


async def update_secret(
    connection: Connection, channel_id: UUID, ciphertext: str, overlap_seconds: int
) -> bool:
    """Replace a webhook's signing secret; return False if there is no such webhook.

    The previous secret also signs for `overlap_seconds`.
    """
    row = await connection.fetchval(
        sql(__package__, "update_secret"), channel_id, ciphertext, overlap_seconds
    )
    return row is not None


async def delete_previous_secrets(connection: Connection) -> None:
    """Delete previous signing secrets whose overlap has ended."""
    await connection.execute(sql(__package__, "delete_previous_secrets"))


async def suspend_channel(connection: Connection, channel_id: UUID, reason: str) -> None:
    """Disable a channel until an operator enables it again. `reason` is stored and shown."""
    await connection.execute(sql(__package__, "suspend_channel"), channel_id, reason)


def _columns(settings: ChannelSettings | NewChannel) -> tuple[Any, ...]:
    quiet = settings.quiet
    return (
        settings.name,
        settings.enabled,
        None if settings.alerts is None else [kind.value for kind in settings.alerts],
        settings.allow_content,
        quiet and quiet.from_,
        quiet and quiet.until,
        quiet and quiet.time_zone,
        settings.digest_seconds,
        settings.reminder_seconds,
    )


def _channel(row: Any) -> Channel:
    quiet = None
    if row["quiet_from"] is not None:
        quiet = QuietHours(
            from_=row["quiet_from"], until=row["quiet_until"], time_zone=row["quiet_time_zone"]
        )
    return Channel(
        id=row["id"],
        name=row["name"],
        kind=ChannelKind(row["kind"]),
        url=row["url_masked"],
        enabled=row["enabled"],
        disabled_reason=row["disabled_reason"],
        alerts=None if row["alerts"] is None else tuple(AlertKind(kind) for kind in row["alerts"]),
        allow_content=row["allow_content"],
        quiet=quiet,
        digest_seconds=row["digest_seconds"],
        reminder_seconds=row["reminder_seconds"],
        silenced_until=row["silenced_until"],
        previous_secret_until=row["previous_secret_until"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
