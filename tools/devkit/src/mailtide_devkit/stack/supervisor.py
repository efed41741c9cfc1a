"""Starts, restarts and ends processes in groups."""

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TextIO

from mailtide_common.runtime.retry import Backoff
from mailtide_devkit.local.process import Process, ProcessError, Program
from mailtide_devkit.local.waiting import together

RESTART_BACKOFF = Backoff(first_seconds=0.2, cap_seconds=1.5, jitter=0.0)
"""Delays before a restart. They keep a program that ends at once from using a whole core."""

STEADY_SECONDS = 10
"""A program that ran longer than this is restarted with the first delay again."""

OnChange = Callable[[], Awaitable[None]]


class Supervisor:
    """Starts, restarts and ends programs ("units"), each under a name. One call of `start` forms a group."""

    def __init__(
        self, *, auto_restart: bool = False, on_change: OnChange | None = None, report: TextIO = sys.stderr
    ) -> None:
        """Create a supervisor without units.

        Args:
            auto_restart: start a unit again if it ends and the supervisor did not stop it.
            on_change: called after `stop`, and when a unit was started again. The unit may not be ready then.
            report: where unexpected ends and failed restarts are written, with `auto_restart` only.
        """
        self._auto_restart = auto_restart
        self._on_change = on_change
        self._report = report
        self._units: dict[str, Program] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._groups: list[list[str]] = []

    @property
    def processes(self) -> dict[str, Process]:
        """The processes of units by name, without those that were never started."""
        return {name: unit.process for name, unit in self._units.items() if unit.started}

    def unit(self, name: str) -> Program:
        """Return the unit with this name.

        Raises:
            ProcessError: there is no such unit.
        """
        try:
            return self._units[name]
        except KeyError:
            known = ", ".join(self._units)
            raise ProcessError(f"no process is called {name}; the processes are: {known}") from None

    async def start(self, units: Mapping[str, Program]) -> None:
        """Start the units concurrently, and wait until all are ready.

        Raises:
            ProcessError, SetupError, LateError: the `start` of a unit failed. Processes of other units may
                run; `stop_all` and `kill_all` end them.
        """
        self._units |= units
        self._groups.append(list(units))
        await together(*(unit.start() for unit in units.values()))
        for name in units:
            self._keep(name)

    async def stop(self, *names: str) -> None:
        """Shut the units down concurrently, and remove them.

        Raises:
            ProcessError: there is no unit with one of the names.
            TimeoutError: a process still exists 10 s after it was killed.
        """
        units = [self.unit(name) for name in names]
        await self._let_go(names)
        await together(*(unit.stop() for unit in units))
        for name in names:
            del self._units[name]
        await self._changed()

    async def stop_all(self) -> None:
        """Shut all units down, in the reverse order of their groups' start, and remove them."""
        await self._let_go(list(self._keepers))
        for group in reversed(self._groups):
            units = [self._units.pop(name) for name in group if name in self._units]
            await together(*(unit.stop() for unit in units))
        self._groups.clear()

    async def kill_all(self) -> None:
        """Kill all units at once, as a crash would, and remove them."""
        await self._let_go(list(self._keepers))
        units = [unit for unit in self._units.values() if unit.running]
        self._units.clear()
        self._groups.clear()
        await together(*(unit.kill() for unit in units))

    async def restart(self, name: str) -> None:
        """Shut the unit down if it runs, start it again, and wait until it is ready.

        After an error, `auto_restart` no longer applies to the unit.

        Raises:
            ProcessError, SetupError, LateError: there is no such unit, or its `start` failed.
        """
        unit = self.unit(name)
        await self._let_go([name])
        if unit.running:
            await unit.stop()
        await unit.start()
        self._keep(name)

    async def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the unit, and wait until its process has ended. After 10 s, kill it.

        With `auto_restart` the unit is started again.

        Raises:
            ProcessError: there is no such unit.
            TimeoutError: a process still exists 10 s after it was killed.
        """
        unit = self.unit(name)
        if number is signal.SIGKILL:
            await unit.kill()
        else:
            await unit.process.terminate(10, number)

    def freeze(self, name: str) -> None:
        self.unit(name).freeze()

    def thaw(self, name: str) -> None:
        self.unit(name).thaw()

    def _keep(self, name: str) -> None:
        self._units[name].process.after_start = self._changed
        if self._auto_restart:
            self._keepers[name] = asyncio.create_task(self._start_again(name))

    async def _let_go(self, names: Sequence[str]) -> None:
        keepers = [self._keepers.pop(name) for name in names if name in self._keepers]
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    async def _start_again(self, name: str) -> None:
        unit = self._units[name]
        failures = 0
        while True:
            started = time.monotonic()
            code = await unit.process.wait()
            steady = time.monotonic() - started > STEADY_SECONDS
            failures = 0 if steady else failures + 1
            self._report_line(f"{name} ended with {code}; restarting it")
            await asyncio.sleep(RESTART_BACKOFF.seconds(failures))
            try:
                await unit.start()
            except (ProcessError, OSError) as error:  # OSError: a full disk, or a kill that takes too long
                self._report_line(f"while restarting {name}: {error}")

    async def _changed(self) -> None:
        if self._on_change is not None:
            await self._on_change()

    def _report_line(self, what: str) -> None:
        self._report.write(f"{what}\n")
        self._report.flush()
