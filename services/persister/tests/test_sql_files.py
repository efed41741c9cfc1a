"""Every statement fits the migrated database, and stands under the name of the function that runs it."""

import inspect
from pathlib import Path

import asyncpg
import pytest

import mailtide_persister
from mailtide_persister.apply import store

FILES = sorted((Path(mailtide_persister.__file__).parent / "apply" / "sql").glob("*.sql"))


def text(file: Path) -> str:
    """The statement, with its comment."""
    return file.read_text("utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_has_its_function(file: Path) -> None:
    assert f'_sql("{file.stem}")' in inspect.getsource(getattr(store, file.stem))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_says_what_it_is_for(file: Path) -> None:
    comment = "\n".join(line for line in text(file).splitlines() if line.startswith("--"))
    assert "Index:" in comment
    assert "Reads only" in comment or "afe to repeat" in comment or "Repeating" in comment


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_each_file_can_be_prepared(file: Path, pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await connection.prepare(text(file))
