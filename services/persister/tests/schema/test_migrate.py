"""The schema is created once, however many processes request it and how often."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.postgres import create_pool
from mailtide_persister.schema.check import check_schema
from mailtide_persister.schema.migrate import LOCK_KEY, migrate
from mailtide_persister.schema.migrations import load_migrations, newest_revision

REVISION = "SELECT revision FROM mailtide_revision"
SEARCHED = "SELECT array_agg(schemaname::text ORDER BY 1) FROM pg_indexes WHERE indexname = 'email_accounts_search_idx'"


@pytest.fixture
async def url(postgres: Any) -> AsyncIterator[str]:
    """A database without a schema."""
    name = f"migrations_{secrets.token_hex(4)}"
    yield await postgres.create_database(name)
    await postgres.drop_database(name)


@pytest.fixture
async def empty(url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on it."""
    async with await create_pool(url, max_size=2, application_name="test") as pool:
        yield pool


async def test_several_at_once_and_again(url: str, empty: asyncpg.Pool) -> None:
    with pytest.raises(ConfigurationError, match="run `mailtide migrate`"):
        await check_schema(empty)
    await asyncio.gather(migrate(url), migrate(url), migrate(url))
    await migrate(url)
    await check_schema(empty)
    assert await empty.fetchval(REVISION) == newest_revision()


