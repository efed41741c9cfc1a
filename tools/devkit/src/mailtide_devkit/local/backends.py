"""Selects the Kafka and Postgres to use.

A server that `KAFKA_BOOTSTRAP_SERVERS` or `DATABASE_URL` names is used as it is. Otherwise a server is
started: as a local process, or as a container with `MAILTIDE_TEST_BACKEND=docker`.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.postgres import connect
from mailtide_common.runtime.postgres_errors import named_connect_errors
from mailtide_common.runtime.settings import KafkaSettings, PostgresSettings, Settings
from mailtide_common.runtime.settings import describe as described

from .errors import SetupError
from .kafka import Kafka
from .postgres import Postgres, create_database, drop_database
from .postgres_binaries import find_postgres
from .probes import PROBE_SECONDS, kafka_answers
from .waiting import LateError, until

EXTERNAL_SECONDS = 15
EXTERNAL_PAUSE = 1.0


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
    """A server that the environment names. It runs already, and is never stopped."""

    async def discard(self) -> None:
        """Do nothing: the server keeps running."""


class _Given(Settings):
    """Settings that are read from the arguments, instead of from this process' environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic passes it
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings in `environment`. An empty variable counts as absent.

        Raises:
            SetupError: a setting is missing or wrong.
        """
        given = {name: environment.get(name.upper()) for name in cls.model_fields}
        try:
            return cls.model_validate({name: value for name, value in given.items() if value})
        except ValidationError as error:
            raise SetupError(described(error)) from None


class _GivenKafka(_Given, KafkaSettings):
    pass


class _GivenPostgres(_Given, PostgresSettings):
    pass


class ExternalKafka(External):
    """The Kafka of `KAFKA_BOOTSTRAP_SERVERS`, with TLS and login as Mailtide's other settings ask for."""

    name = "Kafka of KAFKA_BOOTSTRAP_SERVERS"

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read the settings in `environment`, without connecting.

        Raises:
            SetupError: a setting is missing or wrong.
        """
        settings = _GivenKafka.of(environment)
        self.bootstrap_servers = settings.kafka_bootstrap_servers
        self._brokers = settings.brokers

    async def start(self) -> None:
        """Wait until the brokers answer.

        Raises:
            SetupError: they did not answer within `EXTERNAL_SECONDS`, or refused the login.
        """
        try:
            await until(
                lambda: kafka_answers(self._brokers),
                seconds=EXTERNAL_SECONDS,
                what="Kafka answers",
                every=EXTERNAL_PAUSE,
            )
        except LateError as late:
            raise SetupError(str(self._brokers.failure(late))) from None


class ExternalPostgres(External):
    """The Postgres of `DATABASE_URL`. A stack uses that database; tests without a stack create their own."""

    name = "Postgres of DATABASE_URL"

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read the settings in `environment`, without connecting.

        Raises:
            SetupError: a setting is wrong.
        """
        self.database_url = _GivenPostgres.of(environment).database_url.get_secret_value()

    def url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.database_url)._replace(path=f"/{database}"))

    async def start(self) -> None:
        """Wait until a session can be opened.

        Raises:
            SetupError: the server refused the login, or no session could be opened within `EXTERNAL_SECONDS`.
        """
        reason = ""

        async def answers() -> bool:
            nonlocal reason
            try:
                with named_connect_errors(PROBE_SECONDS):
                    connection = await connect(self.database_url, timeout=PROBE_SECONDS)
                    await connection.close(timeout=PROBE_SECONDS)
            except TransientError as error:
                reason = str(error)
                return False
            return True

        try:
            await until(answers, seconds=EXTERNAL_SECONDS, what="Postgres answers", every=EXTERNAL_PAUSE)
        except ConfigurationError as error:
            raise SetupError(str(error)) from None
        except LateError:
            raise SetupError(f"{reason}; check DATABASE_URL") from None

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
        SetupError: a setting of Kafka is missing or wrong, MAILTIDE_TEST_BACKEND is invalid, or it is docker
            and Docker does not answer.
    """
    if environment.get("KAFKA_BOOTSTRAP_SERVERS"):
        return ExternalKafka(environment)
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
        SetupError: a setting of Postgres is wrong, MAILTIDE_TEST_BACKEND is invalid, it is docker and Docker
            does not answer, or a local Postgres has no account to run as.
    """
    if environment.get("DATABASE_URL"):
        return ExternalPostgres(environment)
    if _docker(environment):
        from .docker import DockerPostgres  # noqa: PLC0415 - Docker's client is only needed here

        return DockerPostgres()
    return Postgres(log=log)


def describe() -> str:
    """Return the names of the Kafka and the Postgres that the environment selects, without starting them.

    If a local Postgres is needed and not installed, the text says how to install it.

    Raises:
        SetupError: as `choose_kafka` and `choose_postgres`.
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
