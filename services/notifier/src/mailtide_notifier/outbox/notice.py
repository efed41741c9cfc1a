"""A notice: what is reported through one channel about an incident or a mail, alone or in a digest. Pure."""

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
    """As returned by `notice_id`; a second notice with it is not stored."""
    channel_id: UUID
    event: NoticeEvent
    topic: str
    """Kind of alert, or id of the rule; a digest holds notices of one topic."""
    about: UUID
    """Id of the incident or message."""
    account_id: UUID
    detail: Mapping[str, Any]
    """Data from which the text is rendered."""
    digest: bool = False
    """Whether it is sent in one delivery with other notices of its event and topic."""
    delay_seconds: float = 0.0
    """Seconds until it is due, if no other notice of its digest is due earlier."""


def notice_id(channel_id: UUID, event: NoticeEvent, about: UUID, number: int = 0) -> UUID:
    """Return the id of a notice, derived from what it reports, so that it is stored once; `number` counts reminders."""
    return uuid5(NAMESPACE, f"notice/{channel_id}/{event}/{about}/{number}")
