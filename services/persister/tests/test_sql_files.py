"""Every statement fits the migrated database, and stands under the name of the function that runs it."""

import inspect
from pathlib import Path

import asyncpg
import pytest

import mailtide_persister
from mailtide_common.runtime.sql import load_sql
from mailtide_persister import store

FILES = sorted((Path(mailtide_persister.__file__).parent / "sql").glob("*.sql"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_has_its_function(file: Path) -> None:
    assert f'_sql("{file.stem}")' in inspect.getsource(getattr(store, file.stem))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_says_what_it_is_for(file: Path) -> None:
    comment = "\n".join(line for line in file.read_text("utf-8").splitlines() if line.startswith("--"))
    assert "Index:" in comment
    assert "Reads only" in comment or "afe to repeat" in comment or "Repeating" in comment


@pytest.mark.real
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_each_file_can_be_prepared(file: Path, pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await connection.prepare(load_sql("mailtide_persister", file.stem))
