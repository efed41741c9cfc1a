"""Only items that Postgres refuses are parked."""

from collections.abc import Sequence

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.codec import Record
from mailtide_common.runtime.errors import TransientError
from mailtide_persister.apply.isolate_unstorable import write_isolating_failures


def record(number: int) -> Record:
    return Record("t", 0, number, None, None, [], 0)


@given(st.lists(st.booleans(), max_size=60))
async def test_everything_but_the_refused_is_written(good: list[bool]) -> None:
    written: list[int] = []

    async def write(items: Sequence[int]) -> int:
        if not all(good[item] for item in items):
            raise asyncpg.DataError("somebody's mail")
        written.extend(items)
        return len(items)

    changed, parked = await write_isolating_failures(range(len(good)), write, record)
    assert written == [number for number, is_good in enumerate(good) if is_good]
    assert changed == len(written)
    assert [letter.record.offset for letter in parked] == [n for n, is_good in enumerate(good) if not is_good]
    assert all("mail" not in letter.message for letter in parked)


async def test_being_away_is_nobodys_fault() -> None:
    async def write(_items: Sequence[int]) -> int:
        raise TransientError("postgres is away")

    with pytest.raises(TransientError):
        await write_isolating_failures([1, 2], write, record)


async def test_a_bug_is_not_parked() -> None:
    async def write(_items: Sequence[int]) -> int:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        await write_isolating_failures([1, 2], write, record)


async def test_an_account_that_is_purged_meanwhile_parks_nothing() -> None:
    """The second attempt knows of the purge. A row that is missing for good is parked."""
    calls: list[int] = []

    async def write(items: Sequence[int]) -> int:
        calls.append(len(items))
        if len(calls) == 1:
            raise asyncpg.ForeignKeyViolationError("no such account")
        return 0

    assert await write_isolating_failures([1], write, record) == (0, [])

    async def never(_items: Sequence[int]) -> int:
        raise asyncpg.ForeignKeyViolationError("no such account")

    assert len((await write_isolating_failures([1, 2], never, record))[1]) == 2
