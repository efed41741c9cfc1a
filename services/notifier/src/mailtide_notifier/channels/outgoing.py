"""What a channel is given to send, and how a try ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from mailtide_common.runtime.errors import PermanentError, TransientError


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One notice or digest."""

    id: UUID
    """The same at each try."""
    title: str
    text: str
    event: dict[str, Any]
    """The same for programs: `type`, `timestamp` and `data`, as Standard Webhooks names them."""


class LaterError(TransientError):
    """The receiver says when to try again."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class GoneError(PermanentError):
    """The receiver wants no more notices."""


class Sender(Protocol):
    """Reaches one kind of channel."""

    async def send(self, url: str, secrets: Sequence[str], outgoing: Outgoing) -> None:
        """Send, within `limits.SEND_SECONDS`.

        Args:
            url: the channel's.
            secrets: that sign, the newest first; none for kinds that do not sign.
            outgoing: what to send.

        Raises:
            TransientError: it may have arrived or not; try again.
            PermanentError: another try cannot help.
        """
