"""Runs PgBouncer on this machine, in session mode, in front of a Postgres."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from .ports import free_port
from .postgres import unprivileged_account
from .probes import postgres_answers
from .process import Process

HOST = "127.0.0.1"
SECONDS = 60
SYSTEM_PATH = "/usr/sbin:/usr/local/sbin"


def find_pgbouncer() -> str | None:
    """Return the path of the program, or None if it is not installed (Debian: apt-get install pgbouncer)."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}")


class PgBouncer:
    """A connection pooler. It runs within its context."""

    def __init__(self, program: str, database_url: str, **databases: Mapping[str, object]) -> None:
        """Create the pooler without starting it.

        Args:
            program: the path of PgBouncer.
            database_url: the Postgres behind it. User and password are also the login at the pooler.
            databases: at least one, by its name at the pooler. The value has the connection parameters that
                differ from the URL, such as `dbname` or `port`.

        Raises:
            SetupError: this process is root, and no account for servers exists.
        """
        server = urlsplit(database_url)
        self.port = free_port()
        self._user, self._password = server.username or "", server.password or ""
        common = {"host": server.hostname, "port": server.port or 5432, "dbname": server.path.lstrip("/")}
        self._databases = {name: common | dict(changes) for name, changes in databases.items()}
        self._folder = Path(tempfile.mkdtemp(prefix="mailtide-pgbouncer-"))
        self.process = Process(
            "pgbouncer",
            [program, self._folder / "pgbouncer.ini"],
            log=self._folder / "log",
            user=unprivileged_account(),
        )

    def url_of(self, database: str, *, password: str | None = None) -> str:
        return f"postgresql://{self._user}:{password or self._password}@{HOST}:{self.port}/{database}"

    async def __aenter__(self) -> Self:
        self._write()
        first = self.url_of(next(iter(self._databases)))
        await self.process.start_until(
            lambda: postgres_answers(first), seconds=SECONDS, what="pgbouncer answers"
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self) -> None:
        users, settings = self._folder / "users", self._folder / "pgbouncer.ini"
        users.write_text(f'"{self._user}" "{self._password}"\n')
        lines = [
            f"{name} = {' '.join(f'{key}={value}' for key, value in database.items())}"
            for name, database in self._databases.items()
        ]
        settings.write_text(
            "\n".join(
                [
                    "[databases]", *lines, "[pgbouncer]", f"listen_addr = {HOST}", f"listen_port = {self.port}",
                    "unix_socket_dir =", "pool_mode = session", "auth_type = scram-sha-256", f"auth_file = {users}",
                ]
            )
        )  # fmt: skip
        account = unprivileged_account()
        for path in (self._folder, users, settings):
            if account is not None:
                shutil.chown(path, account)
            path.chmod(0o700 if path is self._folder else 0o600)
