"""Behind a real PgBouncer in session mode; skipped if it is not installed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext

import asyncpg
import pytest

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.postgres import check_login, connected, create_pool, transaction
from mailtide_devkit.local.backends import PostgresServer
from mailtide_devkit.local.pgbouncer import PgBouncer, find_pgbouncer
from mailtide_devkit.local.ports import free_port
from mailtide_harness import persister as build
from mailtide_persister.apply.appliers import build_appliers
from mailtide_persister.schema.check import await_schema
from mailtide_persister.schema.migrate import migrate

PROGRAM = find_pgbouncer()
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(PROGRAM is None, reason="no PgBouncer here (Debian: apt-get install pgbouncer)"),
]
EMPTY = "pooled"


@pytest.fixture
async def bouncer(postgres: PostgresServer, database_url: str) -> AsyncIterator[PgBouncer]:
    await postgres.create_database(EMPTY)
    databases: dict[str, dict[str, object]] = {
        "good": {},
        "empty": {"dbname": EMPTY},
        "gone": {"dbname": "gone"},
        "down": {"port": free_port()},
        "mixed": {"pool_mode": "transaction"},
    }
    async with PgBouncer(PROGRAM or "", database_url, **databases) as bouncer:
        yield bouncer
    await postgres.drop_database(EMPTY)


async def use(url: str, *, acquire_seconds: float = 5) -> dict[str, str]:
    """Return the limits of a session that is used for the second time."""
    pool = await create_pool(url, max_size=1, application_name="test")
    try:
        async with transaction(pool, acquire_seconds=acquire_seconds) as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
        async with connected(pool, acquire_seconds=acquire_seconds) as connection:
            names = ("statement_timeout", "lock_timeout", "application_name")
            return {name: await connection.fetchval(f"SHOW {name}") for name in names}
    finally:
        pool.terminate()


async def test_the_limits_of_a_session_hold_with_and_without_a_pooler(
    bouncer: PgBouncer, database_url: str
) -> None:
    limits = {"statement_timeout": "30s", "lock_timeout": "10s", "application_name": "test"}
    assert await use(bouncer.url_of("good")) == limits
    assert await use(database_url) == limits


async def test_a_database_is_migrated_and_written_through_a_pooler(bouncer: PgBouncer) -> None:
    url = bouncer.url_of("empty")
    await migrate(url)
    pool: asyncpg.Pool = await create_pool(url, max_size=4, application_name="test")
    async with pool:
        await await_schema(pool)
        appliers = build_appliers(pool, None, ambiguity_seconds=5)
        for event in (build.account(), build.content(), build.state(2), build.finished()):
            applied = await appliers.of(event.topic)(build.records(event))
            assert (applied.changed, applied.parked) == (1, ())


@pytest.mark.parametrize(
    ("database", "password", "refusal"),
    [
        ("good", "wrong", "authentication failed"),
        ("nowhere", None, "no such database: nowhere"),
        ("gone", None, 'database "gone" does not exist'),
        ("good?options=-cwork_mem%3D1MB", None, "unsupported startup parameter"),
        ("good?sslmode=require", None, "rejected SSL upgrade"),
    ],
)
async def test_what_a_pooler_refuses_for_good_is_a_wrong_configuration(
    bouncer: PgBouncer, database: str, password: str | None, refusal: str
) -> None:
    with pytest.raises(ConfigurationError, match=refusal):
        await use(bouncer.url_of(database, password=password))


@pytest.mark.fault
async def test_a_pooler_without_its_server_is_waited_for(bouncer: PgBouncer) -> None:
    with pytest.raises(TransientError):
        await use(bouncer.url_of("down"), acquire_seconds=1)
    await bouncer.process.kill()
    with pytest.raises(TransientError):
        await use(bouncer.url_of("good"))


@pytest.mark.parametrize(("database", "refused"), [("good", False), ("mixed", True)])
async def test_a_pooler_that_shares_sessions_is_a_wrong_configuration(
    bouncer: PgBouncer, database: str, *, refused: bool
) -> None:
    """Names of prepared statements repeat between processes, so that one would run what another has prepared."""
    pool = await create_pool(bouncer.url_of(database), max_size=4, application_name="test")

    async def select(number: int) -> None:
        async with transaction(pool, acquire_seconds=5) as connection:
            await connection.fetchval(f"SELECT {number}")

    try:
        with pytest.raises(ConfigurationError, match="pool_mode = session") if refused else nullcontext():
            await check_login(pool)
        with pytest.raises(ConfigurationError, match="pool_mode = session") if refused else nullcontext():
            for _ in range(50):
                await asyncio.gather(*map(select, range(8)))
    finally:
        pool.terminate()
