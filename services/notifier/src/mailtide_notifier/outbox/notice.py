"""A notice: a text for one channel about an incident or a mail. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from mailtide_common.contracts.keys import NAMESPACE


class NoticeEvent(StrEnum):
    """The kind of event that a notice reports."""

    OPENED = "opened"
    REMINDER = "reminder"
    ENDED = "ended"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice for one channel."""

    id: UUID
    """From `notice_id`. A second notice with the same id is not stored."""
    channel_id: UUID
    event: NoticeEvent
    topic: str
    """Kind of the incident, or id of the rule. All notices of a digest have the same topic."""
    about: UUID
    """Id of the incident or message."""
    account_id: UUID
    detail: Mapping[str, Any]
    """Data from which the text is rendered."""
    digest: bool = False
    """Whether the notice is sent in one delivery with other notices of its event and topic."""
    delay_seconds: float = 0.0
    """Seconds until the notice is due. A digest is sent when the first of its notices is due."""


def notice_id(channel_id: UUID, event: NoticeEvent, about: UUID, number: int = 0) -> UUID:
    """Return the id of a notice. It is derived from the arguments, so that a notice is stored once.

    `number` is that of a reminder, from 1, and 0 for other notices.
    """
    return uuid5(NAMESPACE, f"notice/{channel_id}/{event}/{about}/{number}")
