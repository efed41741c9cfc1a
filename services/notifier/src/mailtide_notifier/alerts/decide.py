"""Decides which notices an incident causes. Pure."""

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
"""Kinds that cause no notices. `WEBHOOK_RESTORED` reports the end of an incident, for which there is a notice
already."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident, as the alerts about it describe it."""

    id: UUID
    kind: AlertKind
    subject: str
    reason: str
    opened_at: int
    """Microseconds since 1970, like `ended_at`."""
    ended_at: int | None = None

    @property
    def account_id(self) -> UUID:
        """The account's id if the subject is a grant. Any other subject gives an id that no account has."""
        return account_uuid(self.subject)


def incident_id(kind: AlertKind, subject: str, opened_at: int) -> UUID:
    """Return the id of an incident. It is derived from the arguments, so a repeated alert has the same id."""
    return uuid5(NAMESPACE, f"incident/{kind}/{opened_at}/{subject}")


def series_id(kind: AlertKind, subject: str) -> UUID:
    """Return the id that all incidents of a kind and subject share. At most one of them is open at a time."""
    return uuid5(NAMESPACE, f"incidents/{kind}/{subject}")


def incident_of(alert: AlertRaised) -> Incident:
    id_ = incident_id(alert.kind, alert.subject, alert.at)
    return Incident(id_, alert.kind, alert.subject, alert.reason, alert.at)


def ended_incident(end: AlertEnded) -> UUID:
    """Return the id of the incident that an alert ends."""
    return incident_id(end.kind, end.subject, end.opened_at)


def is_news(incident: Incident, now_us: int, max_age_seconds: float) -> bool:
    """Return whether an incident is new enough to be announced: at most `max_age_seconds` old."""
    return now_us - incident.opened_at <= max_age_seconds * MICROSECONDS


def opened(incident: Incident, channels: Iterable[Channel]) -> list[Notice]:
    """Return a notice of the opening for each enabled channel that announces incidents of this kind."""
    return [
        _notice(NoticeEvent.OPENED, incident, channel)
        for channel in channels
        if channel.enabled and (channel.alerts is None or incident.kind in channel.alerts)
    ]


def ended(incident: Incident, channels: Iterable[Channel], told: set[UUID]) -> list[Notice]:
    """Return a notice of the end for each enabled channel whose id is in `told`.

    `told` has the ids of the channels with a notice of the opening that is not suppressed.
    """
    return [
        _notice(NoticeEvent.ENDED, incident, channel)
        for channel in channels
        if channel.enabled and channel.id in told
    ]


def reminder(incident: Incident, channel: Channel, number: int) -> Notice:
    """Return a notice to a channel that an incident is still open. The first reminder has the `number` 1."""
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
