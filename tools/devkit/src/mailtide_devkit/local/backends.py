"""Selects the Kafka and Postgres to use.

A server that `KAFKA_BOOTSTRAP_SERVERS` or `DATABASE_URL` names is used as it is. Otherwise a server is
started: as a local process, or as a container with `MAILTIDE_TEST_BACKEND=docker`.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

from .errors import SetupError
from .kafka import Kafka
from .postgres import Postgres, create_database, drop_database
from .postgres_binaries import find_postgres
from .probes import kafka_answers, postgres_answers
from .waiting import until

EXTERNAL_SECONDS = 15


class Server(Protocol):
    """A server of a stack or a test run: a local process, a container, or one that the environment names."""

    @property
    def name(self) -> str:
        """The product and where it comes from, such as `postgres:17 in Docker`."""

    async def start(self) -> None:
        """Start the server and wait until it answers. One that the environment names already runs."""

    async def discard(self) -> None:
        """End the server and remove its data. One that the environment names stays as it is."""


class KafkaServer(Server, Protocol):
    """The Kafka of a stack or a test run: one broker, unless the environment names more."""

    @property
    def bootstrap_servers(self) -> str:
        """The addresses for clients: `host:port`, comma separated."""


class PostgresServer(Server, Protocol):
    """A Postgres server of a stack or a test run."""

    @property
    def database_url(self) -> str:
        """The URL of the initial database."""

    def url_of(self, database: str) -> str:
        """Return the URL of the database with this name."""

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database unless it exists, and return its URL.

        Args:
            name: the database.
            template: the database to copy; None: the server's default.
        """

    async def drop_database(self, name: str) -> None:
        """Drop a database, if it exists, and end its connections."""


S = TypeVar("S", bound=Server)


@asynccontextmanager
async def started(server: S) -> AsyncIterator[S]:
    """Start a server and yield it. On exit, or if it does not start, `discard` it."""
    try:
        await server.start()
        yield server
    finally:
        await server.discard()


class External:
    """A server that runs already, and that nothing here stops."""

    async def discard(self) -> None:
        """Do nothing: the server keeps running."""


class ExternalKafka(External):
    """The Kafka of `KAFKA_BOOTSTRAP_SERVERS`."""

    name = "Kafka of KAFKA_BOOTSTRAP_SERVERS"

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers

    async def start(self) -> None:
        await until(
            lambda: kafka_answers(self.bootstrap_servers),
            seconds=EXTERNAL_SECONDS,
            what=f"Kafka at {self.bootstrap_servers} answers",
        )


class ExternalPostgres(External):
    """The Postgres of `DATABASE_URL`. A stack uses that database; tests without a stack create their own."""

    name = "Postgres of DATABASE_URL"

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url

    def url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.database_url)._replace(path=f"/{database}"))

    async def start(self) -> None:
        where = urlsplit(self.database_url)
        await until(
            lambda: postgres_answers(self.database_url),
            seconds=EXTERNAL_SECONDS,
            what=f"Postgres at {where.hostname}:{where.port or 5432}{where.path} answers",
        )

    async def create_database(self, name: str, template: str | None = None) -> str:
        await create_database(self.database_url, name, template)
        return self.url_of(name)

    async def drop_database(self, name: str) -> None:
        await drop_database(self.database_url, name)


def choose_kafka(environment: Mapping[str, str] = os.environ, *, log: Path | None = None) -> KafkaServer:
    """Return the Kafka server that the environment selects, not yet started.

    Args:
        environment: the environment variables.
        log: file for the output of a local process.

    Raises:
        SetupError: MAILTIDE_TEST_BACKEND is invalid, or is docker and Docker does not answer.
    """
    if bootstrap_servers := environment.get("KAFKA_BOOTSTRAP_SERVERS"):
        return ExternalKafka(bootstrap_servers)
    if _docker(environment):
        from .docker import DockerKafka  # noqa: PLC0415 - Docker's client is only needed here

        return DockerKafka()
    return Kafka(log=log)


def choose_postgres(
    environment: Mapping[str, str] = os.environ, *, log: Path | None = None
) -> PostgresServer:
    """Return the Postgres server that the environment selects, not yet started.

    Args:
        environment: the environment variables.
        log: file for the output of a local process.

    Raises:
        SetupError: MAILTIDE_TEST_BACKEND is invalid, or is docker and Docker does not answer, or a local
            Postgres has no account to run as.
    """
    if database_url := environment.get("DATABASE_URL"):
        return ExternalPostgres(database_url)
    if _docker(environment):
        from .docker import DockerPostgres  # noqa: PLC0415 - Docker's client is only needed here

        return DockerPostgres()
    return Postgres(log=log)


def describe() -> str:
    """Return the names of the Kafka and the Postgres that the environment selects, without starting them.

    If a local Postgres is needed and not installed, the text says how to install it.

    Raises:
        SetupError: as `choose_postgres`.
    """
    kafka, postgres = choose_kafka(), choose_postgres()
    names = [kafka.name, postgres.name]
    if isinstance(postgres, Postgres):
        try:
            names[1] = f"PostgreSQL {find_postgres().version} native"
        except SetupError as missing:
            names[1] = str(missing)
    return ", ".join(names)


def _docker(environment: Mapping[str, str]) -> bool:
    backend = environment.get("MAILTIDE_TEST_BACKEND", "native")
    if backend not in {"native", "docker"}:
        raise SetupError(f"MAILTIDE_TEST_BACKEND is {backend!r}: it must be native or docker")
    return backend == "docker"
