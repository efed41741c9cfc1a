"""Runs a service as a child process."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mailtide_common.runtime.stopping import GRACE_SECONDS
from mailtide_devkit.local.probes import http_status
from mailtide_devkit.local.process import Process, Program

HOST = "127.0.0.1"
READY_SECONDS = 180


class Service(Program):
    """A service that answers a GET with 200 once it is ready."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        port: int,
        log: Path,
        env: Mapping[str, str],
        ready_seconds: float = READY_SECONDS,
        ready_path: str = "/readyz",
    ) -> None:
        """Create the service without starting it.

        Args:
            name: its name in messages.
            command: program and arguments.
            port: the port that it listens on.
            log: file for its output, appended to.
            env: its whole environment.
            ready_seconds: the longest time that it may take to become ready.
            ready_path: the path that it answers with 200 once it is ready.
        """
        self.name = name
        self.port = port
        self._process = Process(name, command, log=log, env=env)
        self._ready_seconds = ready_seconds
        self._ready_path = ready_path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Start the service and wait until it is ready.

        Raises:
            ProcessError: the service already runs, ended during its start, or was not ready in time.
        """
        await self.process.start_until(
            self.is_ready, seconds=self._ready_seconds, what=f"{self.name} is ready"
        )

    async def is_ready(self) -> bool:
        return await http_status(HOST, self.port, self._ready_path) == 200

    async def stop(self) -> None:
        """Send SIGTERM. Kill the service if it has not ended after `GRACE_SECONDS`."""
        await self.process.terminate(GRACE_SECONDS)
