"""The pool when sessions end, when the server is read-only, and with bugs in the caller."""

import asyncio
import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.postgres import check_login, connect, connected, create_pool, transaction
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql
from mailtide_devkit.local.backends import PostgresServer
from mailtide_devkit.local.ports import free_port

CHAOS_SECONDS = 4.0
VICTIM = "victim"
END_SESSIONS = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{VICTIM}'"  # noqa: S608


@pytest.fixture
async def url(postgres: PostgresServer) -> AsyncIterator[str]:
    name = f"ended_{time.monotonic_ns()}"
    yield await postgres.create_database(name)
    await postgres.drop_database(name)


@pytest.fixture
async def admin(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE things (id bigint PRIMARY KEY, body jsonb)")
    yield connection
    await connection.close()


@pytest.fixture
async def pool(url: str, admin: asyncpg.Connection) -> AsyncIterator[asyncpg.Pool]:  # noqa: ARG001 - makes the table
    pool = await create_pool(url, max_size=4, application_name=VICTIM)
    yield pool
    pool.terminate()


async def _prepare_anew(pool: asyncpg.Pool) -> None:
    async with connected(pool, acquire_seconds=5) as connection:
        await connection.fetch(f"SELECT * FROM things -- {random.random()}")  # noqa: S608 - a number of our own


async def _fetch(pool: asyncpg.Pool) -> None:
    async with connected(pool, acquire_seconds=5) as connection:
        await connection.fetchval("SELECT body FROM things WHERE id = $1", 1)


async def _write(pool: asyncpg.Pool) -> None:
    async with transaction(pool, acquire_seconds=5) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(7)")
        await connection.execute(
            "INSERT INTO things VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            random.randrange(9),
            {"text": "x" * random.randrange(30_000)},
        )


async def _write_many(pool: asyncpg.Pool) -> None:
    async with transaction(pool, acquire_seconds=5) as connection:
        rows: list[tuple[int, dict[str, str]]] = [(number, {}) for number in range(20)]
        await connection.executemany("INSERT INTO things VALUES ($1, $2) ON CONFLICT DO NOTHING", rows)
        await asyncio.sleep(random.random() * 0.002)  # the server closes between two statements
        await connection.fetch("SELECT * FROM things FOR UPDATE")


@pytest.mark.fault
async def test_a_session_that_ends_at_any_moment_is_a_transient_error(
    pool: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """INV-36."""
    ends = time.monotonic() + CHAOS_SECONDS
    done: Counter[str] = Counter()

    async def end_sessions() -> None:
        while time.monotonic() < ends:
            await asyncio.sleep(random.random() * 0.02)
            await admin.execute(END_SESSIONS)

    async def repeat(work: Callable[[asyncpg.Pool], Awaitable[None]]) -> None:
        while time.monotonic() < ends:
            try:
                await work(pool)
                done["done"] += 1
            except TransientError as error:
                done[type(error.__cause__).__name__] += 1

    await asyncio.gather(end_sessions(), *map(repeat, (_prepare_anew, _fetch, _write, _write_many)))
    assert done["done"] > 0
    assert done["InternalClientError"] > 0, f"the driver's unclassified error was not met: {done}"
    await _until_connected(lambda: _write(pool))


@pytest.mark.fault
async def test_a_read_only_server_is_a_transient_error(
    pool: asyncpg.Pool, admin: asyncpg.Connection, url: str
) -> None:
    await _write(pool)
    database = url.rpartition("/")[2]
    await admin.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    await admin.execute(END_SESSIONS)
    with pytest.raises(TransientError, match="ReadOnlySQLTransactionError"):
        await _until_connected(lambda: _write(pool))
    await _fetch(pool)
    await admin.execute(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    await admin.execute(END_SESSIONS)
    await _until_connected(lambda: _write(pool))


async def test_a_prepared_statement_outlives_a_migration(
    pool: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    async def read() -> None:
        async with transaction(pool, acquire_seconds=5) as connection:
            await connection.fetch("SELECT * FROM things")

    await read()
    await admin.execute("ALTER TABLE things ADD COLUMN more text")
    with contextlib.suppress(TransientError):
        await read()
    await read()


async def test_a_bug_on_a_live_connection_is_no_transient_error(pool: asyncpg.Pool) -> None:
    async def twice_at_once(connection: Connection) -> None:
        await asyncio.gather(connection.execute("SELECT pg_sleep(0.05)"), connection.execute("SELECT 1"))

    async def fail(_: Connection) -> None:
        raise asyncpg.InternalClientError("could not resolve types")

    for bug, error in ((twice_at_once, asyncpg.InterfaceError), (fail, asyncpg.InternalClientError)):
        with pytest.raises(error):
            async with connected(pool, acquire_seconds=5) as connection:
                await bug(connection)


async def _until_connected(work: Callable[[], Awaitable[None]]) -> None:
    """Do work again while it meets a session that was ended."""
    while True:
        try:
            return await work()
        except TransientError as error:
            if "connection lost" not in str(error) and "ConnectionDoesNotExist" not in str(error):
                raise


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda url: url.replace("mailtide:", "nobody:"), "authentication failed"),
        (lambda url: f"{url}_gone", "does not exist"),
        (lambda url: f"{url}?nonsense=1", "unrecognized configuration parameter"),
        (lambda url: f"{url}?sslmode=require", "rejected SSL upgrade"),
        (lambda url: f"{url}?sslmode=nonsense", "sslmode"),
    ],
)
async def test_a_login_that_is_refused_for_good_is_a_wrong_configuration(
    url: str, change: Callable[[str], str], refusal: str
) -> None:
    pool = await create_pool(change(url), max_size=1, application_name=VICTIM)
    with pytest.raises(ConfigurationError, match=refusal) as refused:
        await check_login(pool)
    assert "\n" not in str(refused.value)
    assert url.split(":")[2].partition("@")[0] not in str(refused.value), "the password"


async def test_a_missing_right_is_a_wrong_configuration(url: str, admin: asyncpg.Connection) -> None:
    await admin.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    try:
        pool = await create_pool(
            re.sub("//[^@]+@", "//guest:guest@", url), max_size=1, application_name=VICTIM
        )
        await check_login(pool)
        with pytest.raises(ConfigurationError, match="permission denied for table things"):
            await _fetch(pool)
        pool.terminate()
    finally:
        await admin.execute("DROP ROLE guest")


@pytest.mark.fault
async def test_a_server_that_does_not_answer_yet_is_no_wrong_configuration() -> None:
    pool = await create_pool(f"postgresql://127.0.0.1:{free_port()}/d", max_size=1, application_name=VICTIM)
    await check_login(pool)
    with pytest.raises(TransientError):
        await _fetch(pool)


async def test_a_statement_without_a_file_is_a_bug_and_no_outage(pool: asyncpg.Pool) -> None:
    async with connected(pool, acquire_seconds=5) as connection:
        await connection.execute("SELECT 1")
    with pytest.raises(LookupError, match=r"sql/nowhere\.sql of the package"):
        async with connected(pool, acquire_seconds=5) as connection:
            await connection.execute(load_sql("mailtide_common.runtime", "nowhere"))


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (
            "postgresql://anna:s3cret@127.0.0.1:{port}/mail",
            "Postgres at 127.0.0.1:{port}, database mail, cannot",
        ),
        ("postgresql://127.0.0.1:{port}", "Postgres at 127.0.0.1:{port} cannot"),
        ("postgresql:///mail?host=127.0.0.1&port={port}", "Postgres at 127.0.0.1, database mail, cannot"),
    ],
)
async def test_a_server_that_cannot_be_reached_is_named_as_the_url_names_it(url: str, named: str) -> None:
    port = free_port()
    with pytest.raises(TransientError) as refused:
        await connect(url.format(port=port))
    assert str(refused.value).startswith(named.format(port=port))
    assert "s3cret" not in str(refused.value)
