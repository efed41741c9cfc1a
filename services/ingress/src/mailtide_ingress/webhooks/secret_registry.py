"""Decides which webhook secrets are valid now. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from mailtide_common.contracts.codec import Record, Tombstone, decode
from mailtide_common.contracts.events import WebhookSecret
from mailtide_common.contracts.times import BEGINNING, UnixMicros, after
from mailtide_common.runtime.errors import PermanentError
from mailtide_common.runtime.logs import get_logger
from mailtide_ingress import limits, metrics

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UsableSecret:
    """A secret and its origin."""

    secret: str
    kind: str
    """`environment`, `current` or `previous`, for the metric."""
    until: UnixMicros | None = None
    """Until when it is accepted; None: without an end."""


@dataclass(slots=True)
class _Destination:
    offset: int = -1
    changed_at: UnixMicros = BEGINNING
    current: UsableSecret | None = None
    previous: UsableSecret | None = None
    pending_until: UnixMicros = BEGINNING


class SecretRegistry:
    """The secrets of the environment and of the destinations that Mailtide made.

    One destination has one key, so compaction keeps only its last record; earlier secrets are kept here for as long
    as they may be used. The topic's order decides, not clocks; a record that is read again after a reconnect
    changes nothing.
    """

    def __init__(self, environment: tuple[str, ...], decrypt: Callable[[str], str]) -> None:
        """Begin with the environment's secrets; `decrypt` decrypts those of the records."""
        self._environment = [UsableSecret(secret, "environment") for secret in environment]
        self._decrypt = decrypt
        self._destinations: dict[str, _Destination] = {}

    def apply(self, record: Record) -> None:
        """Process a record of `mail.webhook-secrets.v1`; an unreadable one is counted."""
        event = decode(record)
        if isinstance(event, Tombstone):
            self._destinations.pop(event.key, None)
        elif isinstance(event, WebhookSecret):
            destination = self._destinations.setdefault(event.key, _Destination())
            if record.offset > destination.offset or event.changed_at > destination.changed_at:
                destination.offset = record.offset
                self._change(destination, event)
        else:
            _refuse(record, "unreadable")

    def usable(self, now: UnixMicros) -> list[UsableSecret]:
        """Return the secrets that may have signed a delivery that arrives at `now`."""
        stored = [
            secret
            for destination in self._destinations.values()
            for secret in (destination.current, destination.previous)
            if secret is not None and (secret.until is None or secret.until > now)
        ]
        return [*self._environment, *stored]

    def pending(self, now: UnixMicros) -> bool:
        """Return whether Nylas may have issued a secret that has not arrived here."""
        return any(destination.pending_until > now for destination in self._destinations.values())

    def _change(self, destination: _Destination, event: WebhookSecret) -> None:
        secret = self._open(event)
        if event.status == "pending":
            destination.pending_until = event.expires_at or after(event.changed_at, limits.PENDING_SECONDS)
        elif secret is None:
            return
        elif event.status == "previous":
            until = event.expires_at or after(event.changed_at, limits.PREVIOUS_SECRET_SECONDS)
            destination.previous = UsableSecret(secret, "previous", until)
            if destination.current is not None and destination.current.secret == secret:
                destination.current = None
        else:
            replaced = destination.current
            if replaced is not None and replaced.secret != secret:
                until = after(event.changed_at, limits.PREVIOUS_SECRET_SECONDS)
                destination.previous = UsableSecret(replaced.secret, "previous", until)
            destination.current = UsableSecret(secret, "current", event.expires_at)
            destination.pending_until = BEGINNING
        destination.changed_at = event.changed_at

    def _open(self, event: WebhookSecret) -> str | None:
        if event.ciphertext is None:
            return None
        try:
            return self._decrypt(event.ciphertext) or None
        except PermanentError:
            metrics.REFUSED_SECRETS.inc()
            log.warning(
                "webhook_secret_refused", destination_id=event.destination_id, reason="another SECRET_KEY"
            )
            return None


def _refuse(record: Record, reason: str) -> None:
    metrics.REFUSED_SECRETS.inc()
    log.warning("webhook_secret_refused", offset=record.offset, reason=reason)
