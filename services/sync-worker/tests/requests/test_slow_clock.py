"""What a host with a slow clock does for a request is not dated before the request."""

from mailtide_common.contracts.events import MessageState, Purged, SyncKind
from mailtide_common.contracts.times import after
from mailtide_common.runtime.clock import now_us
from mailtide_harness.sync_worker import NewHarness

LAG = 3
"""Seconds by which the clock is behind; a worker refuses work from 5 s on."""


async def test_a_follow_up_is_newer_than_what_it_decides(new_harness: NewHarness) -> None:
    """INV-16."""
    harness = await new_harness(count=1, days=1)
    (id_,) = harness.newest(1)
    requested_at = after(now_us(), LAG)
    await harness.finish(SyncKind.MESSAGE, message_id=id_, follow_up=True, requested_at=requested_at)
    (state,) = harness.of_type(MessageState)
    assert state.version.observed_at >= requested_at


async def test_a_purge_covers_all_that_was_observed_before_its_request(new_harness: NewHarness) -> None:
    harness = await new_harness(count=1, days=1)
    requested_at = after(now_us(), LAG)
    await harness.finish(SyncKind.PURGE, requested_at=requested_at)
    (purged,) = harness.of_type(Purged)
    assert purged.purged_at >= requested_at
