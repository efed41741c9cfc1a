"""Each value of a row ends in the column of its name, when it is stored and when a newer row replaces it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from mailtide_common.contracts.events import AccountStatus
from mailtide_persister.apply import store
from mailtide_persister.rows.columns import ATTACHMENT_COLUMNS, MESSAGE_COLUMNS
from mailtide_persister.rows.rows import account_uuid

ROUNDS = 3
"""As many as it takes for each boolean column to have a sequence of values of its own."""

GRANT = "grant"
EMAIL = uuid4()
FIXED = {
    "id": EMAIL,
    "email_id": EMAIL,
    "account_id": account_uuid(GRANT),
    "nylas_message_id": "message",
    "position": 0,
}
"""Identity, which no newer row changes."""


async def types_of(pool: asyncpg.Pool, table: str, columns: Sequence[str]) -> dict[str, str]:
    """The types of columns by name, in the order of `columns`."""
    rows = await pool.fetch(
        "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = $1", table
    )
    types = {row["column_name"]: row["udt_name"] for row in rows}
    return {column: types[column] for column in columns}


def stored(column: str, number: int, kind: str, round_: int) -> Any:
    """A value that no other column of its type and no other round has; for booleans, no other column in all rounds."""
    later = timedelta(days=round_, hours=number)
    values = {
        "uuid": UUID(int=100 * number + round_),
        "bool": bool((number + 1) >> round_ & 1),
        "int2": 10 * round_ + number,
        "int4": 1_000 * (round_ + 1) + number,
        "int8": 1_000 * (round_ + 1) + number,
        "timestamptz": datetime(2026, 1, 1, tzinfo=UTC) + later,
        "jsonb": [{"email": f"{column}-{round_}@example.com"}],
        "_text": [f"{column} {round_}"],
    }
    return FIXED.get(column, values.get(kind, f"{column} {round_}"))


def given(value: Any, kind: str) -> Any:
    """The form in which a row has a value."""
    if kind == "jsonb":
        return json.dumps(value)
    return "{" + json.dumps(value[0]) + "}" if kind == "_text" else value


@pytest.mark.parametrize("table", ["emails", "email_attachments"])
async def test_every_value_ends_in_its_column(pool: asyncpg.Pool, table: str) -> None:
    columns = {"emails": MESSAGE_COLUMNS, "email_attachments": ATTACHMENT_COLUMNS}
    kinds = {name: await types_of(pool, name, columns[name]) for name in columns}
    for round_ in range(ROUNDS):
        expected = {
            name: {
                column: stored(column, [*kinds[name].values()][:place].count(kind), kind, round_)
                for place, (column, kind) in enumerate(kinds[name].items())
            }
            for name in columns
        }
        rows = {
            name: tuple(given(value, kinds[name][column]) for column, value in values.items())
            for name, values in expected.items()
        }
        async with store.locked_grants(pool, [GRANT]) as connection:
            await store.insert_missing_accounts(connection, [GRANT], AccountStatus.ACTIVE)
            await store.upsert_messages(connection, [rows["emails"]], [rows["email_attachments"]])
        row = await pool.fetchrow(f"SELECT {', '.join(columns[table])} FROM {table}")  # noqa: S608 - names of this test
        assert dict(row) == expected[table], f"round {round_}"
