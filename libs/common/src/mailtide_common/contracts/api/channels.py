"""Channels, through which the notifier sends notices of incidents and important mail."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from mailtide_common.contracts.events import AlertKind

from .model import Request, Response, Text

MAX_NAME_LENGTH = 100
MAX_URL_LENGTH = 2_048


def _visible(value: str) -> str:
    if not value.strip():
        raise ValueError("must have a visible character")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError):
        raise ValueError("must be the name of a time zone, such as Europe/Berlin") from None
    return value


Name = Annotated[Text, Field(max_length=MAX_NAME_LENGTH), AfterValidator(_visible)]
Url = Annotated[SecretStr, Field(min_length=1, max_length=MAX_URL_LENGTH)]


class ChannelKind(StrEnum):
    """How a channel is reached."""

    APPRISE = "apprise"
    """By an apprise URL: mail, Slack, Teams, Telegram, ntfy and many more."""
    WEBHOOK = "webhook"
    """By a signed POST, as Standard Webhooks says."""


class QuietHours(Request):
    """The time of day at which a channel sends nothing. What is due meanwhile is sent at its end."""

    from_: time = Field(alias="from")
    until: time
    time_zone: Annotated[str, Field(max_length=MAX_NAME_LENGTH), AfterValidator(_time_zone)] = "UTC"

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.from_.tzinfo or self.until.tzinfo or self.from_ == self.until:
            raise ValueError("must be two different times of day, without an offset")
        return self


class _Settings(BaseModel):
    """What an operator decides about a channel."""

    name: Name
    enabled: bool = True
    alerts: tuple[AlertKind, ...] | None = None
    """Kinds of incidents that the channel announces; null: all."""
    allow_content: bool = False
    """Important mail may be named by its sender and subject."""
    quiet: QuietHours | None = None
    digest_seconds: int = Field(30, ge=0, le=3_600)
    """Alerts of one kind within this time become one notice; 0: each alert is one."""
    reminder_seconds: int | None = Field(None, ge=60, le=30 * 86_400)
    """Pause between two reminders of an incident that lasts; null: no reminders."""


class ChannelSettings(Request, _Settings):
    """A channel as it shall be."""

    url: Url | None = None
    """Null leaves it as it is. It is kept encrypted, and never shown."""


class NewChannel(Request, _Settings):
    """A channel to create."""

    kind: ChannelKind
    url: Url
    """It is kept encrypted, and never shown."""


class Channel(Response, _Settings):
    """A channel as it is."""

    id: UUID
    kind: ChannelKind
    url: str
    """Masked."""
    disabled_reason: str | None
    """Why the notifier disabled it."""
    silenced_until: datetime | None
    previous_secret_until: datetime | None
    """Until when a webhook's signing secret before the last rotation signs too."""
    created_at: datetime
    updated_at: datetime


class CreatedChannel(Channel):
    """A channel that was just created, or whose signing secret was just replaced."""

    signing_secret: str | None
    """With it a webhook's receiver verifies signatures (`whsec_…`). It is not shown again."""


class ChannelList(Response):
    """All channels, by name."""

    channels: tuple[Channel, ...]


class SecretRotation(Request):
    """The replacement of a webhook's signing secret."""

    overlap_seconds: int = Field(86_400, ge=0, le=30 * 86_400)
    """For how long the previous secret signs too, so that receivers can change over."""


class Silence(Request):
    """A silence of a channel, or its end."""

    until: datetime | None
    """With an offset; null ends the silence."""

    @model_validator(mode="after")
    def _has_an_offset(self) -> Self:
        if self.until is not None and self.until.tzinfo is None:
            raise ValueError("must have an offset, such as 2026-12-01T08:00:00Z")
        return self


class ChannelTest(Response):
    """How a test notice fared."""

    delivered: bool
    error: str | None