async def test_a_database_that_alembic_migrated_is_continued(url: str, empty: asyncpg.Pool) -> None:
    await empty.execute(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    await empty.execute("INSERT INTO alembic_version VALUES ('0002')")
    migrations = load_migrations()
    for revision in ("0001", "0002"):
        await empty.execute(migrations[revision])
    await empty.execute("INSERT INTO purged_grants VALUES ('kept', now())")
    await migrate(url)
    await check_schema(empty)
    assert await empty.fetchval("SELECT nylas_grant_id FROM purged_grants") == "kept"
    assert await empty.fetchval("SELECT version_num FROM alembic_version") == "0002", (
        "for services that still run"
    )


async def test_an_application_s_tables_are_named_and_left_alone(url: str, empty: asyncpg.Pool) -> None:
    """And Mailtide works beside them in a schema of its own."""
    await empty.execute(
        "CREATE TABLE emails (id int); CREATE TABLE alembic_version (version_num varchar(32));"
        " INSERT INTO alembic_version VALUES ('0007')"
    )
    with pytest.raises(
        ConfigurationError,
        match=r"schema public already has emails, .*set MAILTIDE_SCHEMA .*nothing was changed",
    ):
        await migrate(url)
    await asyncio.gather(migrate(url, "user"), migrate(url, "user"))  # a reserved word
    async with await create_pool(url, max_size=1, application_name="test", schema="user") as pool:
        await check_schema(pool)
    names = await empty.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    assert [row[0] for row in names] == ["alembic_version", "emails"]


async def test_a_schema_that_would_hide_an_application_s_tables_from_its_login_is_refused(
    url: str, empty: asyncpg.Pool
) -> None:
    login = f"app_{secrets.token_hex(4)}"
    await empty.execute(f"CREATE TABLE emails (id int); CREATE ROLE {login} LOGIN")
    try:
        with pytest.raises(
            ConfigurationError, match=f"schema {login} has the name of a login: .*instead of emails"
        ):
            await migrate(url, login)
        assert await empty.fetchval("SELECT to_regnamespace($1)", login) is None
        await empty.execute("DROP TABLE emails")
        await migrate(url, login)
    finally:
        await empty.execute(f"DROP SCHEMA IF EXISTS {login} CASCADE; DROP ROLE {login}")


async def test_a_missing_right_is_named_before_anything_is_changed(url: str, empty: asyncpg.Pool) -> None:
    user = f"limited_{secrets.token_hex(4)}"
    await empty.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'p'")
    await empty.execute(
        "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    )  # before PostgreSQL 15, everybody had CREATE
    limited = urlunsplit(urlsplit(url)._replace(netloc=f"{user}:p@{urlsplit(url).netloc.partition('@')[2]}"))
    try:
        with pytest.raises(ConfigurationError, match=f"GRANT CREATE, USAGE ON SCHEMA .public. TO .{user}."):
            await migrate(limited)
        with pytest.raises(ConfigurationError, match="GRANT CREATE ON DATABASE"):
            await migrate(limited, "mailtide")
        await empty.execute(f"GRANT CREATE ON SCHEMA public TO {user}")
        with pytest.raises(ConfigurationError, match="lacks CREATE or USAGE on schema public"):
            await migrate(limited)
        await empty.execute(f"GRANT USAGE ON SCHEMA public TO {user}")
        await migrate(limited)
        assert await empty.fetchval(REVISION) == newest_revision()
        assert await empty.fetchval(SEARCHED) is None, "it may not install pg_trgm, which is not needed"
    finally:
        await empty.execute(f"DROP OWNED BY {user}; DROP ROLE {user}")


async def test_addresses_have_an_index_for_searches_in_every_schema(url: str, empty: asyncpg.Pool) -> None:
    if not await empty.fetchval("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')"):
        pytest.skip("this PostgreSQL has no pg_trgm")
    await migrate(url, "first")
    await migrate(url, "second")  # where the extension is not
    assert await empty.fetchval(SEARCHED) == ["first", "second"]


async def test_a_migration_that_fails_leaves_nothing(url: str, empty: asyncpg.Pool) -> None:
    first = {"0001": "CREATE TABLE a (b int); CREATE TABLE c (d int);"}
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(url, migrations={**first, "0002": "INSERT INTO a VALUES (1); SELECT 1 / 0;"})
    assert (await empty.fetchval(REVISION), await empty.fetch("SELECT * FROM a")) == ("0001", [])
    await migrate(url, migrations={**first, "0002": "INSERT INTO a VALUES (2);"})
    assert (await empty.fetchval(REVISION), await empty.fetchval("SELECT b FROM a")) == ("0002", 2)


async def test_a_database_of_a_newer_release_is_refused(url: str) -> None:
    older = {"0001": "CREATE TABLE a (b int);"}
    await migrate(url, migrations={**older, "0002": "DROP TABLE a;"})
    with pytest.raises(ConfigurationError, match="at revision 0002, newer than this release's 0001"):
        await migrate(url, migrations=older)


async def test_a_lock_that_is_not_free_in_time_is_transient(url: str, empty: asyncpg.Pool) -> None:
    async with empty.acquire() as other, other.transaction():
        await other.execute(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")
        with pytest.raises(TransientError, match="LockNotAvailable"):
            await migrate(url, lock_seconds=0.1)


def test_revisions_are_numbered_without_gaps() -> None:
    names = sorted(file.name for file in files("mailtide_persister.schema.migrations").iterdir())
    scripts = [name for name in names if name.endswith(".sql")]
    assert list(load_migrations()) == [f"{number:04}" for number in range(1, len(scripts) + 1)]


async def test_large_columns_avoid_the_slow_compression(pool: asyncpg.Pool) -> None:
    has_lz4 = await pool.fetchval(
        "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
    )
    row = await pool.fetchrow(
        "SELECT attcompression::text, attstorage::text FROM pg_attribute "
        "WHERE attrelid = 'emails'::regclass AND attname = 'body_html'"
    )
    assert tuple(row) == (("l", "x") if has_lz4 else ("", "e"))


async def test_no_mail_table_reads_the_clock(pool: asyncpg.Pool) -> None:
    defaults = await pool.fetch(
        "SELECT column_default FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name LIKE 'email%' AND column_default ~* '(now|current|clock|random|nextval)'"
    )
    assert defaults == []


async def test_a_database_that_is_away_is_named() -> None:
    with pytest.raises(
        TransientError, match=r"Postgres at 127\.0\.0\.1:1, database none, cannot be reached"
    ) as raised:
        await migrate("postgresql://nobody:hidden@127.0.0.1:1/none")
    assert "hidden" not in str(raised.value)
