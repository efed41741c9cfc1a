"""What the events of a notification say about their cause."""

from collections.abc import Sequence

import pytest

from mailtide_common.contracts.events import MessageContent, MessageState
from mailtide_harness.notifications import RECEIVED, Index, notified
from mailtide_harness.publisher import RecordingPublisher
from mailtide_sync_worker.messages.compared_state import KnownMessage, MessageKey
from mailtide_sync_worker.notifications.translate import Translator

WHOLE = {
    "id": "m",
    "grant_id": "g",
    "thread_id": "t",
    "subject": "Hello",
    "snippet": "Hello",
    "body": "Hello",
    "date": 1_700_000_000,
    "from": [],
    "to": [],
    "cc": [],
    "bcc": [],
    "reply_to": [],
    "attachments": [],
    "unread": True,
    "starred": False,
    "folders": ["INBOX"],
}


class Nothing(Index):
    """No message is stored."""

    async def list_messages(
        self, keys: Sequence[MessageKey], *, timeout: float | None = None
    ) -> dict[MessageKey, KnownMessage]:
        assert timeout is not None or not keys
        return {}


@pytest.mark.parametrize(
    ("type_", "found", "last"),
    [
        ("message.created", WHOLE, MessageState),
        ("message.created", WHOLE | {"body": ""}, MessageState),
        ("message.deleted", WHOLE, MessageState),
        ("message.created.truncated", {"id": "m", "grant_id": "g"}, None),
        ("folder.updated", {"id": "f", "grant_id": "g"}, None),
    ],
)
async def test_the_event_that_completes_a_row_states_when_the_webhook_was_received(
    type_: str, found: dict[str, object], last: type | None
) -> None:
    publisher = RecordingPublisher()
    assert await Translator(Nothing(), publisher).translate([notified(type_, found)]) == []
    mail = [e for e in publisher.events if isinstance(e, MessageContent | MessageState)]
    stated = {
        type(event): record.received_at
        for event, record in zip(publisher.events, publisher.records, strict=True)
        if record.received_at is not None
    }
    assert stated == ({} if last is None else {last: RECEIVED})
    assert last is None or type(mail[-1]) is last
