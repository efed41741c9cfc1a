"""What the control plane tells people and every ingress."""

from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import SYNC_EVENTS, WEBHOOK_SECRETS, Topic

from .event import Event


class DeletionsHeld(Event):
    """A clean pass misses so many messages that a person shall decide: more than the guard's share of the account.

    Nothing is deleted. Approved, each message is asked for once more, and only a 404 deletes it.
    """

    type: ClassVar[str] = "mail.deletions-held.v1"

    task_id: UUID
    grant_id: str
    message_ids: tuple[str, ...]
    """Some of them; a pass may hold them in several events."""
    folder_ids: tuple[str, ...] = ()
    """Likewise of folders."""
    at: int
    """Microseconds since 1970."""

    def topic(self) -> Topic:
        """The events that the scheduler consumes."""
        return SYNC_EVENTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


class AlertKind(StrEnum):
    """What a person should know about."""

    WEBHOOK_DOWN = "webhook-down"
    WEBHOOK_RESTORED = "webhook-restored"
    WEBHOOK_SILENT = "webhook-silent"
    GRANT_INVALID = "grant-invalid"
    GRANT_THROTTLED = "grant-throttled"
    CONSENT_MISSING = "consent-missing"
    DELETIONS_HELD = "deletions-held"
    CONSUMER_HALTED = "consumer-halted"
    CLOCK_AHEAD = "clock-ahead"


class AlertRaised(Event):
    """Something happened that a person should know about. One incident, one alert."""

    type: ClassVar[str] = "mail.alert-raised.v1"

    kind: AlertKind
    subject: str
    """Grant id, destination id, consumer or process; also what the record is keyed by."""
    reason: str
    """What happened, without mail content or secrets."""
    at: int
    """Microseconds since 1970."""

    def topic(self) -> Topic:
        """What the scheduler and, later, the notifier listen to."""
        return SYNC_EVENTS

    def key(self) -> str:
        """The subject."""
        return part(self.subject)


class IncidentSeen(Event):
    """A service sees an incident begin, last, or end. The scheduler keeps incidents and alerts people."""

    type: ClassVar[str] = "mail.incident-seen.v1"

    kind: AlertKind
    subject: str
    """What it is about: a consumer's group, or a process."""
    lasts: bool
    """Whether the incident still lasts; False ends it."""
    reason: str
    """What happened, without mail content or secrets."""
    at: int
    """Microseconds since 1970."""

    def topic(self) -> Topic:
        """The events that the scheduler consumes."""
        return SYNC_EVENTS

    def key(self) -> str:
        """The subject."""
        return part(self.subject)


class WebhookSecret(Event):
    """A destination's signing secret, for every ingress to follow.

    `pending` is published before Nylas is asked for a secret: until it is replaced, a delivery that no known
    secret matches may be signed with one that Nylas handed out a moment ago, and is answered 503, not 401.
    """

    type: ClassVar[str] = "mail.webhook-secret.v1"

    destination_id: str
    status: Literal["pending", "current", "previous"]
    ciphertext: str | None
    """The secret, encrypted with SECRET_KEY; none while pending."""
    changed_at: int
    """Microseconds since 1970."""
    expires_at: int | None = None
    """Microseconds since 1970: a pending mark or a previous secret counts until then."""

    def topic(self) -> Topic:
        """Read whole by every ingress."""
        return WEBHOOK_SECRETS

    def key(self) -> str:
        """The destination."""
        return part(self.destination_id)
