"""Fixtures with a real Kafka, a real Postgres and the whole stack.

Each of these is started when a test first uses it, and stays for all later tests of the pytest process. With
pytest-xdist, every worker has its own. Servers that the environment names are used as they are, by all workers.
"""

import os
import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from mailtide_devkit.local.backends import (
    KafkaServer,
    PostgresServer,
    choose_kafka,
    choose_postgres,
    describe,
    started,
)
from mailtide_devkit.local.errors import SetupError
from mailtide_devkit.stack.stack import Stack

from .reused_databases import ReusedDatabases


def pytest_configure() -> None:
    """Set `MAILTIDE_ENV_FILE` to nothing, so that tests and their processes read no developer's `.env`."""
    os.environ["MAILTIDE_ENV_FILE"] = ""


def pytest_report_header() -> str:
    """Return the servers that the tests use, for the header."""
    try:
        return f"mailtide: {describe()}"
    except SetupError as missing:
        return f"mailtide: {missing}"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests that use the fixture `kafka` or `postgres` as `real`.

    Other tests that start servers have a mark in their source: `real`, or `e2e` for a stack.
    """
    if {"kafka", "postgres"}.intersection(getattr(item, "fixturenames", ())):
        item.add_marker("real")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka() -> AsyncIterator[KafkaServer]:
    """A Kafka for the whole run. Each test must use topics of its own.

    Tests that kill or freeze Kafka start their own: `mailtide_devkit.local.kafka.Kafka`.
    """
    async with started(choose_kafka()) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres() -> AsyncIterator[PostgresServer]:
    """A Postgres for the whole run."""
    async with started(choose_postgres()) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_template(postgres: PostgresServer) -> AsyncIterator[str]:
    """The name of a database with the newest schema, and only the rows that migrations insert."""
    from mailtide_persister.schema.migrate import migrate  # noqa: PLC0415 - only tests with a database need it

    name = f"mailtide_template_{secrets.token_hex(4)}"
    await migrate(await postgres.create_database(name))
    yield name
    await postgres.drop_database(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reused_databases(
    postgres: PostgresServer, migrated_template: str
) -> AsyncIterator[ReusedDatabases]:
    """The databases that tests use one after another."""
    databases = ReusedDatabases(postgres, migrated_template)
    yield databases
    await databases.drop_all()


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(reused_databases: ReusedDatabases) -> AsyncIterator[str]:
    """The URL of a database for one test, with the newest schema and only the rows that migrations insert."""
    async with reused_databases.lent() as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """A stack for the whole run. It has its own Kafka and Postgres, unless the environment names some."""
    async with Stack() as running:
        yield running
