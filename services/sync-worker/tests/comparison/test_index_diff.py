"""A plan makes the local index equal to the remote one, and changes nothing else."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.events import MessageCounts
from mailtide_common.contracts.health.conditions import MEANINGS, Condition
from mailtide_common.contracts.times import BEGINNING, UnixMicros
from mailtide_sync_worker.comparison.audit_counts import compared_messages
from mailtide_sync_worker.comparison.deletion_limit import MOST_MISSING, MOST_MISSING_SHARE
from mailtide_sync_worker.comparison.folder_diff import MOST_MISSING_FOLDERS, MOST_MISSING_FOLDERS_SHARE
from mailtide_sync_worker.comparison.index_diff import Plan, newest, plan, unlisted
from mailtide_sync_worker.messages.compared_state import Entry

IDS = st.sampled_from("abcdefgh")
FOLDERS = st.lists(st.sampled_from(["INBOX", "X", "Y"]), unique=True).map(lambda f: tuple(sorted(f)))


def entries(observed: st.SearchStrategy[int]) -> st.SearchStrategy[Entry]:
    return st.builds(
        Entry,
        message_id=IDS,
        thread_id=st.sampled_from(["s", "t"]),
        unread=st.booleans(),
        starred=st.booleans(),
        folders=FOLDERS,
        date=st.integers(1, 3),
        observed_at=observed,
    )


REMOTE = st.lists(entries(st.integers(10, 12)), max_size=24)
LOCAL = st.lists(entries(st.integers(0, 10)), max_size=8).map(newest)


def applied(found: Plan, local: dict[str, Entry]) -> dict[str, Entry]:
    after = dict(local)
    for entry in found.fetch:
        after[entry.message_id] = entry
    for entry in found.states:
        after[entry.message_id] = replace(
            after[entry.message_id], unread=entry.unread, starred=entry.starred, folders=entry.folders
        )
    for entry in found.missing:
        del after[entry.message_id]
    return after


def shown(index: dict[str, Entry]) -> set[Entry]:
    return {replace(entry, observed_at=BEGINNING) for entry in index.values()}


@given(REMOTE, LOCAL)
def test_applied_it_gives_the_remote_index_and_touches_nothing_else(
    remote: list[Entry], local: dict[str, Entry]
) -> None:
    found = plan(remote, local)
    assert shown(applied(found, local)) == shown(newest(remote))
    touched = {entry.message_id for entry in (*found.fetch, *found.states, *found.missing)}
    same = {entry.message_id for entry in found.same}
    assert not touched & same
    assert touched | same == {entry.message_id for entry in remote} | local.keys()
    kept = {entry.message_id: local[entry.message_id] for entry in found.same}
    assert shown(kept) <= shown(newest(remote))


@given(REMOTE, LOCAL, st.randoms(use_true_random=False))
def test_neither_the_order_of_pages_nor_duplicates_matter(
    remote: list[Entry], local: dict[str, Entry], draw: object
) -> None:
    shuffled = remote + remote[: len(remote) // 2]
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = plan(remote, local), plan(shuffled, local)
    for name in ("fetch", "states", "missing", "same"):
        assert set(getattr(one, name)) == set(getattr(other, name))


@given(REMOTE, LOCAL)
def test_after_it_is_applied_nothing_is_left_to_do(remote: list[Entry], local: dict[str, Entry]) -> None:
    again = plan(remote, applied(plan(remote, local), local))
    assert (again.fetch, again.states, again.missing) == ((), (), ())


def an(message_id: str, **changes: object) -> Entry:
    return replace(Entry(message_id, "t", True, False, ("INBOX",), 5, 10), **changes)  # type: ignore[arg-type]


def test_a_newer_observation_than_the_listing_stays() -> None:
    found = plan([an("a")], {"a": an("a", unread=False, thread_id="u", observed_at=11)})
    assert found == Plan((), (), (), (an("a"),))


def test_an_uncertain_date_or_an_omitted_thread_is_no_difference() -> None:
    found = plan([an("a"), an("b", thread_id=None, date=None)], {"a": an("a", date=None), "b": an("b")})
    assert len(found.same) == 2


def test_what_is_known_only_since_the_pass_began_or_lies_somewhere_else_is_not_missing() -> None:
    local = [an("gone"), an("new", observed_at=20), an("sanitised", date=None), an("there")]
    assert unlisted(local, {"there"}, began=UnixMicros(20)) == [an("gone")]


@given(REMOTE, LOCAL, st.integers(0, 2))
def test_counts_are_the_sizes_of_the_sets_in_all_and_in_each_folder(
    remote: list[Entry], local: dict[str, Entry], unreadable: int
) -> None:
    found = plan(remote, local)
    listed = newest(remote)
    counted = compared_messages(found, local.keys(), found.missing, unreadable)
    same = {entry.message_id for entry in found.same}

    def expected(inside: Callable[[Entry], bool], more: int) -> MessageCounts:
        mailbox = {id_ for id_, entry in listed.items() if inside(entry)}
        return MessageCounts(
            in_account=len(mailbox) + more,
            synced=len(mailbox & same),
            missing=len(mailbox - local.keys()) + more,
            extra=sum(inside(entry) for id_, entry in local.items() if id_ not in listed),
            differing=len((mailbox & local.keys()) - same),
        )

    assert counted.counts() == expected(lambda _: True, unreadable)
    for count in counted.folder_counts():
        more = 0 if count.folder_id else unreadable
        of_folder = expected(partial(_is_in, count.folder_id), more)
        assert count.model_dump(exclude={"folder_id"}) == of_folder.model_dump()


def _is_in(folder_id: str, entry: Entry) -> bool:
    return folder_id in entry.folders if folder_id else not entry.folders


def test_the_limits_of_deletions_are_those_that_operators_read() -> None:
    cause = MEANINGS[Condition.HELD_DELETIONS].cause
    assert f"more than {MOST_MISSING} messages or {MOST_MISSING_FOLDERS} folders" in cause
    assert f"more than {MOST_MISSING_SHARE:.0%}".replace("%", " %") in cause
    assert MOST_MISSING_SHARE == MOST_MISSING_FOLDERS_SHARE
