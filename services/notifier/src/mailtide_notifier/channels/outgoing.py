"""The message that a sender sends, the interface of senders, and their errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from mailtide_common.runtime.errors import PermanentError, TransientError


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send: a notice, a digest of several notices, or a test."""

    id: UUID
    """The same in every attempt, so that receivers can recognise repeats."""
    title: str
    text: str
    event: dict[str, Any]
    """The message for programs: `type`, `timestamp` and `data`, as defined by Standard Webhooks."""


class LaterError(TransientError):
    """The receiver refused a message, and requested that the next attempt waits for `seconds`."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class GoneError(PermanentError):
    """The receiver answered that it no longer exists.

    If a delivery fails with this error, its channel is disabled. A test does not disable the channel.
    """


class Sender(Protocol):
    """Sends messages to one kind of channel."""

    async def send(self, url: str, secrets: Sequence[str], outgoing: Outgoing) -> None:
        """Send a message within `limits.SEND_SECONDS`.

        Args:
            url: the channel's URL, decrypted.
            secrets: a webhook's signing secrets, newest first; empty for other kinds.
            outgoing: the message.

        Raises:
            TransientError: the message may not have arrived; another attempt may succeed.
            PermanentError: another attempt would also fail.
        """
