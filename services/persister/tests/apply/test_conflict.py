"""When a follow-up is requested."""

from typing import Any

import pytest

from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.versions import Source, VersionKey
from mailtide_harness import persister as build
from mailtide_harness.persister import SECOND
from mailtide_persister.apply.conflict import EMPTIED, Conflict, Seen, ambiguous
from mailtide_persister.apply.observations import Observation
from mailtide_persister.apply.resolve import resolve
from mailtide_persister.apply.store import StoredMessage

WINDOW = 5 * SECOND
N, A, F = Source.NOTIFICATION, Source.API, Source.FOLLOW_UP


def seen(seconds: float, source: Source, value: str, event_id: str = "e", *, deleted: bool = False) -> Seen:
    return Seen(VersionKey(UnixMicros(int(seconds * SECOND)), source.rank, event_id), value, deleted)


@pytest.mark.parametrize(
    ("stored", "incoming", "conflict"),
    [
        (seen(10, N, "a"), seen(12, A, "b"), Conflict(UnixMicros(12 * SECOND + 1), deletion_seen=False)),
        (seen(12, A, "a"), seen(10, N, "b"), Conflict(UnixMicros(12 * SECOND + 1), deletion_seen=False)),
        (
            seen(10, N, "a", "1"),
            seen(10, N, "b", "2"),
            Conflict(UnixMicros(10 * SECOND + 1), deletion_seen=False),
        ),
        (seen(10, N, "a"), seen(15, A, "b"), Conflict(UnixMicros(15 * SECOND + 1), deletion_seen=False)),
        (
            seen(10, N, "a"),
            seen(12, A, "b", deleted=True),
            Conflict(UnixMicros(12 * SECOND + 1), deletion_seen=True),
        ),
        (
            seen(13, F, "a"),
            seen(13.5, N, "b"),
            Conflict(UnixMicros(int(13.5 * SECOND) + 1), deletion_seen=False),
        ),
        (seen(10, N, "a"), seen(15.1, A, "b"), None),
        (seen(10, N, "a"), seen(12, A, "a"), None),
        (seen(10, A, "a"), seen(12, A, "b"), None),
        (seen(10, N, "a", "1"), seen(10, N, "b", "1"), None),
        (seen(10, N, "a"), seen(12, F, "b"), None),
        (seen(13, F, "a"), seen(12, N, "b"), None),
    ],
)
def test_what_is_ambiguous(stored: Seen, incoming: Seen, conflict: Conflict | None) -> None:
    assert ambiguous(stored, incoming, WINDOW) == conflict


def test_a_follow_up_is_newer_than_both() -> None:
    """INV-16."""
    conflict = ambiguous(seen(10.999999, N, "a"), seen(10.5, A, "b"), WINDOW)
    assert conflict is not None
    refetch_request = conflict.refetch_request("g", "m")
    assert refetch_request.follow_up
    assert refetch_request.not_before == int(10.999999 * SECOND) + 1


def test_two_records_of_one_batch_are_compared() -> None:
    events = [
        build.state(10 * SECOND, source=N, unread=True),
        build.state(11 * SECOND, source=A, deleted=True),
    ]
    resolved = resolve(None, [_observed(event) for event in events], WINDOW)
    assert resolved.state == events[1]
    assert resolved.conflict == Conflict(UnixMicros(11 * SECOND + 1), deletion_seen=True)


def test_a_loser_is_compared_with_what_is_stored() -> None:
    stored = StoredMessage(
        thread_id=None,
        content=None,
        content_hash=None,
        filled=frozenset(),
        state=VersionKey(UnixMicros(12 * SECOND), A.rank, "e"),
        is_read=True,
        is_starred=False,
        folders=("a", "b"),
        deleted=False,
    )
    same = build.state(11 * SECOND, source=N, folders=("b", "a"))
    other = build.state(11 * SECOND, source=N, folders=("b",))
    assert resolve(stored, [_observed(same)], WINDOW).conflict is None
    resolved = resolve(stored, [_observed(other)], WINDOW)
    assert resolved.changes == 0
    assert resolved.conflict == Conflict(UnixMicros(12 * SECOND + 1), deletion_seen=False)


def test_a_notification_empties_nothing_before_a_fetch_confirms_it() -> None:
    """INV-17."""
    whole = build.content(10 * SECOND, source=A)
    bare = build.content(20 * SECOND, source=N, body="", content_hash="bare")
    for events in ([whole, bare], [bare, whole]):
        resolved = resolve(None, [_observed(event) for event in events], WINDOW)
        assert resolved.conflict == Conflict(UnixMicros(20 * SECOND + 1), deletion_seen=False, reason=EMPTIED)
    resolved = resolve(None, [_observed(event) for event in (whole, bare)], WINDOW)
    assert resolved.content == whole
    confirmed = build.content(30 * SECOND, source=A, body="", content_hash="bare")
    resolved = resolve(None, [_observed(event) for event in (whole, bare, confirmed)], WINDOW)
    assert resolved.content == confirmed


def _observed(event: Any) -> Any:
    return Observation(build.record(event), event)
