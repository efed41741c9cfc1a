"""Decides which notices follow from an incident. Pure: transition and channels in, notices out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from mailtide_common.contracts.api.channels import Channel
from mailtide_common.contracts.events import AlertEnded, AlertKind, AlertRaised
from mailtide_common.contracts.keys import NAMESPACE, account_uuid
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_notifier.outbox.notice import Notice, NoticeEvent, notice_id

UNTOLD = frozenset({AlertKind.WEBHOOK_RESTORED})
"""It says that an incident is over, and the end of that incident says the same."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident, as its alerts describe it."""

    id: UUID
    kind: AlertKind
    subject: str
    reason: str
    opened_at: int
    """Microseconds since 1970; so is `ended_at`."""
    ended_at: int | None = None

    @property
    def account_id(self) -> UUID:
        """The account whose grant the subject is, if it is one."""
        return account_uuid(self.subject)


def incident_id(kind: AlertKind, subject: str, opened_at: int) -> UUID:
    """The same for each repetition of an alert."""
    return uuid5(NAMESPACE, f"incident/{kind}/{opened_at}/{subject}")


def series_id(kind: AlertKind, subject: str) -> UUID:
    """The same for all incidents of a kind and subject, of which one at most is open."""
    return uuid5(NAMESPACE, f"incidents/{kind}/{subject}")


def incident_of(alert: AlertRaised) -> Incident:
    """Return the incident that an alert opens."""
    id_ = incident_id(alert.kind, alert.subject, alert.at)
    return Incident(id_, alert.kind, alert.subject, alert.reason, alert.at)


def ended_incident(end: AlertEnded) -> UUID:
    """Return the incident that an alert ends."""
    return incident_id(end.kind, end.subject, end.opened_at)


def is_news(incident: Incident, now_us: int, max_age_seconds: float) -> bool:
    """Whether its opening is still worth a notice; a topic that is read again holds old ones."""
    return now_us - incident.opened_at <= max_age_seconds * MICROSECONDS


def opened(incident: Incident, channels: Iterable[Channel]) -> list[Notice]:
    """Tell every channel that listens for the kind."""
    return [
        _notice(NoticeEvent.OPENED, incident, channel)
        for channel in channels
        if channel.enabled and (channel.alerts is None or incident.kind in channel.alerts)
    ]


def ended(incident: Incident, channels: Iterable[Channel], told: set[UUID]) -> list[Notice]:
    """Return the notices of the end, for the channels that have one of the beginning."""
    return [
        _notice(NoticeEvent.ENDED, incident, channel)
        for channel in channels
        if channel.enabled and channel.id in told
    ]


def reminder(incident: Incident, channel: Channel, number: int) -> Notice:
    """Tell a channel that an incident lasts, for the `number`th time."""
    return _notice(NoticeEvent.REMINDER, incident, channel, number)


def _notice(event: NoticeEvent, incident: Incident, channel: Channel, number: int = 0) -> Notice:
    return Notice(
        id=notice_id(channel.id, event, incident.id, number),
        channel_id=channel.id,
        event=event,
        topic=incident.kind.value,
        about=incident.id,
        account_id=incident.account_id,
        detail=_detail(incident),
        digest=channel.digest_seconds > 0,
        delay_seconds=channel.digest_seconds,
    )


def _detail(incident: Incident) -> dict[str, Any]:
    return {
        "subject": incident.subject,
        "reason": incident.reason,
        "opened_at": incident.opened_at,
        "ended_at": incident.ended_at,
    }
