"""Wake-ups within this process. They only save time, because every waiter also polls."""

import asyncio

from mailtide_common.runtime.retry import wait_for_event


class Signals:
    """Wakes coroutines of this process when there is work, and when a run ends."""

    def __init__(self) -> None:
        self._work = asyncio.Event()
        self._runs = asyncio.Event()

    def work(self) -> None:
        self._work.set()

    async def wait_for_work(self, seconds: float) -> None:
        """Wait until `work` is called, at most `seconds`; not at all if it was called since the last wait."""
        await wait_for_event(self._work, seconds)
        self._work.clear()

    def run_finished(self) -> None:
        """Wake all callers of `wait_for_run`."""
        finished, self._runs = self._runs, asyncio.Event()
        finished.set()

    async def wait_for_run(self, seconds: float) -> None:
        """Wait until any run ends in this process, at most `seconds`."""
        await wait_for_event(self._runs, seconds)
