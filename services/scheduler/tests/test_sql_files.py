"""Every statement fits the migrated database, and lies beside the function of its name, which runs it."""

import re
from pathlib import Path

import asyncpg
import pytest

import mailtide_scheduler

ROOT = Path(mailtide_scheduler.__file__).parent
STATEMENTS = sorted(ROOT.rglob("sql/*.sql"))


def place(statement: Path) -> str:
    """Package and name, for the test's id."""
    return f"{statement.parent.parent.name}/{statement.stem}"


def test_there_are_statements() -> None:
    assert STATEMENTS
    assert len({statement.stem for statement in STATEMENTS}) == len(STATEMENTS)


async def test_every_statement_can_be_prepared(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for statement in STATEMENTS:
            await connection.prepare(statement.read_text("utf-8"))
    finally:
        await connection.close()


@pytest.mark.parametrize("statement", STATEMENTS, ids=place)
def test_every_statement_has_its_function_and_says_why(statement: Path) -> None:
    modules = "\n".join(module.read_text("utf-8") for module in statement.parent.parent.glob("*.py"))
    assert re.search(rf"^(async )?def {statement.stem}\(", modules, re.MULTILINE)
    assert f'sql(__package__, "{statement.stem}")' in modules
    text = statement.read_text("utf-8")
    assert text.startswith("-- ")
    assert "Safe" in text or "Reads only" in text or "Repeats" in text or "run of its own" in text
