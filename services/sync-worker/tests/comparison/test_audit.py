"""Audits per folder: what is missing, extra or different is repaired, then proven."""

import secrets
import time
from collections import Counter
from typing import Any

import pytest

from mailtide_common.contracts.events import (
    Compared,
    DeletionsHeld,
    FolderCount,
    MessageContent,
    SyncFinished,
    SyncKind,
    SyncOutcome,
)
from mailtide_common.contracts.keys import message_uuid
from mailtide_harness.sync_worker import Harness, NewHarness
from mailtide_nylas import Page
from mailtide_sync_worker.known.stored_index import StoredIndex


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtide_sync_worker.limits.SLICE_PAGES", 2)
    monkeypatch.setattr("mailtide_sync_worker.limits.PAGE_SIZE", 50)


async def audited(harness: Harness, *, repair: bool) -> tuple[dict[str, FolderCount], int]:
    """Return counts per folder over all slices, and how many messages the audit requested."""
    finished, slices = await harness.whole(SyncKind.AUDIT, repair=repair)
    assert finished.outcome is SyncOutcome.OK
    assert all(event.messages is not None for event in (*slices, finished))
    total: dict[str, Counter[str]] = {}
    for folders in (*(event.folders for event in slices), finished.folders):
        for count in folders:
            numbers = count.model_dump()
            total.setdefault(str(numbers.pop("folder_id")), Counter()).update(numbers)
    counts = {folder: FolderCount(folder_id=folder, **numbers) for folder, numbers in total.items()}
    return counts, finished.synced_count + sum(event.synced_count for event in slices)


def wrong(counts: dict[str, FolderCount]) -> tuple[int, int, int]:
    found = counts.values()
    return sum(c.missing for c in found), sum(c.extra for c in found), sum(c.differing for c in found)


@pytest.mark.usefixtures("small_slices")
async def test_an_audit_counts_repairs_and_then_proves(new_harness: NewHarness) -> None:
    harness = await new_harness(provider="microsoft", count=620, days=300)
    ids = list(harness.remote())
    lost, changed, removed = ids[::50], ids[1::60], ids[2::70]
    await harness.pool.execute(
        "DELETE FROM emails WHERE id = ANY($1)", [message_uuid(harness.grant.id, id_) for id_ in lost]
    )
    for id_ in changed:
        harness.mailbox.update(id_, unread=not harness.mailbox.messages[id_].unread)
    for id_ in removed:
        harness.mailbox.remove(id_)
    expected = (len(lost), len(removed), len(changed))

    counts, asked = await audited(harness, repair=False)
    assert wrong(counts) == expected
    assert (asked, harness.fetch_requests()) == (0, [])
    in_folders = Counter(folder for m in harness.mailbox.messages.values() for folder in m.folders)
    assert {folder: c.in_account for folder, c in counts.items() if c.in_account} == dict(in_folders)
    assert all(c.synced + c.missing + c.differing == c.in_account for c in counts.values())

    counts, asked = await audited(harness, repair=True)
    assert wrong(counts) == expected
    assert asked == sum(expected)
    await harness.grant_requests()
    counts, _ = await audited(harness, repair=False)
    assert wrong(counts) == (0, 0, 0)
    assert await harness.local() == harness.remote()


async def test_a_content_that_differs_is_found_although_the_index_agrees(new_harness: NewHarness) -> None:
    """Whatever changed the row: a notification with empty fields, or a manual change (INV-21)."""
    harness = await new_harness(count=30, days=5, attachments=1.0)
    emptied, cut, other, bare = harness.newest(4)
    for id_, change in {
        emptied: "body_html = '', body_text = ''",
        cut: "body_html = left(body_html, 5)",
        other: "content_hash = 'of what was before'",
    }.items():
        await harness.pool.execute(f"UPDATE emails SET {change} WHERE nylas_message_id = $1", id_)  # noqa: S608
    await harness.pool.execute(
        "DELETE FROM email_attachments WHERE email_id = $1", message_uuid(harness.grant.id, bare)
    )
    harness.calls()
    assert wrong((await audited(harness, repair=False))[0])[2] >= 4
    assert harness.calls()["GET /messages"] == 2, "a page of the index, and one of whole messages"
    assert wrong((await audited(harness, repair=True))[0])[2] >= 4
    finished, _ = await harness.whole(SyncKind.AUDIT, repair=False)
    assert wrong({count.folder_id: count for count in finished.folders}) == (0, 0, 0)
    assert (finished.contents, Compared.CONTENT in finished.compared) == (len(harness.remote()), True)
    rows = await harness.pool.fetch(
        "SELECT nylas_message_id AS id, octet_length(body_html) AS size FROM emails"
    )
    sizes = {id_: len(harness.mailbox.messages[id_].body().encode()) for id_ in harness.remote()}
    assert {row["id"]: row["size"] for row in rows} == sizes


