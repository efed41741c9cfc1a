"""What the changelogs of 2026 say that Nylas did: 401 and 404 that are not true, and one message twice."""

import pytest

from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    MessageContent,
    MessageState,
    SyncKind,
    SyncOutcome,
)
from mailtide_common.contracts.times import UnixSeconds
from mailtide_harness.sync_worker import NewHarness
from mailtide_sync_worker.listings.imap_cache import oldest_seen


@pytest.mark.parametrize("kind", [SyncKind.DELTA, SyncKind.BACKFILL, SyncKind.AUDIT])
async def test_a_401_while_the_grant_is_valid_is_a_failure_and_ends_no_account(
    new_harness: NewHarness, kind: SyncKind
) -> None:
    harness = await new_harness(count=5, days=5, provider="imap")
    harness.fault("unauthorized", path="*/messages")
    finished = await harness.finish(kind)
    assert finished.outcome is SyncOutcome.FAILED
    assert {account.status for account in harness.of_type(Account)} <= {AccountStatus.ACTIVE}


async def test_a_404_deletes_no_imap_message_that_is_alive(new_harness: NewHarness) -> None:
    harness = await new_harness(count=5, days=5, provider="imap")
    alive = harness.newest(1)[0]
    harness.fault("not_found", path="*/messages/*", remaining=1)
    first = await harness.finish(SyncKind.MESSAGE, message_id=alive, deletion_seen=True)
    assert first.outcome is SyncOutcome.NOT_FOUND
    assert harness.of_type(MessageState) == []
    again = await harness.finish(SyncKind.MESSAGE, message_id=alive, deletion_seen=True, attempt=2)
    assert again.outcome is SyncOutcome.OK
    harness.mailbox.remove(alive)
    await harness.slice(SyncKind.MESSAGE, message_id=alive, deletion_seen=True, attempt=2)
    assert [event.deleted for event in harness.of_type(MessageState)] == [False, True]


@pytest.mark.parametrize("kind", [SyncKind.DELTA, SyncKind.BACKFILL])
async def test_a_message_that_is_listed_twice_counts_once(new_harness: NewHarness, kind: SyncKind) -> None:
    harness = await new_harness(filled=False, count=60, days=5)
    harness.fault("twice")
    finished, _ = await harness.whole(kind)
    assert finished.synced_count == 60
    assert len(harness.of_type(MessageContent)) == 60
    assert await harness.local() == harness.remote()
    harness.forget()
    audited, _ = await harness.whole(SyncKind.AUDIT)
    assert audited.outcome is SyncOutcome.OK
    assert harness.fetch_requests() == []
    assert sum(count.in_account for count in audited.folders) == sum(
        len(message.folders) for message in harness.mailbox.messages.values()
    )


def test_an_agent_account_is_served_whole() -> None:
    assert oldest_seen("nylas", UnixSeconds(10**9)) is None
    assert oldest_seen("imap", UnixSeconds(10**9)) is not None
