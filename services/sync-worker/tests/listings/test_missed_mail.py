"""What a delta reports about mail that a notification should have announced."""

import time

import pytest

from mailtide_common.contracts.events import SyncKind, Unannounced
from mailtide_common.contracts.times import UnixMicros, UnixSeconds, in_micros
from mailtide_harness.sync_worker import NewHarness
from mailtide_sync_worker.listings.missed_mail import ANNOUNCED_SECONDS, together, unannounced

NOW = UnixSeconds(1_000_000)


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        ([], None),
        ([None, NOW, NOW - ANNOUNCED_SECONDS, NOW + 10**9], None),
        ([NOW - ANNOUNCED_SECONDS - 1], Unannounced(messages=1, oldest=NOW - 301, newest=NOW - 301)),
        ([5, NOW, 9, None, 7], Unannounced(messages=3, oldest=5, newest=9)),
    ],
)
def test_only_old_enough_mail_counts(dates: list[UnixSeconds | None], found: Unannounced | None) -> None:
    assert unannounced(dates, UnixMicros(in_micros(NOW) + 999_999)) == found


def test_pages_add_up() -> None:
    one, other = (Unannounced(messages=n, oldest=n, newest=n * 10) for n in (2, 3))
    assert together(one, other) == Unannounced(messages=5, oldest=2, newest=30)
    assert together(None, one) == together(one, None) == one
    assert together(None, None) is None


async def test_a_delta_counts_what_the_database_did_not_know(new_harness: NewHarness) -> None:
    harness = await new_harness(count=20, days=5)
    now = int(time.time())
    author = harness.world.author_of(harness.mailbox)
    for age in (10, 400, 500):
        harness.mailbox.add(author.write(now - age))
    finished = await harness.slice(SyncKind.DELTA, since=now - 600)
    assert finished.unannounced == Unannounced(messages=2, oldest=now - 500, newest=now - 400)
    await harness.store()
    assert (await harness.slice(SyncKind.DELTA, since=now - 600)).unannounced is None
