"""Generates `docs/generated/tables.md`: the tables for applications, with their comments in the database."""

from itertools import groupby

import asyncpg

from .markdown import page, table

NAME = "tables.md"
TABLES = (
    "email_accounts", "email_account_users", "emails", "email_threads", "email_folders", "email_attachments",
)  # fmt: skip
COLUMNS = """
SELECT
    c.relname AS name, obj_description(c.oid, 'pg_class') AS purpose, a.attname AS column_name,
    format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AND c.relkind = 'r' AS nullable,
    col_description(c.oid, a.attnum) AS meaning
FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, position)
INNER JOIN pg_class AS c ON c.oid = wanted.name::regclass
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY wanted.position, a.attnum
"""


async def tables_page(database_url: str) -> str:
    """Return the page of the tables for applications, from the comments in a migrated database.

    Raises:
        ValueError: a table or column has no comment.
    """
    connection = await asyncpg.connect(database_url)
    try:
        columns = await connection.fetch(COLUMNS, list(TABLES))
    finally:
        await connection.close()
    silent = [
        f"{row['name']}.{row['column_name']}" for row in columns if not row["meaning"] or not row["purpose"]
    ]
    if silent:
        raise ValueError(
            f"these columns or their tables have no comment: {', '.join(silent)}; add it in a migration"
        )
    return page("Tables for applications", "\n".join(_table(name, rows) for name, rows in _by_table(columns)))


def _by_table(columns: list[asyncpg.Record]) -> list[tuple[str, list[asyncpg.Record]]]:
    return [(name, list(rows)) for name, rows in groupby(columns, key=lambda row: str(row["name"]))]


def _table(name: str, rows: list[asyncpg.Record]) -> str:
    header = ("Column", "Type", "Null", "Meaning")
    cells = [
        (f"`{row['column_name']}`", row["type"], "yes" if row["nullable"] else "", row["meaning"])
        for row in rows
    ]
    return f"## {name}\n\n{rows[0]['purpose']}\n\n{table(header, cells)}"
