"""Webhook destinations with their secrets and their status. Failed attempts can change the status."""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mailtide_nylas_simulator.mail.ids import uuid_of
from mailtide_nylas_simulator.mail.model import Json

FAILING_AFTER = 15 * 60
FAILED_AFTER = 72 * 3600
_BAD_SHARE = 0.95
DELIVERING = frozenset({"active", "failing"})


@dataclass(slots=True)
class Destination:
    """A webhook destination.

    ``outcomes`` has the time and the success of each attempt in the last 15 minutes, and ``bad`` is the
    number of failures among them. ``bad_since`` is the time since when at least 95 % of them failed, or None.
    Times are Unix seconds of `World.clock`.
    """

    id: str
    webhook_url: str
    trigger_types: list[str]
    secret: str
    created_at: int
    description: str = ""
    notification_email_addresses: list[str] = field(default_factory=list)
    compressed_delivery: bool = False
    status: str = "active"
    previous_secret: str | None = None
    updated_at: int = 0
    status_updated_at: int = 0
    outcomes: deque[tuple[float, bool]] = field(default_factory=deque)
    bad: int = 0
    bad_since: float | None = None

    def shape(self, *, secret: bool = False) -> Json:
        """Return the destination as the API shows it, with its secret only if `secret` is True."""
        shown: Json = {
            "id": self.id,
            "description": self.description,
            "trigger_types": list(self.trigger_types),
            "webhook_url": self.webhook_url,
            "status": self.status,
            "notification_email_addresses": list(self.notification_email_addresses),
            "compressed_delivery": self.compressed_delivery,
            "status_updated_at": self.status_updated_at,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }
        if secret:
            shown["webhook_secret"] = self.secret
        return shown

    def set_status(self, status: str, now: float) -> None:
        """Set the status. ``active`` clears the record of failures. `now` is in Unix seconds."""
        if status == "active":
            self.outcomes.clear()
            self.bad, self.bad_since = 0, None
        self._enter(status, now)

    def _enter(self, status: str, now: float) -> None:
        if status != self.status:
            self.status_updated_at = int(now)
        self.status = status
        self.updated_at = int(now)

    def judge(self, now: float) -> None:
        """Update the status from the attempts of the last 15 minutes, if it is ``active`` or ``failing``.

        - If at least 95 % fail for 15 minutes, the status becomes ``failing``; after 72 hours, ``failed``.
        - If fewer fail, ``failing`` becomes ``active`` again.
        - If there are no attempts, the share of failures counts as unchanged.
        """
        if self.status not in DELIVERING:
            return
        while self.outcomes and self.outcomes[0][0] <= now - FAILING_AFTER:
            self.bad -= not self.outcomes.popleft()[1]
        if self.outcomes:
            mostly_bad = self.bad / len(self.outcomes) >= _BAD_SHARE
            self.bad_since = (self.bad_since or now) if mostly_bad else None
        if self.bad_since is None:
            if self.status == "failing":
                self._enter("active", now)
        elif now - self.bad_since >= FAILED_AFTER:
            self._enter("failed", now)
        elif now - self.bad_since >= FAILING_AFTER and self.status != "failing":
            self._enter("failing", now)


class DestinationBook:
    """All destinations of the application."""

    def __init__(self, draw: random.Random, now: Callable[[], float]) -> None:
        self._draw = draw
        self._now = now
        self._known: dict[str, Destination] = {}

    def __iter__(self) -> Iterator[Destination]:
        return iter(list(self._known.values()))

    def get(self, destination_id: str) -> Destination | None:
        return self._known.get(destination_id)

    def add(self, url: str, triggers: list[str]) -> Destination:
        """Create a destination with a new secret. The caller must have challenged the URL."""
        now = int(self._now())
        made = Destination(uuid_of(self._draw), url, triggers, self._secret(), now)
        made.updated_at = made.status_updated_at = now
        self._known[made.id] = made
        return made

    def remove(self, destination_id: str) -> None:
        del self._known[destination_id]

    def rotate(self, destination: Destination) -> None:
        """Replace the secret of a destination. Later attempts are signed with the new secret."""
        destination.previous_secret, destination.secret = destination.secret, self._secret()
        destination.updated_at = int(self._now())

    def record(self, destination: Destination, *, good: bool) -> None:
        """Record whether a delivery attempt succeeded, and update the destination's status."""
        destination.outcomes.append((self._now(), good))
        destination.bad += not good
        destination.judge(self._now())

    def judge_all(self) -> None:
        for destination in self._known.values():
            destination.judge(self._now())

    def _secret(self) -> str:
        return f"{self._draw.getrandbits(128):032x}"
