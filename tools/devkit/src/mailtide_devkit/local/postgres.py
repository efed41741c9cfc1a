"""Runs PostgreSQL on this machine: its own cluster, durable settings, TCP on 127.0.0.1."""

import asyncio
import contextlib
import os
import pwd
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

import asyncpg

from .errors import SetupError
from .ports import free_port
from .postgres_binaries import PostgresBinaries, find_postgres
from .probes import postgres_answers
from .process import Process, Program, descendants, lives
from .waiting import until

HOST = "127.0.0.1"
USER = "mailtide"
DATABASE = "mailtide"
INITDB_SECONDS = 60
START_SECONDS = 120
STOP_SECONDS = 30
COMMAND_SECONDS = 60
UNPRIVILEGED = ("postgres", "nobody")
"""Accounts for Postgres, which refuses to run as root. As root, the first that exists is used."""

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "timezone": "UTC",
}


class Postgres(Program):
    """A database cluster. After `stop` or `kill` it can be started again, with the same data and port."""

    def __init__(self, *, log: Path | None = None) -> None:
        """Choose port, folder and password of the cluster, without creating it.

        Args:
            log: file for its output; None: `postgres.log` in the data folder.

        Raises:
            SetupError: this process is root, and no account for Postgres exists.
        """
        self.port = free_port()
        self.version = ""
        self._data = Path(tempfile.gettempdir(), f"mailtide-postgres-{self.port}-{secrets.token_hex(4)}")
        self._log = log or self._data / "postgres.log"
        self._password = secrets.token_urlsafe(24)
        self._account = unprivileged_account()

    @property
    def name(self) -> str:
        return f"PostgreSQL {self.version} native"

    @property
    def database_url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{USER}:{self._password}@{HOST}:{self.port}/{database}"

    async def start(self) -> None:
        """Start the server and wait until it answers. Create the cluster and its database if they are new.

        Raises:
            SetupError: PostgreSQL is not installed, or is too old.
            ProcessError: `initdb` failed, the server already runs or did not start, or its database could not be
                created.
        """
        if self._process is None:
            binaries = await asyncio.to_thread(find_postgres)
            self.version = binaries.version
            if not (self._data / "cluster").exists():
                await self._make_cluster(binaries)
            self._process = Process(
                "postgres", self._command(binaries), log=self._log, cwd=self._data, user=self._account
            )
        await self.process.start_until(
            lambda: postgres_answers(self.url_of("postgres")), seconds=START_SECONDS, what="postgres answers"
        )
        try:
            await self.create_database(DATABASE)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise self.process.failure(f"the database {DATABASE} could not be created: {error}") from error

    async def stop(self) -> None:
        """Shut the server down cleanly (SIGINT), and end clients' sessions. After `STOP_SECONDS`, kill it."""
        if self._process is not None:
            self.thaw()
            await self._process.terminate(STOP_SECONDS, signal.SIGINT)

    async def kill(self) -> None:
        """Kill all server processes and wait until they have ended. The next start recovers from the WAL.

        The wait is necessary: Postgres 15 refuses to start while a backend still holds the shared memory. On
        a busy machine, a killed process may exist for another second.

        Raises:
            TimeoutError: the main process still exists after 10 s, or another one after `STOP_SECONDS`.
            ProcessError: the server was never started.
        """
        killed = self._freeze_all()
        for pid in killed:
            _send(pid, signal.SIGKILL)
        await self.process.kill()

        async def ended() -> bool:
            return not any(map(lives, killed))

        await until(ended, seconds=STOP_SECONDS, what="postgres' backends have ended")

    def freeze(self) -> None:
        self._freeze_all()

    def thaw(self) -> None:
        if self.running:
            self.process.thaw()
            for pid in descendants(self.process.pid):
                _send(pid, signal.SIGCONT)

    async def discard(self) -> None:
        """End the server at once (SIGQUIT), and remove its data."""
        if self._process is not None:
            await self.process.terminate(STOP_SECONDS, signal.SIGQUIT)
        await asyncio.to_thread(shutil.rmtree, self._data, ignore_errors=True)

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database unless it exists, and return its URL.

        Args:
            name: the database.
            template: the database to copy, to which there must be no connection; None: Postgres' default.
        """
        await create_database(self.url_of("postgres"), name, template)
        return self.url_of(name)

    async def drop_database(self, name: str) -> None:
        await drop_database(self.url_of("postgres"), name)

    async def _make_cluster(self, binaries: PostgresBinaries) -> None:
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        password = self._data / "password"
        password.touch(mode=0o600)
        password.write_text(self._password)
        if self._account is not None:
            for path in (self._data, password):
                shutil.chown(path, self._account)
        cluster = self._data / "cluster"
        command = [
            binaries.folder / "initdb", "-D", cluster, "-U", USER, "--pwfile", password, "-A", "scram-sha-256",
            "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
        ]  # fmt: skip
        tool = Process("initdb", list(map(str, command)), log=self._log, cwd=self._data, user=self._account)
        if await tool.run(INITDB_SECONDS):
            error = tool.failure("failed")
            await asyncio.to_thread(shutil.rmtree, cluster, ignore_errors=True)
            raise error

    def _command(self, binaries: PostgresBinaries) -> list[str]:
        settings = SETTINGS | {"port": str(self.port)}
        if binaries.has_lz4:
            settings["default_toast_compression"] = "lz4"
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(binaries.folder / "postgres"), "-D", str(self._data / "cluster"), *flags]

    def _freeze_all(self) -> list[int]:
        """Suspend the main process and its children, and return the ids of the children.

        The main process is first, so that it starts no more children.
        """
        if not self.running:
            return []
        self.process.freeze()
        children = descendants(self.process.pid)
        for pid in children:
            _send(pid, signal.SIGSTOP)
        return children


async def create_database(server_url: str, name: str, template: str | None = None) -> None:
    connection = await asyncpg.connect(server_url, command_timeout=COMMAND_SECONDS)
    try:
        with contextlib.suppress(asyncpg.DuplicateDatabaseError):
            source = f' TEMPLATE "{template}"' if template else ""
            await connection.execute(f'CREATE DATABASE "{name}"{source}')
    finally:
        await connection.close()


async def drop_database(server_url: str, name: str) -> None:
    """Drop a database, if it exists, and end its connections."""
    connection = await asyncpg.connect(server_url, command_timeout=COMMAND_SECONDS)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()


def unprivileged_account() -> str | None:
    """Return the account that servers must run as, or None if this process is not root.

    Raises:
        SetupError: this process is root, and none of the accounts in `UNPRIVILEGED` exists.
    """
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise SetupError(
        f"Postgres refuses to run as root, and none of these accounts exists: {', '.join(UNPRIVILEGED)}; create one, "
        "or run this as another user"
    )


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
