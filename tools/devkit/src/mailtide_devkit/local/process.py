"""Runs child processes, each in a process group of its own and with its output in a file."""

import asyncio
import atexit
import contextlib
import os
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from .waiting import LateError, until

WATCHDOG = Path(__file__).with_name("parent_watchdog.py")
TAIL_LINES = 40

_alive: set[int] = set()


class ProcessError(Exception):
    """A child process failed, refused a call, is unknown, was never started, or already runs.

    If it failed, the message has the end of its log.
    """


class Process:
    """A child process. After its end it can be started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        """Create the process without starting it.

        Args:
            name: its name in messages.
            command: program and arguments.
            log: file for standard output and error, appended to.
            env: its whole environment; None: that of this process.
            cwd: folder to run in.
            user: account to run as; only root may choose one.
        """
        self.name = name
        self.command = [str(part) for part in command]
        self.log = log
        self.env = env
        self.cwd = cwd
        self.user = user
        self.after_start: Callable[[], Awaitable[None]] | None = None
        self._child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process id of the last start.

        Raises:
            ProcessError: it was never started.
        """
        if self._child is None:
            raise ProcessError(f"{self.name} was never started")
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal. None while it runs and before the first start."""
        return None if self._child is None else self._child.returncode

    @property
    def started(self) -> bool:
        return self._child is not None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        """Start the process, then await `after_start` if it is set. Do not wait until the process is ready.

        Raises:
            ProcessError: the process already runs.
        """
        if self.running:
            raise ProcessError(f"{self.name} is already running")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", str(WATCHDOG), str(os.getpid()), self.user or "", *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
            )  # fmt: skip
        _alive.add(self.pid)
        if self.after_start is not None:
            await self.after_start()

    async def start_until(self, ready: Callable[[], Awaitable[bool]], *, seconds: float, what: str) -> None:
        """Start the process and wait until it is ready. If it is late, kill it.

        Args:
            ready: returns whether the process is ready; called repeatedly while it runs.
            seconds: the longest wait.
            what: the condition, for the message, such as "kafka answers".

        Raises:
            ProcessError: the process already runs, ended during its start, or was not ready in time.
        """

        async def probe() -> bool:
            if not self.running:
                raise self.failure("ended during its start")
            return await ready()

        await self.start()
        try:
            await until(probe, seconds=seconds, what=what)
        except LateError as late:
            error = self.failure(str(late))
            await self.kill()
            raise error from None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone. Do nothing if it does not run."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def send_group(self, number: signal.Signals) -> None:
        """Send a signal to the process group. Do nothing if the process does not run."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def freeze(self) -> None:
        """Suspend the process group (SIGSTOP): connections stay open, and nothing is answered."""
        self.send_group(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send_group(signal.SIGCONT)

    async def kill(self) -> None:
        """Kill the process group (SIGKILL), and wait until the process has ended.

        Raises:
            TimeoutError: the process still exists after 10 s.
            ProcessError: it was never started.
        """
        self.send_group(signal.SIGKILL)
        await self.wait(10)

    async def terminate(self, seconds: float, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait until the process has ended. After `seconds`, kill its process group.

        A frozen process is resumed, because it could not react to the signal.

        Returns:
            The exit code; 0 if the process was never started.

        Raises:
            TimeoutError: the process still exists 10 s after it was killed.
        """
        if self._child is None:
            return 0
        self.send(number)
        self.thaw()
        with contextlib.suppress(TimeoutError):
            return await self.wait(seconds)
        await self.kill()
        return await self.wait(10)

    async def wait(self, seconds: float | None = None) -> int:
        """Wait until the process ends, and return its exit code.

        Args:
            seconds: the longest wait; None: no limit.

        Raises:
            TimeoutError: the process still runs after `seconds`.
            ProcessError: it was never started.
        """
        if self._child is None:
            raise ProcessError(f"{self.name} was never started")
        code = await asyncio.wait_for(self._child.wait(), seconds)
        _alive.discard(self.pid)
        return code

    async def run(self, seconds: float) -> int:
        """Start the process, wait until it ends, and return its exit code.

        If the wait is too long or cancelled, the process is killed.

        Raises:
            ProcessError: the process already runs, or did not end within `seconds`.
        """
        await self.start()
        try:
            return await self.wait(seconds)
        except TimeoutError:
            raise self.failure(f"did not end within {seconds:g} s") from None
        finally:
            if self.running:
                await self.kill()

    def tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines of its log, or an empty text if there is no log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def failure(self, what: str) -> ProcessError:
        """Return an error with the text `what`, the state of the process and the end of its log."""
        state = "was still running" if self.running else f"ended with {self.returncode}"
        return ProcessError(f"{self.name}: {what} ({state}); end of {self.log}:\n{self.tail()}")


class Program(ABC):
    """A program that can be killed, frozen and restarted, with the same data and ports."""

    _process: Process | None = None

    @property
    def process(self) -> Process:
        """The program's process.

        Raises:
            ProcessError: it was never started.
        """
        if self._process is None:
            raise ProcessError(f"{type(self).__name__} was never started")
        return self._process

    @property
    def started(self) -> bool:
        """Whether the program was ever started."""
        return self._process is not None and self._process.started

    @property
    def running(self) -> bool:
        """Whether the program was started and has not ended."""
        return self._process is not None and self._process.running

    @abstractmethod
    async def start(self) -> None:
        """Start the program and wait until it is ready."""

    @abstractmethod
    async def stop(self) -> None:
        """Shut the program down cleanly."""

    async def restart(self) -> None:
        """Stop the program if it runs, and start it again."""
        if self.running:
            await self.stop()
        await self.start()

    async def kill(self) -> None:
        await self.process.kill()

    def freeze(self) -> None:
        """Suspend the program: connections stay open, and nothing is answered."""
        self.process.freeze()

    def thaw(self) -> None:
        self.process.thaw()


def descendants(pid: int) -> list[int]:
    """Return the ids of a process' descendants, parents first; on other systems than Linux, an empty list."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(stat.parent.name))
    found: list[int] = []
    level = [pid]
    while level:
        level = [child for parent in level for child in parents.get(parent, [])]
        found += level
    return found


def lives(pid: int) -> bool:
    """Return whether a process exists and is not a zombie; always False on other systems than Linux."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


@atexit.register
def kill_children() -> None:
    """Kill the process groups of all started processes, as at the exit of this process.

    `os._exit` needs it: on other systems than Linux, the children would outlive this process.
    """
    for pid in _alive:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
