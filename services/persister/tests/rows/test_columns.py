"""Rows fit their statements: the same columns in the same order, with the types of the migrated tables."""

import re

import asyncpg
import pytest

from mailtide_common.runtime.sql import load_sql
from mailtide_persister import apply
from mailtide_persister.rows.columns import COLUMNS, AccountRow

PASSED_ON = {"record_outcomes": {"first_at", "clean_at", "ended_at", "error"}}
"""Values from which a statement computes columns."""


@pytest.mark.parametrize(("name", "table"), COLUMNS)
async def test_rows_have_the_columns_that_their_statement_takes(
    name: str, table: str, pool: asyncpg.Pool
) -> None:
    """A statement names the columns of its arrays in their order, and its table has them with those types."""
    statement = load_sql(apply.__name__, name)
    columns = COLUMNS[name, table]
    arrays = {
        tuple(re.split(r",\s+", names.strip())): re.findall(r"::(\w+)\[\]", types)
        for types, names in re.findall(r"FROM unnest\(([^)]*)\) AS \w \(([^)]*)\)", statement)
    }
    types = arrays[columns]
    assert re.search(rf"(?:INSERT INTO|UPDATE) {table}\b", statement)
    stored = {
        row["column_name"]: row["udt_name"]
        for row in await pool.fetch(
            "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = $1", table
        )
    }
    names = {"bigint": "int8", "integer": "int4", "smallint": "int2", "boolean": "bool"}
    given = {column: names.get(type_, type_) for column, type_ in zip(columns, types, strict=True)}
    own = PASSED_ON.get(name, set())
    assert given.keys() - own <= stored.keys()
    assert all(stored[column] in (given[column], "jsonb", "_text") for column in given.keys() - own)


async def test_the_account_row_has_the_columns_that_its_statement_takes(pool: asyncpg.Pool) -> None:
    statement = load_sql(apply.__name__, "upsert_account")
    inserted = re.search(r"INSERT INTO email_accounts AS a \(([^)]*)\)", statement)
    assert inserted
    assert [*re.split(r",\s+", inserted[1].strip()), "last_connected_at"] == list(AccountRow._fields)
    async with pool.acquire() as connection:
        parameters = (await connection.prepare(statement)).get_parameters()
    assert len(parameters) == len(AccountRow._fields)
