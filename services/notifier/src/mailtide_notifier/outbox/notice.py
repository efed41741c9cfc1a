"""A notice: what one channel sends, once. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from mailtide_common.contracts.keys import NAMESPACE


class NoticeEvent(StrEnum):
    """What a notice is about."""

    OPENED = "opened"
    REMINDER = "reminder"
    ENDED = "ended"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Notice:
    """One decision: this channel sends this, once."""

    id: UUID
    channel_id: UUID
    event: NoticeEvent
    topic: str
    """What digests are made by."""
    about: UUID
    """The incident or message."""
    account_id: UUID
    detail: Mapping[str, Any]
    """What the texts are made of."""
    digest: bool = False
    """Whether it waits for others of its topic and becomes one delivery with them."""
    delay_seconds: float = 0.0


def notice_id(channel_id: UUID, event: NoticeEvent, about: UUID, number: int = 0) -> UUID:
    """The same for the same decision, so that a repeated one adds nothing; `number` distinguishes reminders."""
    return uuid5(NAMESPACE, f"notice/{channel_id}/{event}/{about}/{number}")