async def test_the_content_of_a_message_of_1970_is_listed_without_a_negative_time(
    new_harness: NewHarness,
) -> None:
    """Nylas does not document that it accepts one; if it refused, no audit of the mailbox would succeed."""
    harness = await new_harness(count=3, days=5)
    harness.mailbox.add(harness.world.author_of(harness.mailbox).write(0))
    await harness.whole(SyncKind.BACKFILL)
    times: list[int | None] = []
    list_messages = harness.nylas.list_messages

    async def listed(*given: Any, **query: Any) -> Page:
        times.append(query.get("received_after"))
        return await list_messages(*given, **query)

    harness.nylas.list_messages = listed  # type: ignore[method-assign]
    finished = await harness.finish(SyncKind.AUDIT, repair=False)
    assert (finished.outcome, finished.contents) == (SyncOutcome.OK, 4)
    assert all(time is None or time >= 0 for time in times)


async def test_a_large_mailbox_has_its_contents_compared_by_turn_and_does_not_call_them_proven(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtide_sync_worker.limits.AUDIT_CONTENTS", 10)
    harness = await new_harness(count=40, days=5)
    await harness.pool.execute("UPDATE emails SET body_html = ''")
    finished, _ = await harness.whole(SyncKind.AUDIT)
    assert (finished.contents, Compared.CONTENT in finished.compared) == (10, False)
    assert await harness.pool.fetchval("SELECT count(*) FROM emails WHERE body_html <> ''") == 10


async def test_a_body_that_only_a_notification_called_empty_is_asked_for(new_harness: NewHarness) -> None:
    """The next delta and an audit repair what notifications emptied in earlier releases."""
    harness = await new_harness(count=20, days=5)
    (newest,) = harness.newest(1)
    for kind, fields in (
        (SyncKind.AUDIT, {}),
        (SyncKind.DELTA, {"since": int(time.time()), "window_seconds": 864_000}),
    ):
        await harness.pool.execute(
            "UPDATE emails SET body_html = '', content_rank = 1 WHERE nylas_message_id = $1", newest
        )
        harness.forget()
        await harness.slice(kind, **fields)
        await harness.store()
        assert [each.message_id for each in harness.fetch_requests("unconfirmed")] == [newest]
        await harness.grant_requests()
        assert await harness.pool.fetchval("SELECT count(*) FROM emails WHERE body_html = ''") == 0
        harness.forget()
        await harness.slice(kind, **fields)
        assert harness.fetch_requests("unconfirmed") == []


async def test_what_postgres_refuses_is_parked_once_and_not_asked_for_again(new_harness: NewHarness) -> None:
    harness = await new_harness(count=20, days=5)
    (newest,) = harness.newest(1)
    await harness.pool.execute("DELETE FROM emails WHERE nylas_message_id = $1", newest)
    await harness.pool.execute(
        f"ALTER TABLE emails ADD CONSTRAINT never CHECK (nylas_message_id <> '{newest}')"
    )
    delta = {"since": 1, "window_seconds": 864_000}
    first = await harness.slice(SyncKind.DELTA, **delta)
    await harness.store()
    assert first.synced_count == 1
    harness.forget()
    for kind, fields in ((SyncKind.DELTA, delta), (SyncKind.AUDIT, {}), (SyncKind.BACKFILL, {})):
        finished = await harness.slice(kind, **fields)
        assert isinstance(finished, SyncFinished)
        assert (finished.outcome, finished.synced_count) == (SyncOutcome.OK, 0)
        assert not harness.of_type(MessageContent)
        assert harness.fetch_requests() == []
    counts, _ = await audited(harness, repair=False)
    assert wrong(counts)[0] >= 1, "it is missing, and nobody says otherwise"
    ids = [
        id_ async for chunk in StoredIndex(harness.pool).list_message_ids(harness.grant.id) for id_ in chunk
    ]
    assert sorted(ids) == sorted(harness.remote()), "a purge buries it too"


@pytest.mark.parametrize("id_", [secrets.token_hex(40_000), "/" * 1_000], ids=["long", "long when encoded"])
async def test_a_message_whose_id_no_path_holds_is_listed(new_harness: NewHarness, id_: str) -> None:
    harness = await new_harness(count=10, days=5)
    message = harness.world.author_of(harness.mailbox).write(int(time.time()) - 60)
    message.id = id_
    harness.mailbox.add(message)
    counts, asked = await audited(harness, repair=True)
    assert (wrong(counts)[0] >= 1, asked, harness.fetch_requests()) == (True, 1, [])
    assert message.id in await harness.local()
    assert wrong((await audited(harness, repair=False))[0]) == (0, 0, 0)


async def test_messages_in_no_folder_count_too(new_harness: NewHarness) -> None:
    harness = await new_harness(count=10, days=5)
    harness.mailbox.messages[harness.newest(1)[0]].raw["folders"] = []
    counts, _ = await audited(harness, repair=True)
    assert (counts[""].in_account, counts[""].differing) == (1, 1)
    counts, _ = await audited(harness, repair=True)
    assert (counts[""].in_account, counts[""].synced) == (1, 1)


async def test_another_thread_is_content_and_is_fetched(new_harness: NewHarness) -> None:
    harness = await new_harness(count=10, days=5)
    harness.mailbox.messages[harness.newest(1)[0]].raw["thread_id"] = "another"
    counts, _ = await audited(harness, repair=True)
    assert wrong(counts)[2] >= 1
    assert await harness.grant_requests() == 1
    assert wrong((await audited(harness, repair=False))[0]) == (0, 0, 0)


@pytest.mark.usefixtures("small_slices")
async def test_a_mailbox_that_was_never_downloaded_is_listed_not_fetched_one_by_one(
    new_harness: NewHarness,
) -> None:
    harness = await new_harness(filled=False, count=430, days=50)
    counts, asked = await audited(harness, repair=True)
    assert wrong(counts)[0] > 430
    assert asked == 430
    assert harness.calls()["GET /messages"] < 30
    assert len(harness.fetch_requests()) < 50
    await harness.grant_requests()
    assert wrong((await audited(harness, repair=False))[0]) == (0, 0, 0)


@pytest.mark.usefixtures("small_slices")
async def test_the_guard_holds_slice_by_slice(new_harness: NewHarness) -> None:
    """The limit applies to each slice, so a mailbox that is emptied slice by slice is held too."""
    harness = await new_harness(count=3_000, days=300)
    gone = [id_ for place, id_ in enumerate(harness.remote()) if place % 3 == 0]
    for id_ in gone:
        harness.mailbox.remove(id_)
    counts, asked = await audited(harness, repair=True)
    assert wrong(counts)[1] >= len(gone)
    held = {id_ for event in harness.of_type(DeletionsHeld) for id_ in event.message_ids}
    assert held | {w.message_id for w in harness.fetch_requests("missing")} == set(gone)
    assert asked < 25


async def test_a_message_that_arrives_while_the_index_is_listed_is_not_extra(new_harness: NewHarness) -> None:
    harness = await new_harness(count=30, days=5)
    await harness.pool.execute("UPDATE emails SET state_observed_at = 9000000000000000")
    harness.fault("empty_listing")
    counts, _ = await audited(harness, repair=True)
    assert wrong(counts) == (0, 0, 0)
    assert harness.fetch_requests() == []


@pytest.mark.usefixtures("small_slices")
@pytest.mark.parametrize("provider", ["microsoft", "ews", "imap"])
async def test_mail_before_the_start_date_is_neither_missing_nor_fetched(
    new_harness: NewHarness, provider: str
) -> None:
    harness = await new_harness(provider=provider, filled=False, count=300, days=60)
    start = sorted(m.date for m in harness.mailbox.messages.values())[120]
    await harness.whole(SyncKind.BACKFILL, start_date=start)
    kept = await harness.local()
    finished, _ = await harness.whole(SyncKind.AUDIT, start_date=start)
    assert (finished.outcome, finished.synced_count) == (SyncOutcome.OK, 0)
    assert await harness.local() == kept
    assert len(kept) < len(harness.mailbox.messages)
