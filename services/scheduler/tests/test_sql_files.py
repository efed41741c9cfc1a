"""Every statement fits the migrated database, and is found under the name of the function that runs it."""

from importlib import import_module
from importlib.resources import files

import asyncpg
import pytest

STATEMENTS = sorted(
    entry.name.removesuffix(".sql") for entry in (files("mailtide_scheduler") / "sql").iterdir()
)
STORES = [
    import_module(f"mailtide_scheduler.{name}")
    for name in (
        "account_store",
        "audit_report",
        "audits",
        "erase",
        "held",
        "incidents",
        "plan_store",
        "proofs",
        "redrive",
        "run_store",
        "silence",
        "store",
        "views",
        "webhook_store",
    )
]


@pytest.mark.real
async def test_every_statement_can_be_prepared(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for name in STATEMENTS:
            await connection.prepare((files("mailtide_scheduler") / "sql" / f"{name}.sql").read_text("utf-8"))
    finally:
        await connection.close()


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_has_its_function_and_says_why(name: str) -> None:
    assert sum(callable(getattr(store, name, None)) for store in STORES) >= 1
    text = (files("mailtide_scheduler") / "sql" / f"{name}.sql").read_text("utf-8")
    assert text.startswith("-- ")
    assert "Safe" in text or "Reads only" in text or "Repeats" in text or "run of its own" in text
