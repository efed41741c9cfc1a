"""The schema comes up once, whoever asks for it and how often."""

import asyncio
import secrets
from typing import Any

import asyncpg
import pytest

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.postgres import create_pool
from mailtide_persister.schema.check import check_schema, newest_revision
from mailtide_persister.schema.migrate import migrate

pytestmark = pytest.mark.real


async def test_two_at_once_and_again(postgres: Any) -> None:
    name = f"migrations_{secrets.token_hex(4)}"
    url = await postgres.create_database(name)
    pool = await create_pool(url, max_size=2, application_name="test")
    try:
        with pytest.raises(ConfigurationError, match="run `mailtide migrate`"):
            await check_schema(pool)
        await asyncio.gather(migrate(url), migrate(url), migrate(url))
        await migrate(url)
        await check_schema(pool)
        assert await pool.fetchval("SELECT version_num FROM alembic_version") == newest_revision()
    finally:
        await pool.close()
        await postgres.drop_database(name)


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
    with pytest.raises(TransientError, match="postgres"):
        await migrate("postgresql://nobody@127.0.0.1:1/none")
