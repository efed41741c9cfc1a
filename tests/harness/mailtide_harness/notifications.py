"""Notifications as the ingress publishes them, and stored states of their grants."""

import json
import time
from collections.abc import Sequence
from typing import Any

from mailtide_common.contracts.causes import RECEIVED_AT
from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_common.runtime.errors import TransientError
from mailtide_sync_worker import limits
from mailtide_sync_worker.known.state import KnownState

from .publisher import record_of

RECEIVED = UnixMicros(time.time_ns() // 1_000)
"""When the ingress received them."""


def notified(type_: str, found: dict[str, Any], **envelope: Any) -> Record:
    """Return the record of a notification whose object is `found`."""
    body = {"type": type_, "id": "n", "time": int(time.time()), "data": {"object": found}, **envelope}
    headers = [(RECEIVED_AT, str(RECEIVED).encode())]
    return record_of(NOTIFICATIONS, Encoded(b"k", json.dumps(body).encode(), headers))


class Index(KnownState):
    """Counts its calls, and answers for each grant with what `found` has for it."""

    def __init__(self, *found: str) -> None:
        self.found = set(found)
        self.asked: list[Sequence[str]] = []
        self.away = False

    async def list_registered_grants(
        self, grant_ids: Sequence[str], *, timeout: float | None = None
    ) -> set[str]:
        assert timeout == limits.INDEX_QUERY_SECONDS
        self.asked.append(grant_ids)
        if self.away:
            raise TransientError("postgres")
        return self.found & set(grant_ids)

    list_purged_grants = list_registered_grants


def deleted(grant: str) -> Record:
    return notified("message.deleted", {"id": "m", "grant_id": grant})
