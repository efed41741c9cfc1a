"""One of Mailtide's services as a child process: running means that it says it is ready."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mailtide_common.runtime.stopping import GRACE_SECONDS
from mailtide_devkit.local.probes import http_status
from mailtide_devkit.local.process import Process
from mailtide_devkit.local.waiting import LateError, until

HOST = "127.0.0.1"
READY_SECONDS = 60


class Service:
    """A program that answers `GET /readyz` with 200 once it works. Started again, it has the same port."""

    ready_path = "/readyz"

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        port: int,
        log: Path,
        env: Mapping[str, str],
        ready_seconds: float = READY_SECONDS,
    ) -> None:
        """Nothing is started yet.

        Args:
            name: what messages call it.
            command: program and arguments.
            port: where it listens.
            log: file for its output, appended to.
            env: its whole environment.
            ready_seconds: how long it may take to be ready.
        """
        self.name = name
        self.port = port
        self.process = Process(name, command, log=log, env=env)
        self._ready_seconds = ready_seconds

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            ProcessError: it ended, or was not ready in time; shows its log.
        """
        await self.process.start()
        try:
            await until(self.is_ready, seconds=self._ready_seconds, what=f"{self.name} is ready")
        except LateError as late:
            error = self.process.failure(str(late))
            await self.process.kill()
            raise error from None

    async def is_ready(self) -> bool:
        """Whether it says that it works.

        Raises:
            ProcessError: it has ended.
        """
        if not self.process.running:
            raise self.process.failure("ended before it was ready")
        return await http_status(HOST, self.port, self.ready_path) == 200

    async def stop(self) -> None:
        """Let it drain and end; kill it when it does not."""
        await self.process.terminate(GRACE_SECONDS)

    async def kill(self) -> None:
        """End it as a crash would."""
        await self.process.kill()

    def freeze(self) -> None:
        """Let it hang."""
        self.process.freeze()

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self.process.thaw()


class Simulator(Service):
    """The Nylas simulator: it says in a line of its output that it listens."""

    @property
    def admin_url(self) -> str:
        """Where its fault switches are."""
        return str(self._announcement().get("admin", f"{self.url}/admin"))

    async def is_ready(self) -> bool:
        """Whether it has announced itself.

        Raises:
            ProcessError: it has ended.
        """
        if not self.process.running:
            raise self.process.failure("ended before it was ready")
        return bool(await asyncio.to_thread(self._announcement))

    def _announcement(self) -> dict[str, Any]:
        for line in reversed(self.process.tail().splitlines()):
            if line.startswith("{"):
                said = json.loads(line)
                if said.get("ready") is True and said.get("port", self.port) == self.port:
                    return dict(said)
        return {}
