"""Decides which webhook secrets are valid at a given time. No I/O except logs and metrics."""

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
    """A webhook secret that is accepted."""

    secret: str
    kind: str
    """`environment`, `current` or `previous`, for the metric."""
    until: UnixMicros | None = None
    """Time until which it is accepted, or None if it has no end."""


@dataclass(slots=True)
class _Destination:
    offset: int = -1
    changed_at: UnixMicros = BEGINNING
    current: UsableSecret | None = None
    previous: UsableSecret | None = None
    pending_until: UnixMicros = BEGINNING


class SecretRegistry:
    """The webhook secrets from the environment, and those of the destinations that Mailtide created.

    Compaction of the topic keeps only the last record of a destination. This registry keeps a replaced secret
    for as long as Nylas may use it.

    Records must be applied in the topic's order. If the topic is read again, secrets that were applied before
    are ignored.

    Args:
        environment: secrets from NYLAS_WEBHOOK_SECRET.
        decrypt: decrypts the secret of a record. Raises `PermanentError` if that fails.
    """

    def __init__(self, environment: tuple[str, ...], decrypt: Callable[[str], str]) -> None:
        self._environment = [UsableSecret(secret, "environment") for secret in environment]
        self._decrypt = decrypt
        self._destinations: dict[str, _Destination] = {}

    def apply(self, record: Record) -> None:
        """Apply a record of `mail.webhook-secrets.v1`. A tombstone removes the secrets of its destination.

        A record that cannot be read or decrypted is counted and logged.
        """
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
        """Return the secrets that are accepted at `now`."""
        stored = [
            secret
            for destination in self._destinations.values()
            for secret in (destination.current, destination.previous)
            if secret is not None and (secret.until is None or secret.until > now)
        ]
        return [*self._environment, *stored]

    def pending(self, now: UnixMicros) -> bool:
        """Return whether a secret is being issued at `now`. Deliveries may be signed with it already."""
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
        except PermanentError as error:
            metrics.REFUSED_SECRETS.inc()
            log.warning("webhook_secret_refused", destination_id=event.destination_id, reason=str(error))
            return None


def _refuse(record: Record, reason: str) -> None:
    metrics.REFUSED_SECRETS.inc()
    log.warning("webhook_secret_refused", offset=record.offset, reason=reason)
