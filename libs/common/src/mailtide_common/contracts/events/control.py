"""Events of the control plane: held deletions, incidents and alerts, webhook secrets."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import SYNC_EVENTS, WEBHOOK_SECRETS

from .event import Event, GrantEvent


class DeletionsHeld(GrantEvent):
    """A clean pass misses more messages than the deletion limit allows, so an operator must decide.

    Nothing is deleted. After approval each message is fetched once more, and only a 404 deletes it.
    """

    type = "mail.deletions-held.v1"
    default_topic = SYNC_EVENTS

    task_id: UUID
    message_ids: tuple[str, ...]
    """Some of the messages; a pass may hold them in several events."""
    folder_ids: tuple[str, ...] = ()
    """Some of the folders."""
    at: UnixMicros


class AlertKind(StrEnum):
    """The kind of an incident."""

    WEBHOOK_DOWN = "webhook-down"
    WEBHOOK_RESTORED = "webhook-restored"
    WEBHOOK_SILENT = "webhook-silent"
    GRANT_INVALID = "grant-invalid"
    GRANT_THROTTLED = "grant-throttled"
    CONSENT_MISSING = "consent-missing"
    KEY_REFUSED = "key-refused"
    DELETIONS_HELD = "deletions-held"
    CONSUMER_HALTED = "consumer-halted"
    CLOCK_AHEAD = "clock-ahead"
    SYNC_FAILING = "sync-failing"
    MAILBOX_STALE = "mailbox-stale"
    BACKFILL_STUCK = "backfill-stuck"
    DEAD_LETTERS = "dead-letters"


class Incident(Event):
    """An event about an incident."""

    default_topic = SYNC_EVENTS

    kind: AlertKind
    subject: str
    """Grant id, destination id, consumer group or process."""
    reason: str
    """What happened, without mail content or secrets."""
    at: UnixMicros

    @property
    def key(self) -> str:
        """The subject."""
        return part(self.subject)


class AlertRaised(Incident):
    """An incident that operators should know about. One alert per incident."""

    type = "mail.alert-raised.v1"


class AlertEnded(Incident):
    """An incident that was alerted is over. One that ends in the moment it begins has no such event."""

    type = "mail.alert-ended.v1"

    opened_at: UnixMicros
    """`at` of its last alert."""


class IncidentSeen(Incident):
    """A service observes that an incident begins, continues or ends. The scheduler keeps it and raises the alert."""

    type = "mail.incident-seen.v1"

    lasts: bool
    """Whether the incident continues; False ends it."""


class WebhookSecret(Event):
    """A webhook destination's signing secret, which every ingress follows.

    `pending` is published before Nylas is asked for a secret: until it is replaced, a delivery that no known secret
    matches may be signed with one that Nylas has just issued, and is answered 503, not 401.
    """

    type = "mail.webhook-secret.v1"
    default_topic = WEBHOOK_SECRETS

    destination_id: str
    status: Literal["pending", "current", "previous"]
    ciphertext: str | None
    """The secret, encrypted with SECRET_KEY; none while pending."""
    changed_at: UnixMicros
    expires_at: UnixMicros | None = None
    """End of a pending mark or of a previous secret."""

    @property
    def key(self) -> str:
        """The destination."""
        return part(self.destination_id)
