"""Every statement fits the migrated database, and stands beside the function of its name, which runs it."""

import re
from pathlib import Path

import asyncpg
import pytest

ROOT = Path(__file__).parents[2]
STATEMENTS = {
    f"{file.parents[1].name}/{file.stem}": file for file in sorted(ROOT.glob("[ls]*/*/src/**/sql/*.sql"))
}

VERBS = re.compile(
    "(list|get|count|insert|upsert|update|delete|enqueue|claim|complete|prune"  # most of them
    "|record|schedule|skip|lock|mark|cancel|requeue|merge|suspend|resume|open|close|force)_"
)


def test_statements_begin_with_one_of_few_verbs() -> None:
    assert [name for name in STATEMENTS if not VERBS.match(name.partition("/")[2])] == []


def test_no_two_statements_of_a_service_have_one_name() -> None:
    assert STATEMENTS
    names = [(file.relative_to(ROOT).parts[1], file.stem) for file in STATEMENTS.values()]
    assert len(set(names)) == len(names)


async def test_every_statement_can_be_prepared(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for file in STATEMENTS.values():
            await connection.prepare(file.read_text("utf-8"))
    finally:
        await connection.close()


@pytest.mark.parametrize("name", [name for name in STATEMENTS if not name.startswith("checks/")])
def test_every_statement_has_a_comment_and_the_function_of_its_name(name: str) -> None:
    file = STATEMENTS[name]
    assert file.read_text("utf-8").startswith("-- ")
    modules = "\n".join(module.read_text("utf-8") for module in file.parents[1].glob("*.py"))
    if name.startswith("known/"):  # classes that read their statements when they are made
        assert f'"{file.stem}"' in modules
        return
    functions = re.split(r"^(?=(?:async )?def )", modules, flags=re.MULTILINE)
    (function,) = [each for each in functions if re.match(rf"(async )?def {file.stem}\(", each)]
    assert re.search(rf'sql\((__package__, )?"{file.stem}"\)', function)
