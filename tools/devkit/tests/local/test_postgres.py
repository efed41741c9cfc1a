import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from mailtide_devkit.local.backends import started
from mailtide_devkit.local.postgres import Postgres
from mailtide_devkit.local.process import ProcessError

pytestmark = pytest.mark.real


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cluster() -> AsyncIterator[Postgres]:
    async with started(Postgres()) as postgres:
        yield postgres


async def query(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("fsync", "on"), ("synchronous_commit", "on"), ("server_encoding", "UTF8"), ("lc_collate", "C")],
)
async def test_it_is_set_up_as_in_production(cluster: Postgres, setting: str, value: str) -> None:
    url = cluster.database_url
    assert await query(url, f"SHOW {setting}") == value


async def test_a_row_outlives_a_kill_and_a_restart(cluster: Postgres) -> None:
    url = await cluster.create_database("kept")
    await query(url, "CREATE TABLE t AS SELECT 42 AS n")
    watcher = await asyncpg.connect(url)
    await cluster.kill()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await watcher.fetchval("SELECT 1")
    await cluster.start()
    assert await query(url, "SELECT n FROM t") == 42
    await cluster.restart()
    assert await query(url, "SELECT n FROM t") == 42


async def test_open_sessions_hang_while_it_is_frozen(cluster: Postgres) -> None:
    connection = await asyncpg.connect(cluster.database_url)
    cluster.freeze()
    answer = asyncio.create_task(connection.fetchval("SELECT 7"))
    done, _ = await asyncio.wait({answer}, timeout=0.3)
    cluster.thaw()
    assert not done
    assert await asyncio.wait_for(answer, 5) == 7
    await connection.close()


async def test_a_database_can_begin_as_a_copy(cluster: Postgres) -> None:
    await query(await cluster.create_database("original"), "CREATE TABLE t AS SELECT 1 AS n")
    copy = await cluster.create_database("copy", "original")
    assert await query(copy, "SELECT n FROM t") == 1
    await cluster.drop_database("copy")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await query(copy, "SELECT 1")


class FullDisk(Postgres):
    """A server whose disk is full when its first database is created."""

    async def create_database(self, name: str, template: str | None = None) -> str:  # noqa: ARG002
        raise asyncpg.DiskFullError("could not extend file: No space left on device")


async def test_a_start_without_a_database_is_a_failed_process() -> None:
    """`mailtide-devkit up` and its supervisor report those, and try again."""
    postgres = FullDisk()
    try:
        with pytest.raises(ProcessError, match="mailtide could not be created: could not extend file"):
            await postgres.start()
    finally:
        await postgres.discard()


async def test_a_wrong_password_is_refused(cluster: Postgres) -> None:
    wrong = cluster.database_url.replace("mailtide:", "mailtide:x", 1)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await query(wrong, "SELECT 1")
