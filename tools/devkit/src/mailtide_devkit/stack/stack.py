"""Runs the whole of Mailtide on one machine: Kafka, Postgres, the Nylas simulator and all services."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mailtide_common.contracts.connect_links import CALLBACK_PATH
from mailtide_common.runtime.web.ports import PORTS
from mailtide_devkit.local.backends import Server, choose_kafka, choose_postgres
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.ports import free_port, preferred_port
from mailtide_devkit.local.postgres import Postgres
from mailtide_devkit.local.process import Process, ProcessError
from mailtide_devkit.local.waiting import together
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

from .environment import Secrets, as_shell, manages_webhooks, of_service, settings_in
from .files import StackFiles
from .instances import instances, is_instance
from .mailbox import loading_seconds
from .service import HOST, READY_SECONDS, Service
from .supervisor import Supervisor
from .webhook import webhook_is_active

ONE_SHOT_SECONDS = 60
BIN = Path(sys.executable).parent


def installed_services() -> dict[str, int]:
    """Return the number of instances, 1, for each service whose command is installed."""
    return {name: 1 for name in PORTS if (BIN / f"mailtide-{name}").exists()}


@dataclass(frozen=True, slots=True)
class StackOptions:
    """The options of a stack.

    Attributes:
        root: folder in which `.mailtide` is created; None: a temporary one, and `close` kills the processes.
        services: number of instances by service.
        environment: variables to inherit. Servers, Nylas and secrets that it names replace local ones.
        env: settings of services and of `mailtide`. They override the stack's own, except hosts and ports.
        own_env: settings of single services, by the service's name. They override `env`.
        default_ports: use the services' default ports where they are free.
        auto_restart: restart processes that end.
        seed: seed of the simulator.
        mailbox: an mbox file or Maildir that the simulator serves as one of its mailboxes; None: none.
        simulator_arguments: further arguments of the simulator.
        ready_seconds: the longest wait for a service, and for the webhook destination.
        commands: folder of the programs `mailtide` and `mailtide-SERVICE`.
    """

    root: Path | None = None
    services: Mapping[str, int] = field(default_factory=installed_services)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    env: Mapping[str, str] = field(default_factory=dict)
    own_env: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    default_ports: bool = False
    auto_restart: bool = False
    seed: int = 1
    mailbox: Path | None = None
    simulator_arguments: tuple[str, ...] = ()
    ready_seconds: float = READY_SECONDS
    commands: Path = BIN


class Stack:
    """A stack, which runs in its context: `async with Stack(options) as stack:`.

    On entry it starts everything and waits until all is ready. On exit it calls `close`.
    Servers that the environment names keep running, with the topics and tables that the stack created.
    """

    def __init__(self, options: StackOptions | None = None) -> None:
        """Select servers and ports, without starting anything.

        Raises:
            SetupError: as `choose_kafka` and `choose_postgres`.
        """
        self.options = options or StackOptions()
        self._environment = self.options.environment
        self.secrets = Secrets.of(self._environment)
        self._temporary = (
            tempfile.TemporaryDirectory(prefix="mailtide-stack-") if self.options.root is None else None
        )
        root = Path(self._temporary.name) if self._temporary else self.options.root
        self.files = StackFiles(root or Path())
        self.kafka = choose_kafka(self._environment, log=self.files.log("kafka"))
        self.postgres = choose_postgres(self._environment, log=self.files.log("postgres"))
        self.supervisor = Supervisor(auto_restart=self.options.auto_restart, on_change=self._write_files)
        self._services: dict[str, Service] = {}
        self._ports: dict[str, int] = {}
        self.simulator = None if self._environment.get("NYLAS_API_URI") else self._make_simulator()

    async def __aenter__(self) -> Self:
        """Start everything.

        Raises:
            SetupError: a program is missing or too old, Kafka's download failed, a server that the environment
                names cannot be used, or the folder cannot be written or is used by another stack.
            ProcessError: a process did not start, or `mailtide topics ensure` or `mailtide migrate` failed.
            LateError: a container did not answer, the webhook destination did not become active, or Kafka's
                files stayed locked by another process.
        """
        try:
            self.files.prepare()
            await together(self._start_kafka(), self._start_postgres(), self._start_simulator())
            await self._start_services()
            await self._await_webhook()
            await self._write_files()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the processes. Remove `stack.json`, `stack.env`, the data of started servers and a temporary root.

        Files of another stack in the folder stay.
        """
        await asyncio.to_thread(self.files.remove)
        if self._temporary is None:
            await self.supervisor.stop_all()
        else:
            await self.supervisor.kill_all()
        await together(self.kafka.discard(), self.postgres.discard())
        self.files.release()
        if self._temporary is not None:
            await asyncio.to_thread(self._temporary.cleanup)

    @property
    def nylas_api_uri(self) -> str:
        """The URL of the Nylas API that the services call."""
        return self.simulator.url if self.simulator else self._environment["NYLAS_API_URI"]

    @property
    def database_url(self) -> str:
        return self.postgres.database_url

    @property
    def public_url(self) -> str:
        """`PUBLIC_URL` in `options.env`, else in the environment, else the local URL of the ingress.

        It has no slash at the end, like the setting that the services read.
        """
        given = self.options.env.get("PUBLIC_URL") or self._environment.get("PUBLIC_URL")
        return given.rstrip("/") if given else f"http://{HOST}:{self._port('ingress')}"

    @property
    def settings(self) -> dict[str, str]:
        """The variables with which other programs use this stack. `stack.env` contains the same ones."""
        return {
            **settings_in(self._environment),
            **self.secrets.as_environment(),
            "MAILTIDE_ENV_FILE": "",  # a developer's `.env` is for another Kafka and Postgres
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "DATABASE_URL": self.postgres.database_url,
            "NYLAS_API_URI": self.nylas_api_uri,
            "PUBLIC_URL": self.public_url,
            "MAILTIDE_SCHEDULER_URL": f"http://{HOST}:{self._port('scheduler')}",
            "MAILTIDE_NOTIFIER_URL": f"http://{HOST}:{self._port('notifier')}",
            "MAILTIDE_CONSOLE_URL": f"http://{HOST}:{self._port('console')}",
            **self.options.env,
        }

    @property
    def addresses(self) -> dict[str, str]:
        """The addresses of Kafka, Postgres, Nylas or its simulator, and the services, by name.

        That of Postgres has the password.
        """
        return {
            "kafka": self.kafka.bootstrap_servers,
            "postgres": self.postgres.database_url,
            "simulator" if self.simulator else "nylas": self.nylas_api_uri,
            **{name: service.url for name, service in self._services.items()},
        }

    def url(self, name: str) -> str:
        """Return the URL of a service, such as `ingress` or `sync-worker-2`; see `service`."""
        return self.service(name).url

    def service(self, name: str) -> Service:
        """Return a service by its process name.

        Raises:
            ProcessError: there is no such service.
        """
        try:
            return self._services[name]
        except KeyError:
            raise ProcessError(
                f"no service is called {name}; the services are: {', '.join(self._services)}"
            ) from None

    def process(self, name: str) -> Process:
        """Return a process: `kafka`, `postgres`, `simulator`, or a service.

        Raises:
            ProcessError: the stack runs no such process.
        """
        return self.supervisor.unit(name).process

    async def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a process and wait until it has ended. After 10 s, kill it.

        With `auto_restart` it is started again.
        """
        await self.supervisor.kill(name, number)

    async def restart(self, name: str) -> None:
        """Shut a process down if it runs, start it again with its port and data, and wait until ready."""
        await self.supervisor.restart(name)

    def freeze(self, name: str) -> None:
        """Suspend a process: connections stay open, and nothing is answered."""
        self.supervisor.freeze(name)

    def thaw(self, name: str) -> None:
        self.supervisor.thaw(name)

    async def scale(self, service: str, count: int) -> None:
        """Start or shut down instances until the service has `count`, of which killed ones stay killed."""
        wanted = instances(service, count)
        running = [name for name in self._services if is_instance(name, service)]
        surplus = [name for name in running if name not in wanted]
        for name in surplus:
            del self._services[name]
        await self.supervisor.stop(*surplus)
        await self._start_named({name: service for name in wanted if name not in running})
        await self._write_files()

    async def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run the command `mailtide` against this stack, and return its standard output and error.

        Args:
            arguments: its arguments.
            env: settings that override those of the stack.

        Raises:
            ProcessError: the command failed, or did not end within 60 s.
        """
        name = "-".join(["mailtide", *arguments[:2]])
        log = self.files.log(name)
        await asyncio.to_thread(log.unlink, missing_ok=True)
        whole = {**self._environment, **self.settings, **(env or {})}
        command = Process(name, [self.options.commands / "mailtide", *arguments], log=log, env=whole)
        if await command.run(ONE_SHOT_SECONDS):
            raise command.failure("failed")
        return await asyncio.to_thread(log.read_text)

    async def _start_kafka(self) -> None:
        await self._start_server("kafka", self.kafka)
        await self.run("topics", "ensure")

    async def _start_postgres(self) -> None:
        await self._start_server("postgres", self.postgres)
        await self.run("migrate")

    async def _start_server(self, name: str, server: Server) -> None:
        if isinstance(server, Kafka | Postgres):
            await self.supervisor.start({name: server})
        else:
            await server.start()

    async def _start_simulator(self) -> None:
        if self.simulator is not None:
            await self.supervisor.start({"simulator": self.simulator})

    def _make_simulator(self) -> Service:
        port = free_port()
        command = [
            sys.executable, "-m", "mailtide_nylas_simulator", "--port", str(port), "--seed", str(self.options.seed),
            f"--client-id={self.secrets.client_id}", f"--api-key={self.secrets.api_key}",
            f"--callback-uri={self.public_url}{CALLBACK_PATH}",
            *(("--mailbox", str(self.options.mailbox)) if self.options.mailbox else ()),
            *self.options.simulator_arguments,
        ]  # fmt: skip
        log = self.files.log("simulator")
        return Service(
            "simulator", command, port=port, log=log, env=self._environment, ready_path="/admin/application",
            ready_seconds=loading_seconds(self.options.mailbox),
        )  # fmt: skip

    async def _start_services(self) -> None:
        services = self.options.services
        await self._start_named({name: kind for kind in services for name in instances(kind, services[kind])})

    async def _await_webhook(self) -> None:
        """Wait until the webhook destination is active, if this stack creates one at its simulator."""
        services, own = self.options.services, self.options.own_env.get("scheduler", {})
        managed = manages_webhooks({**self._environment, **self.settings, **own})
        if self.simulator is None or not managed or not {"ingress", "scheduler"} <= services.keys():
            return
        async with SimulatorAdmin(self.simulator.url) as admin:
            await webhook_is_active(admin, seconds=self.options.ready_seconds)

    async def _start_named(self, kinds: Mapping[str, str]) -> None:
        made = {name: self._make_service(name, kind) for name, kind in kinds.items()}
        self._services |= made
        await self.supervisor.start(made)

    def _make_service(self, name: str, kind: str) -> Service:
        port = self._port(name)
        settings = {**self._environment, **self.settings, **self.options.own_env.get(kind, {})}
        return Service(
            name,
            [self.options.commands / f"mailtide-{kind}"],
            port=port,
            log=self.files.log(name),
            env=of_service(kind, settings, port, HOST),
            ready_seconds=self.options.ready_seconds,
        )

    def _port(self, name: str) -> int:
        if name not in self._ports:
            usual = PORTS.get(name)
            use_usual = self.options.default_ports and usual is not None
            self._ports[name] = preferred_port(usual) if use_usual and usual else free_port()
        return self._ports[name]

    async def _write_files(self) -> None:
        await asyncio.to_thread(self.files.write, self._description(), as_shell(self.settings, BIN))

    def _description(self) -> dict[str, Any]:
        services = {name: self._services[name].url if name in self._services else None for name in PORTS}
        admin = f"{self.simulator.url}/admin" if self.simulator else None
        return {
            "kafka": self.kafka.bootstrap_servers,
            "database_url": self.postgres.database_url,
            "nylas": {"api": self.nylas_api_uri, "admin": admin},
            **services,
            "env_file": self.files.shown(self.files.env),
            "processes": [
                {"name": name, "pid": process.pid, "log": self.files.shown(process.log)}
                for name, process in self.supervisor.processes.items()
            ],
        }
