"""Two persisters write one mailbox: a process that lost its partitions may continue for a moment."""

import asyncio

import asyncpg
import pytest

from mailtide_common.contracts.events import AccountStatus
from mailtide_common.runtime.errors import TransientError
from mailtide_harness import persister as build
from mailtide_harness.persister import Tables
from mailtide_persister.apply import store
from mailtide_persister.apply.accounts import AccountApplier
from mailtide_persister.apply.messages import MessageApplier
from mailtide_persister.limits import IDLE_IN_TRANSACTION_MS


@pytest.mark.fault
async def test_many_at_once_give_what_one_gives(pool: asyncpg.Pool, tables: Tables) -> None:
    """INV-13."""
    applier = MessageApplier(pool, None, ambiguity_microseconds=0)
    events = [
        event
        for n in range(40)
        for at in (1, 2, 3)
        for event in (
            build.content(at, grant=f"g{n % 3}", message=f"m{n}", thread=f"t{(n + at) % 4}"),
            build.state(at, grant=f"g{n % 3}", message=f"m{n}", unread=at == 3),
        )
    ]
    await applier.apply(build.records(*events))
    image = await tables.image()
    await tables.clear()
    turned = [build.records(*events[start:], *events[:start]) for start in range(0, 240, 40)]
    results = await asyncio.gather(*(applier.apply(records) for records in turned))
    assert all(not applied.parked for applied in results)
    assert await tables.image() == image


@pytest.mark.fault
async def test_a_frozen_writer_is_cut_off(pool: asyncpg.Pool) -> None:
    applier = MessageApplier(pool, None, ambiguity_microseconds=0)

    async def freeze_and_write() -> None:
        async with store.locked_grants(pool, ["g"]) as frozen:
            async with asyncio.timeout(3 * IDLE_IN_TRANSACTION_MS / 1_000):
                applied = await applier.apply(build.records(build.content(1)))
            assert applied.changed == 1
            await store.insert_missing_accounts(frozen, ["g"], AccountStatus.ACTIVE)

    with pytest.raises(TransientError):
        await freeze_and_write()


@pytest.mark.fault
async def test_a_frozen_process_blocks_no_row_of_an_account(pool: asyncpg.Pool) -> None:
    accounts = AccountApplier(pool)
    await accounts.apply(build.records(build.account(1)))
    written: list[int] = []

    async def freeze_and_write() -> None:
        async with store.transaction(pool) as frozen:
            await frozen.execute("UPDATE email_accounts SET display_name = 'frozen'")
            async with asyncio.timeout(3 * IDLE_IN_TRANSACTION_MS / 1_000):
                written.append((await accounts.apply(build.records(build.account(2)))).changed)
            await frozen.execute("SELECT 1")

    with pytest.raises(TransientError):
        await freeze_and_write()
    assert written == [1]
