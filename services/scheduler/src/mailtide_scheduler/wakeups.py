"""Wake-ups inside this process. They only save time: every waiter looks for itself now and then."""

import asyncio


class Signals:
    """Says when there is work, and when a run has ended."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._work = asyncio.Event()
        self._runs = asyncio.Event()
        self.runs_awaited = 0
        """How many wait for a run's end now."""

    def work(self) -> None:
        """Tasks are due."""
        self._work.set()

    async def wait_for_work(self, seconds: float) -> None:
        """Return when there is work, or after so many seconds."""
        await _wait(self._work, seconds)
        self._work.clear()

    def run_finished(self) -> None:
        """A run has ended: wake everybody who waits for one."""
        finished, self._runs = self._runs, asyncio.Event()
        finished.set()

    async def wait_for_run(self, seconds: float) -> None:
        """Return when a run of this process' doing has ended, or after so many seconds."""
        self.runs_awaited += 1
        try:
            await _wait(self._runs, seconds)
        finally:
            self.runs_awaited -= 1


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
