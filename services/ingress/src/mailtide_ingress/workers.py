"""Runs several worker processes that share one listening socket (`--workers N`), and supervises them."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import threading

from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import wait_for_event
from mailtide_common.runtime.stopping import STOP_SECONDS

from .metrics import SHARED_FOLDER

WAIT_SECONDS = STOP_SECONDS + 2
"""Time for a worker to end after SIGTERM. Afterwards it is killed."""

RESPAWN_SECONDS = 1.0
REFUSED = 2
"""Exit code of a worker that cannot run until an operator changes something. It stops all workers."""

log = get_logger(__name__)


def run_workers(count: int, *, host: str, port: int) -> int:
    """Run `count` workers until SIGTERM or SIGINT, and return the highest of their last exit codes.

    A worker that ends is restarted after `RESPAWN_SECONDS`. But if its exit code is `REFUSED`, all workers
    are stopped.

    Stopped workers that do not end within `WAIT_SECONDS` are killed. A second signal kills the workers and
    ends this process at once.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, port), family=family) as listener,
        tempfile.TemporaryDirectory(prefix="mailtide-ingress-") as metrics,
    ):
        return asyncio.run(_Parent(listener, metrics).run(count))


def listener_of(descriptor: int) -> socket.socket:
    """Return the listening socket that this worker inherited as a file descriptor."""
    return socket.socket(fileno=descriptor)


def end_with_parent(descriptor: int) -> None:
    """Start a thread that sends SIGTERM to this process when the parent process ends.

    `descriptor` is the reading end of a pipe whose writing end only the parent holds.
    """

    def watch() -> None:
        os.read(descriptor, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


class _Parent:
    def __init__(self, listener: socket.socket, metrics: str) -> None:
        self._listener = listener
        self._environment = os.environ | {SHARED_FOLDER: metrics}
        self._pipe, self._held_open = os.pipe()
        self._stop = asyncio.Event()
        self._workers: set[asyncio.subprocess.Process] = set()

    async def run(self, count: int) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        keepers = [asyncio.create_task(self._keep_one()) for _ in range(count)]
        await self._stop.wait()
        for worker in self._workers:
            worker.terminate()
        _, late = await asyncio.wait(keepers, timeout=WAIT_SECONDS)
        if late:
            self._kill()
        return max(await asyncio.gather(*keepers))

    async def _keep_one(self) -> int:
        """Keep one worker running until all are stopped, and return its last exit code.

        If a signal ended the worker, return 0 for SIGTERM, and else the signal's number.
        """
        while True:
            try:
                worker = await self._spawn()
            except OSError as error:  # too many processes, or too little memory
                log.warning("worker_start_failed", reason=str(error))
                if await wait_for_event(self._stop, RESPAWN_SECONDS):
                    return 0
                continue
            self._workers.add(worker)
            if self._stop.is_set():
                worker.terminate()
            code = await worker.wait()
            self._workers.discard(worker)
            if code == REFUSED:
                self._stop.set()
            if self._stop.is_set():
                return 0 if code == -signal.SIGTERM else abs(code)  # stopped before it handled signals
            log.error("worker_exited", pid=worker.pid, exit_code=code)
            await wait_for_event(self._stop, RESPAWN_SECONDS)

    async def _spawn(self) -> asyncio.subprocess.Process:
        listener = self._listener.fileno()
        arguments = ["--listener", str(listener), "--parent-pipe", str(self._pipe)]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "mailtide_ingress",
            *arguments,
            pass_fds=(listener, self._pipe),
            env=self._environment,
            start_new_session=True,
        )

    def _on_signal(self, number: int) -> None:
        if self._stop.is_set():
            self._kill()
            os._exit(128 + number)
        self._stop.set()

    def _kill(self) -> None:
        for worker in self._workers:
            worker.kill()
