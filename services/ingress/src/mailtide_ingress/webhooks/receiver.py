"""Verifies a delivery, publishes its bytes, and only then answers 200."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from prometheus_client import Counter

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.notification_headers import NotificationHeaders, encode_notification
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import NOTIFICATIONS, Topic
from mailtide_common.contracts.traces import new_traceparent, valid_traceparent
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import TransientError
from mailtide_ingress import answers, limits, metrics
from mailtide_ingress.answers import Answer
from mailtide_nylas.webhooks.compressed import TooLargeInflated
from mailtide_nylas.webhooks.signature import verify

from .envelope import digest, peek
from .secret_registry import SecretRegistry, UsableSecret


class Publishes(Protocol):
    """The part of `Publisher` that is used here."""

    async def send(self, topic: Topic, record: Encoded, *, timeout: float) -> None:
        """Send a record and wait at most `timeout` seconds for Kafka's acknowledgement.

        Raises:
            TransientError: Kafka did not acknowledge the record.
            PermanentError: the record is larger than its topic allows.
        """


class KeepsFresh(Protocol):
    """The part of `SecretFollower` that is used here."""

    @property
    def ready(self) -> bool:
        """Whether the topic of secrets has been read to its end at least once."""

    async def refresh(self) -> None:
        """Read the topic to its present end.

        Raises:
            TransientError: Kafka is unavailable.
        """


@dataclass(frozen=True, slots=True)
class Delivery:
    """The body and the headers of a request that are verified or published.

    An absent header is None, and so is a repeated signature.
    """

    body: bytes
    signature: str | None
    content_encoding: str | None
    traceparent: str | None


class DeliveryReceiver:
    """Verifies and publishes deliveries, and decides how they are answered."""

    def __init__(
        self,
        secrets: SecretRegistry,
        follower: KeepsFresh,
        publisher: Publishes,
        *,
        answer_seconds: float = limits.ANSWER_SECONDS,
        now: Callable[[], UnixMicros] = now_us,
    ) -> None:
        self._secrets = secrets
        self._follower = follower
        self._publisher = publisher
        self._answer_seconds = answer_seconds
        self._now = now

    async def __call__(self, delivery: Delivery) -> Answer:
        """Verify a delivery, publish it if it is valid, and return its answer within `answer_seconds`.

        The answer is 200 only after Kafka has acknowledged the bytes (INV-1).

        Raises:
            PermanentError: the record is larger than its topic allows.
        """
        received_at = self._now()
        deadline = time.monotonic() + self._answer_seconds
        try:
            refusal = await self._refusal(delivery)
        except (TransientError, TimeoutError):
            refusal = answers.SECRETS_UNREAD
        if refusal is not None:
            return refusal
        record = _record(delivery, received_at)
        if isinstance(record, Answer):
            return record
        try:
            await self._publisher.send(NOTIFICATIONS, record, timeout=max(0.0, deadline - time.monotonic()))
        except TransientError:
            return answers.NOT_STORED
        metrics.BODY_BYTES.observe(len(delivery.body))
        return answers.ACCEPTED

    def refusal_unread(self, signature: str | None) -> Answer | None:
        """Return the refusal that is certain before the body is read, or None.

        The body of a refused delivery need not be kept in memory.
        """
        if not self._follower.ready:
            return answers.SECRETS_UNREAD
        if signature is None and self._secrets.usable(self._now()):
            return answers.NO_SIGNATURE
        return None

    async def _refusal(self, delivery: Delivery) -> Answer | None:
        """Return None if the signature is valid, else a refusal (INV-27).

        Before a signature is refused, new secrets are read from Kafka.

        Raises:
            TransientError: Kafka is unavailable.
            TimeoutError: reading the secrets took longer than `answer_seconds`.
        """
        refusal = self.refusal_unread(delivery.signature)
        if refusal is not None:
            return refusal
        usable = self._secrets.usable(self._now())
        if _signed(delivery, usable):
            return None
        async with asyncio.timeout(self._answer_seconds):
            await self._follower.refresh()
        usable = self._secrets.usable(self._now())
        if _signed(delivery, usable):
            return None
        if not usable:
            return answers.NO_SECRET
        return answers.SECRET_PENDING if self._secrets.pending(self._now()) else answers.WRONG_SIGNATURE


def _signed(delivery: Delivery, usable: Sequence[UsableSecret]) -> bool:
    matched = verify(delivery.body, delivery.signature, [candidate.secret for candidate in usable])
    if matched is None:
        return False
    _verified(usable[matched].kind).inc()
    return True


@cache
def _verified(secret_kind: str) -> Counter:
    return metrics.VERIFIED_DELIVERIES.labels(secret_kind)


def _record(delivery: Delivery, received_at: UnixMicros) -> Encoded | Answer:
    """Return the record of a delivery, or a refusal if the inflated body is too large.

    The record's key is the grant id. Without a readable grant id, it is the notification's id or else the
    digest of the body.
    """
    envelope = peek(delivery.body, delivery.content_encoding)
    if isinstance(envelope, TooLargeInflated):
        return answers.TOO_LARGE_INFLATED
    if not envelope.readable:
        metrics.UNREADABLE_DELIVERIES.inc()
    notification_id = envelope.id or digest(delivery.body)
    headers = NotificationHeaders(
        id=notification_id,
        received_at=received_at,
        content_encoding=delivery.content_encoding,
        delivery_attempt=envelope.delivery_attempt,
        traceparent=valid_traceparent(delivery.traceparent) or new_traceparent(),
    )
    return encode_notification(envelope.grant_id or notification_id, delivery.body, headers)
