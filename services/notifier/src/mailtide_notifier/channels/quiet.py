"""Decides whether a channel may send now, by its quiet hours and silence."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from mailtide_common.contracts.api.channels import Channel, QuietHours


def is_quiet(quiet: QuietHours | None, now: datetime) -> bool:
    """Return whether a time is within quiet hours, which may span midnight. Pure.

    `now` must have a UTC offset. Without quiet hours, the result is false.
    """
    if quiet is None:
        return False
    time = now.astimezone(ZoneInfo(quiet.time_zone)).time()
    if quiet.from_ < quiet.until:
        return quiet.from_ <= time < quiet.until
    return time >= quiet.from_ or time < quiet.until


def is_silenced(channel: Channel, now: datetime) -> bool:
    """Return whether a channel is silenced at the time `now`. Pure."""
    return channel.silenced_until is not None and now < channel.silenced_until


def speaking(channels: Iterable[Channel], now: datetime) -> list[UUID]:
    """Return the ids of the channels that may send at the time `now`. Pure.

    They are enabled, not silenced, and outside their quiet hours.
    """
    return [
        channel.id
        for channel in channels
        if channel.enabled and not is_silenced(channel, now) and not is_quiet(channel.quiet, now)
    ]


def utc_now() -> datetime:
    return datetime.now(UTC)
