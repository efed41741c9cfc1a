"""Builds notifications: envelope and object of each trigger (docs: Webhooks, notification schemas)."""

import time
from dataclasses import dataclass

from mailtide_nylas_simulator.grant_book import Grant
from mailtide_nylas_simulator.mail.model import NOT_IN_UPDATES, Change, Json
from mailtide_nylas_simulator.responses import encode

EMPTY: Json = {"body": "", "snippet": "", "attachments": [], "bcc": [], "reply_to": []}
"""The empty value of each field that can be emptied."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Fields that are empty in a notification, or absent with ``omit``.

    In a captured ``.truncated``, body and attachments are empty (nylas-python issue 384). By the docs, the
    body is absent.

    Attributes:
        suffix: What is added to the notification's type.
        fields: The names of the fields.
        omit: Whether the fields are absent instead of empty.
    """

    suffix: str
    fields: tuple[str, ...]
    omit: bool = False

    def of(self, shown: Json) -> Json:
        """Return the object of a message with these fields empty, or without them if ``omit``."""
        rest = {name: value for name, value in shown.items() if name not in self.fields}
        return rest if self.omit else rest | {name: EMPTY[name] for name in self.fields}


TRUNCATED = Lacking("truncated", ("body", "attachments"))
METADATA = Lacking("metadata", ("body", "snippet", "attachments", "bcc", "reply_to"))
LACKING = {
    "truncate": TRUNCATED,
    "metadata": METADATA,
    "emptied": Lacking("", ("body", "snippet", "attachments")),
}
"""The lacking fields, by the kind of the fault."""


@dataclass(frozen=True, slots=True)
class Notification:
    """An event for the destinations. The id is the same in every attempt.

    With ``top_level_grant``, the envelope has the grant id next to the object, too. If ``raw`` is set, it is
    sent instead of the envelope. Tests send invalid JSON with it.
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

    @property
    def can_lack(self) -> bool:
        """Whether fields can be emptied or removed: only those of a message that exists."""
        return self.raw is None and self.type.startswith("message.") and self.type != "message.deleted"

    def body(self, attempt: int, most_bytes: int, lacking: Lacking | None = None) -> tuple[str, bytes]:
        """Return the type and the bytes to send.

        Args:
            attempt: The number of the attempt, from 1.
            most_bytes: If the notification of a message is larger, it is sent as ``.truncated``.
            lacking: The fields of a message to empty or remove, whatever its size; None: decided by the size.

        Fields of ``message.deleted``, of other objects than messages, and of ``raw`` are never changed.
        """
        if self.raw is not None:
            return self.type, self.raw
        whole = encode(self._envelope(self.type, self.object, attempt))
        if lacking is None and len(whole) > most_bytes:
            lacking = TRUNCATED
        if lacking is None or not self.can_lack:
            return self.type, whole
        kind = f"{self.type}.{lacking.suffix}" if lacking.suffix else self.type
        return kind, encode(self._envelope(kind, lacking.of(self.object), attempt))

    def _envelope(self, kind: str, shown: Json, attempt: int) -> Json:
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
    """Return the notification of a change, with the present state of the message or folder.

    A deleted message has only its ids. An updated message lacks the fields in `NOT_IN_UPDATES`.
    """
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
    """Return the notification of a change of a grant.

    ``event`` has the notification's type, Nylas' code for it, and further fields of the object.
    """
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
