"""Events of the control plane: held deletions, incidents and alerts, webhook secrets."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import SYNC_EVENTS, WEBHOOK_SECRETS

from .event import Event, GrantEvent


class DeletionsHeld(GrantEvent):
    """A clean pass found more deletions than the deletion limit allows, so an operator must decide.

    None of these is deleted yet. After an approval, each message is fetched once more, and so is each folder
    that is still not listed. Only those for which Nylas answers 404 are deleted.
    """

    type = "mail.deletions-held.v1"
    default_topic = SYNC_EVENTS

    task_id: UUID
    message_ids: tuple[str, ...]
    """Ids of messages to delete. A pass may publish several events, each with other ids."""
    folder_ids: tuple[str, ...] = ()
    """Ids of folders to delete."""
    at: UnixMicros


class AlertKind(StrEnum):
    """The kind of an incident. `health.incident_cures` has the cure for each kind."""

    WEBHOOK_DOWN = "webhook-down"
    WEBHOOK_RESTORED = "webhook-restored"
    """A webhook destination works again. Such an incident ends at once."""
    WEBHOOK_SILENT = "webhook-silent"
    GRANT_INVALID = "grant-invalid"
    GRANT_THROTTLED = "grant-throttled"
    CONSENT_MISSING = "consent-missing"
    KEY_REFUSED = "key-refused"
    DELETIONS_HELD = "deletions-held"
    CONSUMER_HALTED = "consumer-halted"
    CONSUMER_MISSING = "consumer-missing"
    CLOCK_AHEAD = "clock-ahead"
    CLOCK_BEHIND = "clock-behind"
    SYNC_FAILING = "sync-failing"
    MAILBOX_STALE = "mailbox-stale"
    BACKFILL_STUCK = "backfill-stuck"
    DEAD_LETTERS = "dead-letters"


class Incident(Event):
    """Base of the events about incidents."""

    default_topic = SYNC_EVENTS

    kind: AlertKind
    subject: str
    """What the incident is about: a grant id, destination id or URL, consumer group, process,
    `topic/error-class`, or `nylas` (`key-refused`)."""
    reason: str
    """What happened, without mail content or secrets."""
    at: UnixMicros

    @property
    def key(self) -> str:
        return part(self.subject)


class AlertRaised(Incident):
    """An incident has begun, or an open one has changed, and operators must be notified.

    The same alert may be published twice, with the same `at`.
    """

    type = "mail.alert-raised.v1"


class AlertEnded(Incident):
    """An incident that operators were notified of has ended. `webhook-restored` has no such event."""

    type = "mail.alert-ended.v1"

    opened_at: UnixMicros
    """`at` of the incident's latest `AlertRaised`."""


class IncidentSeen(Incident):
    """A service observed that an incident began, continues or ended.

    The scheduler stores it and publishes alerts.
    """

    type = "mail.incident-seen.v1"

    lasts: bool
    """Whether the incident has begun or continues; False if it has ended."""


class WebhookSecret(Event):
    """The signing secret of a webhook destination, which every ingress reads.

    An event with the status `pending` is published before a secret is requested from Nylas. While it is in
    force, a delivery that matches no known secret may be signed with the new secret. The ingress answers 503
    instead of 401, so that Nylas repeats the delivery.
    """

    type = "mail.webhook-secret.v1"
    default_topic = WEBHOOK_SECRETS

    destination_id: str
    """The destination's id, with the suffix `/replaced` for a replaced secret; `pending` for that status."""
    status: Literal["pending", "current", "previous"]
    ciphertext: str | None
    """The secret, encrypted with SECRET_KEY; None if `pending`."""
    changed_at: UnixMicros
    expires_at: UnixMicros | None = None
    """When the status `pending` ends, or when a previous secret is no longer accepted."""

    @property
    def key(self) -> str:
        return part(self.destination_id)
