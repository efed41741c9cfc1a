"""Backfill: every message, newest first, resumed at the slice, in constant memory."""

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.events import (
    MessageContent,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
)
from mailtide_common.contracts.times import UnixSeconds
from mailtide_common.contracts.topics import MESSAGES
from mailtide_devkit.local.waiting import until
from mailtide_harness.sync_worker import DAY, Harness, NewHarness
from mailtide_sync_worker.requests.oldest_message import MOST_CALLS, find_oldest


def contents(harness: Harness) -> list[str]:
    return [event.message_id for event in harness.of_type(MessageContent)]


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtide_sync_worker.limits.SLICE_PAGES", 2)
    monkeypatch.setattr("mailtide_sync_worker.limits.PAGE_SIZE", 50)


@pytest.mark.usefixtures("small_slices")
async def test_slices_bring_everything_once_and_say_where_they_are(new_harness: NewHarness) -> None:
    harness = await new_harness(filled=False, count=730, days=900)
    finished, slices = await harness.whole(SyncKind.BACKFILL)
    assert await harness.local() == harness.remote()
    assert len(contents(harness)) == 730
    assert sum(s.synced_count for s in slices) + finished.synced_count == 730
    untils = [s.until for s in slices]
    assert untils == sorted(untils, reverse=True)
    assert len({finished.watermark, *(s.watermark for s in slices)}) == 1
    dates = sorted(m.date for m in harness.mailbox.messages.values())
    assert slices[0].oldest is not None
    assert abs(slices[0].oldest - dates[0]) <= 0.05 * (dates[-1] - dates[0])
    assert {s.oldest for s in slices[1:]} == {None}


@pytest.mark.usefixtures("small_slices")
async def test_a_slice_that_is_done_again_changes_nothing(new_harness: NewHarness) -> None:
    """A worker dies after it published a slice, and before it reported."""
    harness = await new_harness(filled=False, count=300, days=30)
    first = await harness.slice(SyncKind.BACKFILL)
    again = await harness.slice(SyncKind.BACKFILL)
    assert isinstance(first, SyncProgressed)
    assert isinstance(again, SyncProgressed)
    assert (first.until, first.synced_count) == (again.until, again.synced_count)
    await harness.whole(SyncKind.BACKFILL, until=first.until, watermark=first.watermark)
    assert await harness.local() == harness.remote()


async def test_a_small_mailbox_needs_no_search_for_its_oldest_message(new_harness: NewHarness) -> None:
    harness = await new_harness(filled=False, count=150)
    await harness.finish(SyncKind.BACKFILL)
    assert harness.calls() == {"GET /messages": 1}


@pytest.mark.usefixtures("small_slices")
async def test_nothing_before_the_start_date(new_harness: NewHarness) -> None:
    harness = await new_harness(filled=False, count=500, days=100)
    start = sorted(m.date for m in harness.mailbox.messages.values())[200]
    _, slices = await harness.whole(SyncKind.BACKFILL, start_date=start)
    assert (await harness.local()).keys() == {
        m.id for m in harness.mailbox.messages.values() if m.date >= start
    }
    assert slices[0].oldest is not None
    assert slices[0].oldest >= start


@pytest.mark.usefixtures("small_slices")
async def test_an_absurd_date_does_not_end_the_listing_early(new_harness: NewHarness) -> None:
    """It would be the oldest of its slice, and the next slice would begin in 1970."""
    harness = await new_harness(filled=False, count=400, days=50)
    ordered = list(harness.mailbox.newest_first(None, None))
    for place, date in ((3, 0), (97, 1), (99, 86_400), (150, 7_000_000_000), (199, -5), (299, None)):
        ordered[place].raw["date"] = date
    await harness.whole(SyncKind.BACKFILL)
    assert (await harness.local()).keys() == harness.remote().keys()


@given(dates=st.lists(st.integers(1, 4_000), min_size=1, max_size=40), floor=st.integers(0, 2_000))
async def test_the_oldest_date_is_found_with_few_calls(dates: list[int], floor: int) -> None:
    mail = sorted(UnixSeconds(day * DAY) for day in dates)
    newest, calls = mail[-1], 0

    async def newest_before(before: UnixSeconds) -> UnixSeconds | None:
        nonlocal calls
        calls += 1
        return max((date for date in mail if date < before), default=None)

    found = await find_oldest(newest_before, newest, floor=UnixSeconds(floor * DAY), newest=newest)
    wanted = [date for date in mail if date >= floor * DAY]
    assert calls <= MOST_CALLS
    if wanted:
        assert wanted[0] <= found <= wanted[0] + max(DAY, 0.03 * (newest - wanted[0])) + DAY


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_memory_is_flat_over_twenty_thousand_messages(new_harness: NewHarness) -> None:
    harness = await new_harness(filled=False, count=20_000, days=4_000, size=4_000)
    seen: list[int] = []
    fields: dict[str, int] = {}
    while True:
        event = await harness.slice(SyncKind.BACKFILL, **fields)
        harness.forget()
        gc.collect()
        seen.append(resident())
        if isinstance(event, SyncFinished):
            break
        fields = {"until": event.until, "watermark": event.watermark}
    assert len(seen) >= 4
    megabytes = [size // 2**20 for size in seen]
    print(f"resident after each slice of 5,000 messages, MB: {megabytes}")  # noqa: T201 - the figure
    assert max(megabytes[1:]) - megabytes[1] < 40


async def test_the_next_page_is_listed_while_the_last_one_is_published(new_harness: NewHarness) -> None:
    """Otherwise a broker that acknowledges a page only after the next one was requested would block it forever."""
    harness = await new_harness(filled=False, count=600, days=100)
    publish = harness.publisher.send_all

    async def publish_late(records: Any, **keywords: Any) -> None:
        async def second_is_asked_for() -> bool:
            calls: dict[str, int] = harness.world.calls.shape()["grants"][harness.grant.id]
            return calls["GET /messages"] == 2

        if not contents(harness) and records[0][0] is MESSAGES:
            await until(second_is_asked_for, what="the second page is asked for")
        await publish(records, **keywords)

    harness.publisher.send_all = publish_late  # type: ignore[method-assign]
    await harness.finish(SyncKind.BACKFILL)


async def test_a_mailbox_under_a_call_quota_gets_on(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second listing is refused: if a refusal cost the whole slice, the backfill would never end."""
    monkeypatch.setattr("mailtide_sync_worker.limits.PAGE_SIZE", 50)
    harness = await new_harness(filled=False, count=730, days=900)
    harness.fault("rate_limit", probability=0.5, path="*/messages")
    fields: dict[str, Any] = {}
    for _ in range(100):
        event = await harness.slice(SyncKind.BACKFILL, **fields)
        await harness.store()
        if isinstance(event, SyncProgressed):
            fields = {"until": event.until, "watermark": event.watermark}
        elif event.outcome is SyncOutcome.OK:
            break
    assert await harness.local() == harness.remote()
    assert harness.calls()["GET /messages"] < 100
