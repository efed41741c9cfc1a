"""Notifications: the envelope and the objects of each trigger (facts, section 1.6)."""

import time
from dataclasses import dataclass

from .grantbook import Grant
from .model import NOT_IN_UPDATES, Change, Json
from .respond import encode


@dataclass(frozen=True, slots=True)
class Notification:
    """One event on its way to the destinations; every attempt carries the same id.

    ``raw`` is sent as it is instead of an envelope, for bodies that no envelope can hold.
    """

    id: str
    type: str
    source: str
    time: int
    application_id: str
    grant_id: str
    object_id: str
    object: Json
    top_level_grant: bool = False
    raw: bytes | None = None

    def body(self, attempt: int, most_bytes: int, *, truncate: bool = False) -> tuple[str, bytes]:
        """The type and the bytes to send; above ``most_bytes`` a message goes without its body."""
        if self.raw is not None:
            return self.type, self.raw
        whole = encode(self._envelope(self.type, self.object, attempt))
        if not self.type.startswith("message.") or not (truncate or len(whole) > most_bytes):
            return self.type, whole
        kind = f"{self.type}.truncated"
        rest = {name: value for name, value in self.object.items() if name != "body"}
        return kind, encode(self._envelope(kind, rest, attempt))

    def envelope(self, attempt: int) -> Json:
        """The whole envelope of an attempt."""
        return self._envelope(self.type, self.object, attempt)

    def _envelope(self, kind: str, shown: Json, attempt: int) -> Json:
        """The CloudEvents-like envelope."""
        data: Json = {"application_id": self.application_id, "object": shown}
        if self.top_level_grant:
            data["grant_id"] = self.grant_id
        return {
            "specversion": "1.0",
            "type": kind,
            "source": self.source,
            "id": self.id,
            "time": self.time,
            "webhook_delivery_attempt": attempt,
            "data": data,
        }


def mailbox_notice(notice_id: str, application_id: str, grant: Grant, change: Change) -> Notification:
    """The notification of a change in a mailbox, holding the state at this moment."""
    shown: Json = {"object": "message", "id": change.object_id, "grant_id": grant.id}
    if change.folder is not None:
        shown = change.folder.notice(grant.id)
    elif change.message is not None and change.kind != "message.deleted":
        shown = change.message.shape(grant.id)
        if change.kind == "message.updated":
            shown = {name: value for name, value in shown.items() if name not in NOT_IN_UPDATES}
    return Notification(
        notice_id,
        change.kind,
        f"/{grant.provider}/emails/realtime",
        int(time.time()),
        application_id,
        grant.id,
        change.object_id,
        shown,
    )


def grant_notice(
    notice_id: str, application_id: str, grant: Grant, event: tuple[str, int, Json]
) -> Notification:
    """The notification of a change of a grant; ``event`` is its type, code and further fields."""
    kind, code, extra = event
    shown = {
        "code": code,
        "grant_id": grant.id,
        "integration_id": grant.integration_id,
        "provider": grant.provider,
        "email": grant.email,
        **extra,
    }
    return Notification(
        notice_id, kind, "/nylas/system", int(time.time()), application_id, grant.id, grant.id, shown
    )
