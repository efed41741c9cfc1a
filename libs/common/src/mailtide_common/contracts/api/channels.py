"""Channels, through which the notifier sends notices of incidents and important mail."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from mailtide_common.contracts.events import AlertKind

from .model import Request, Response, Text, visible

MAX_NAME_LENGTH = 100
MAX_URL_LENGTH = 2_048


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError):
        raise ValueError("must be the name of a time zone, such as Europe/Berlin") from None
    return value


Name = Annotated[Text, Field(max_length=MAX_NAME_LENGTH), AfterValidator(visible)]
Url = Annotated[SecretStr, Field(min_length=1, max_length=MAX_URL_LENGTH)]


class ChannelKind(StrEnum):
    """How a channel's notices are sent."""

    APPRISE = "apprise"
    """Through an apprise URL: mail, Slack, Teams, Telegram, ntfy and many other services."""
    WEBHOOK = "webhook"
    """As signed POST requests, by the specification Standard Webhooks."""


class QuietHours(Request):
    """A daily period in which a channel sends only tests. Notices that become due are sent at its end."""

    from_: time = Field(alias="from")
    until: time
    """End of the period. If it is earlier than `from`, the period spans midnight."""
    time_zone: Annotated[str, Field(max_length=MAX_NAME_LENGTH), AfterValidator(_time_zone)] = "UTC"

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.from_.tzinfo or self.until.tzinfo:
            raise ValueError("from and until must have no UTC offset: use time_zone")
        if self.from_ == self.until:
            raise ValueError("from and until must be different times of day")
        return self


class _Settings(BaseModel):
    """The settings of a channel."""

    name: Name
    enabled: bool = True
    alerts: tuple[AlertKind, ...] | None = None
    """Kinds of incidents that the channel announces; null for all kinds."""
    allow_content: bool = False
    """Whether notices may contain the sender and subject of important mail."""
    quiet: QuietHours | None = None
    digest_seconds: int = Field(30, ge=0, le=3_600)
    """Seconds for which alerts of one kind are collected and then sent together; 0 sends each separately. An
    incident that ends within this time is not announced."""
    reminder_seconds: int | None = Field(None, ge=60, le=30 * 86_400)
    """Seconds between reminders of an open incident; null for no reminders."""


class ChannelSettings(Request, _Settings):
    """The new settings of a channel."""

    url: Url | None = None
    """Null leaves the URL unchanged. It is stored encrypted and never shown."""


class NewChannel(Request, _Settings):
    """A channel to create."""

    kind: ChannelKind
    url: Url
    """The URL is stored encrypted and never shown."""


class Channel(Response, _Settings):
    """A stored channel."""

    id: UUID
    kind: ChannelKind
    url: str
    """The URL without its secret parts."""
    disabled_reason: str | None
    """Why the notifier disabled the channel; null if it did not."""
    silenced_until: datetime | None
    previous_secret_until: datetime | None
    """Until when webhooks are signed with the previous secret too; null if there is no such secret."""
    created_at: datetime
    updated_at: datetime


class CreatedChannel(Channel):
    """A channel that was just created, or whose signing secret was just replaced."""

    signing_secret: str | None
    """Secret with which a webhook's receiver verifies signatures. It is not shown again. Null for apprise."""


class ChannelList(Response):
    """All channels, ordered by name."""

    channels: tuple[Channel, ...]


class SecretRotation(Request):
    """A request to replace a webhook's signing secret."""

    overlap_seconds: int = Field(86_400, ge=0, le=30 * 86_400)
    """Seconds for which webhooks are also signed with the previous secret, so that receivers can switch."""


class Silence(Request):
    """A request to silence a channel, or to end its silence."""

    until: datetime | None
    """End of the silence, with a UTC offset; null ends it now."""

    @model_validator(mode="after")
    def _has_an_offset(self) -> Self:
        if self.until is not None and self.until.tzinfo is None:
            raise ValueError("until must have a UTC offset, such as 2026-12-01T08:00:00Z")
        return self


class ChannelTest(Response):
    """The result of a test notice."""

    delivered: bool
    error: str | None
