"""What one test leaves in a database does not reach the next."""

import asyncpg
import pytest

from mailtide_devkit.pytest_plugin.reused_databases import ReusedDatabases

INSERT = "INSERT INTO email_accounts (id, nylas_grant_id, status) VALUES (gen_random_uuid(), 'g', 'active')"


async def test_rows_and_sessions_are_gone_and_the_database_is_used_again(
    reused_databases: ReusedDatabases,
) -> None:
    async with reused_databases.lent() as first:
        left = await asyncpg.connect(first)
        await left.execute(INSERT)
        await left.execute("BEGIN; LOCK TABLE emails")
    async with reused_databases.lent() as second:
        connection = await asyncpg.connect(second)
        assert second == first
        assert left.is_closed()
        assert await connection.fetchval("SELECT count(*) FROM email_accounts") == 0
        await connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE emails ADD COLUMN test_only integer",
        "CREATE SCHEMA test_only",
        "ALTER TABLE emails DISABLE TRIGGER USER; CREATE INDEX test_only ON emails (subject)",
        "UPDATE mailtide_revision SET revision = '0001'",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 64', current_database()); END $$",
        f"{INSERT}; ANALYZE email_accounts",
    ],
)
async def test_a_changed_database_is_used_by_no_other_test(
    reused_databases: ReusedDatabases, change: str
) -> None:
    async with reused_databases.lent() as first:
        connection = await asyncpg.connect(first)
        await connection.execute(change)
        await connection.close()
    async with reused_databases.lent() as second:
        assert second != first
