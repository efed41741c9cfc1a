"""An example of every event."""

from uuid import UUID

from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    AlertEnded,
    AlertKind,
    AlertRaised,
    Compared,
    DeletionsHeld,
    Event,
    Folder,
    IncidentSeen,
    Lane,
    MailboxProven,
    MessageContent,
    MessageState,
    Purged,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
    SyncRequested,
    SyncWanted,
    WebhookSecret,
)
from mailtide_common.contracts.versions import Source, Version

VERSION = Version(observed_at=5, source=Source.API, event_id="e")
TASK = UUID(int=1)
STRANGE = "<a/b#c@x é\x00>"

EXAMPLES: list[Event] = [
    IncidentSeen(kind=AlertKind.CONSUMER_HALTED, subject="a/b", lasts=True, reason="r", at=1),
    MessageContent(
        grant_id="g/1",
        message_id=STRANGE,
        version=VERSION,
        lane=Lane.LIVE,
        thread_id=None,
        subject="s\x00",
        snippet=None,
        from_=(),
        to=(),
        cc=(),
        bcc=(),
        reply_to=(),
        body="<p>",
        received_at=3,
        attachments=(),
        content_hash="h",
        core_hash="c",
    ),
    MessageState(grant_id="g/1", message_id=STRANGE, version=VERSION, folders=("INBOX",)),
    Folder(grant_id="g/1", folder_id="a/b", version=VERSION, name="n", attributes=("\\Inbox",)),
    Account(grant_id="g/1", version=VERSION, status=AccountStatus.ACTIVE),
    SyncRequested(task_id=TASK, grant_id="g/1", kind=SyncKind.DELTA),
    SyncWanted(grant_id="g/1", kind=SyncKind.MESSAGE, reason="r", message_id=STRANGE),
    SyncProgressed(
        task_id=TASK, grant_id="g/1", kind=SyncKind.DELTA, until=1, watermark=2, synced_count=3, at=4
    ),
    SyncFinished(
        task_id=TASK, grant_id="g/1", kind=SyncKind.DELTA, outcome=SyncOutcome.OK, started_at=1, finished_at=2
    ),
    MailboxProven(grant_id="g/1", proven_at=1, proves=(Compared.IDS, Compared.CONTENT)),
    DeletionsHeld(task_id=TASK, grant_id="g/1", message_ids=(STRANGE,), at=1),
    AlertRaised(kind=AlertKind.WEBHOOK_DOWN, subject="d", reason="r", at=1),
    AlertEnded(kind=AlertKind.WEBHOOK_DOWN, subject="d", reason="r", opened_at=1, at=2),
    WebhookSecret(destination_id="d", status="pending", ciphertext=None, changed_at=1),
    Purged(account_id=TASK, purged_at=1),
]
