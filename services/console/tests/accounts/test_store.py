"""The list of accounts is the same however it is read: by given grants or in its order, with an index or without."""

import itertools
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtide_common.runtime.postgres import create_pool
from mailtide_console import accounts
from mailtide_console.accounts.filters import GROUPS, conditions_of, pattern
from mailtide_console.accounts.place import Behind, ByAddress
from mailtide_console.accounts.store import (
    Wanted,
    list_accounts_behind,
    list_accounts_by_address,
    list_matching_grants,
)
from mailtide_console.database import sql
from mailtide_devkit.local.backends import PostgresServer
from mailtide_harness.console_seed import seed
from mailtide_persister.schema.migrate import migrate

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]
NAME = "console_search"
PAGE = 30
TEXTS = st.text(st.sampled_from("aA1é É%_\\.@ßıİΣς雪"), max_size=6)
ACCOUNTS = """
INSERT INTO email_accounts (id, user_id, email_address, nylas_grant_id, status, observed_at, source_rank, event_id)
SELECT gen_random_uuid(), 'u', email, 'grant-' || n, 'active', 1, 3, 'e'
FROM unnest($1::text[]) WITH ORDINALITY AS a (email, n)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pool(postgres: PostgresServer) -> AsyncIterator[asyncpg.Pool]:
    """A database whose locale has upper and lower case beyond ASCII; the run's has not."""
    async with await create_pool(postgres.database_url, max_size=1, application_name="test") as server:
        await server.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
    url = f"{postgres.database_url.rsplit('/', 1)[0]}/{NAME}"
    await migrate(url)
    async with await create_pool(url, max_size=1, application_name="test") as pool:
        yield pool
    await postgres.drop_database(NAME)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds("{}{}{}".format, TEXTS, TEXTS, TEXTS), max_size=8), TEXTS, st.booleans())
async def test_a_search_finds_what_ilike_finds(
    pool: asyncpg.Pool, addresses: list[str], text: str, by_index: bool
) -> None:
    sought = pattern(text)
    if sought is None:
        return
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(ACCOUNTS, addresses)
            await connection.execute(f"SET LOCAL enable_seqscan = {'off' if by_index else 'on'}")
            found = await list_matching_grants(connection, sought, len(addresses))
            expected = await connection.fetch(
                "SELECT nylas_grant_id FROM email_accounts WHERE email_address ILIKE $1", sought
            )
            contained = await connection.fetch(
                "SELECT nylas_grant_id FROM email_accounts WHERE strpos(lower(email_address), lower($1)) > 0",
                text.strip(),
            )
        finally:
            await transaction.rollback()
    assert found is not None
    assert sorted(found) == sorted(row[0] for row in expected) == sorted(row[0] for row in contained)


async def test_a_search_reads_the_index(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchval("SELECT to_regclass('email_accounts_search_idx')") is None:
            pytest.skip("this PostgreSQL has no pg_trgm")
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(
            f"EXPLAIN {sql(accounts.__name__, 'list_matching_grants')}", "%abc%", 10
        )
    assert "email_accounts_search_idx" in str(plan)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def many(postgres: PostgresServer, migrated_template: str) -> AsyncIterator[asyncpg.Pool]:
    """A database with accounts in every condition."""
    url = await postgres.create_database("console_lists", migrated_template)
    await seed(url, accounts=120, messages=1)
    async with await create_pool(url, max_size=1, application_name="test") as pool:
        yield pool
    await postgres.drop_database("console_lists")


@pytest.mark.parametrize(
    ("sort", "order"),
    [("behind", "coalesce(s.watermark, 0), s.grant_id"), ("address", "a.email_address, a.id")],
)
@pytest.mark.parametrize("text", ["", "person1"])
async def test_a_list_is_the_same_by_given_grants_and_in_its_order(
    many: asyncpg.Pool, sort: str, order: str, text: str
) -> None:
    async with many.acquire() as connection:
        every = await connection.fetchval("SELECT array_agg(nylas_grant_id) FROM email_accounts")
        for conditions, grants in itertools.product(map(conditions_of, GROUPS), (None, every)):
            wanted, found = Wanted(PAGE, conditions, pattern(text), grants), list[UUID]()
            after = Behind(), ByAddress()
            while rows := (
                await list_accounts_behind(connection, wanted, after[0])
                if sort == "behind"
                else await list_accounts_by_address(connection, wanted, after[1])
            ):
                found += [row.account_id for row in rows]
                after = rows[-1].behind, rows[-1].by_address
            expected = await connection.fetch(
                "SELECT a.id FROM account_health h JOIN email_accounts a ON a.id = h.account_id"  # noqa: S608 - constants
                " JOIN account_schedules s ON s.grant_id = h.grant_id"
                f" WHERE h.condition = ANY ($1) AND strpos(a.email_address, $2) > 0 ORDER BY {order}",
                list(conditions),
                text,
            )
            assert found == [row["id"] for row in expected], (conditions, grants is None)
