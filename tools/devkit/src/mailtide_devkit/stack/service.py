"""A service as a child process: it counts as started once it reports that it is ready."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mailtide_common.runtime.stopping import GRACE_SECONDS
from mailtide_devkit.local.probes import http_status
from mailtide_devkit.local.process import Process, Program

HOST = "127.0.0.1"
READY_SECONDS = 60


class Service(Program):
    """A program that answers a GET with 200 once it works. Started again, it has the same port."""

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
        """Nothing is started yet.

        Args:
            name: what messages call it.
            command: program and arguments.
            port: where it listens.
            log: file for its output, appended to.
            env: its whole environment.
            ready_seconds: how long it may take to be ready.
            ready_path: what it answers with 200 once it works.
        """
        self.name = name
        self.port = port
        self._process = Process(name, command, log=log, env=env)
        self._ready_seconds = ready_seconds
        self._ready_path = ready_path

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            ProcessError: it ended, or was not ready in time; shows its log.
        """
        await self.process.start_until(
            self.is_ready, seconds=self._ready_seconds, what=f"{self.name} is ready"
        )

    async def is_ready(self) -> bool:
        """Whether it answers that it works."""
        return await http_status(HOST, self.port, self._ready_path) == 200

    async def stop(self) -> None:
        """Let it drain and end; kill it when it does not."""
        await self.process.terminate(GRACE_SECONDS)
