"""Kafka and Postgres as containers, run by testcontainers."""

import asyncio
from abc import ABC, abstractmethod

from docker.errors import DockerException
from testcontainers.core.container import DockerContainer

from mailtide_common.runtime.kafka.brokers import Brokers

from .errors import SetupError
from .kafka import BROKER_SETTINGS, START_SECONDS
from .kafka_home.jars import KAFKA_VERSION
from .ports import free_port
from .postgres import DATABASE, SETTINGS, USER, create_database, drop_database
from .probes import kafka_answers, postgres_answers
from .waiting import until

KAFKA_IMAGE = f"apache/kafka:{KAFKA_VERSION}"
POSTGRES_IMAGE = "postgres:17"
PASSWORD = "mailtide"  # noqa: S105 - of a container that lives as long as a test run


class _Docker(ABC):
    """A server in a container, on a free port of the host."""

    def __init__(self, image: str) -> None:
        """Choose port and host, without starting the container.

        Raises:
            SetupError: Docker does not answer.
        """
        self._image = image
        self.port = free_port()
        try:
            self._container = DockerContainer(image)
        except DockerException as error:
            raise SetupError(
                f"Docker does not answer: {error}; start it, give this account access to it, or unset "
                "MAILTIDE_TEST_BACKEND"
            ) from None
        self.host = str(self._container.get_docker_client().host())

    @property
    def name(self) -> str:
        return f"{self._image} in Docker"

    async def start(self) -> None:
        """Start the container, and wait until the server answers.

        Raises:
            SetupError: Docker cannot get the image, or cannot start the container.
            LateError: the server did not answer within `START_SECONDS`.
        """
        try:
            await asyncio.to_thread(self._container.start)
        except DockerException as error:
            raise SetupError(
                f"Docker cannot start {self._image}: {error}; give it access to the image's registry, or unset "
                "MAILTIDE_TEST_BACKEND"
            ) from None
        await until(self._answers, seconds=START_SECONDS, what=f"{self.name} answers")

    async def discard(self) -> None:
        await asyncio.to_thread(self._container.stop)

    @abstractmethod
    async def _answers(self) -> bool:
        """Return whether the server answers a client."""


class DockerKafka(_Docker):
    """A Kafka broker in a container of the official image."""

    def __init__(self) -> None:
        super().__init__(KAFKA_IMAGE)
        listeners = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "listeners": f"PLAINTEXT://:{self.port},CONTROLLER://:9093",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap_servers}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": "1@localhost:9093",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }
        for key, value in (listeners | BROKER_SETTINGS).items():
            self._container.with_env("KAFKA_" + key.replace(".", "_").upper(), value)
        self._container.with_bind_ports(self.port, self.port)

    @property
    def bootstrap_servers(self) -> str:
        return f"{self.host}:{self.port}"

    async def _answers(self) -> bool:
        return await kafka_answers(Brokers.plain(self.bootstrap_servers))


class DockerPostgres(_Docker):
    """A Postgres server in a container of the official image."""

    def __init__(self) -> None:
        super().__init__(POSTGRES_IMAGE)
        own = {"default_toast_compression": "lz4", "listen_addresses": "*"}
        kept = {key: value for key, value in SETTINGS.items() if key != "unix_socket_directories"}
        flags = [f"-c {key}={value}" for key, value in (kept | own).items()]
        self._container.with_envs(
            POSTGRES_USER=USER,
            POSTGRES_PASSWORD=PASSWORD,
            POSTGRES_DB=DATABASE,
            POSTGRES_INITDB_ARGS="--encoding=UTF8 --locale=C",
        )
        self._container.with_command(" ".join(["postgres", *flags]))
        self._container.with_bind_ports(5432, self.port)

    @property
    def database_url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@{self.host}:{self.port}/{database}"

    async def create_database(self, name: str, template: str | None = None) -> str:
        await create_database(self.url_of("postgres"), name, template)
        return self.url_of(name)

    async def drop_database(self, name: str) -> None:
        await drop_database(self.url_of("postgres"), name)

    async def _answers(self) -> bool:
        return await postgres_answers(self.database_url)
