"""Records when each new row of `emails` becomes visible.

A trigger sends a NOTIFY for each inserted row, which Postgres delivers after the commit.
"""

import asyncio
import time
from types import TracebackType
from typing import Any, Self

import asyncpg

CHANNEL = "mailtide_devkit_arrivals"

INSTALL = f"""
CREATE OR REPLACE FUNCTION {CHANNEL}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('{CHANNEL}', encode(convert_to(NEW.nylas_message_id, 'UTF8'), 'hex'));
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {CHANNEL} AFTER INSERT ON emails FOR EACH ROW EXECUTE FUNCTION {CHANNEL}();
"""
REMOVE = f"DROP TRIGGER IF EXISTS {CHANNEL} ON emails; DROP FUNCTION IF EXISTS {CHANNEL}()"


class Arrivals:
    """Records when the row of each new message becomes visible. Use it as an asynchronous context manager.

    It adds a trigger to the table `emails`, and removes it on exit.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._connection: asyncpg.Connection[Any] | None = None
        self._changed = asyncio.Event()
        self.seen: dict[str, float] = {}
        """Unix seconds by message id."""

    async def __aenter__(self) -> Self:
        self._connection = await asyncpg.connect(self._database_url)
        await self._connection.execute(INSTALL)
        await self._connection.add_listener(CHANNEL, self._notified)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.execute(REMOVE)
            await self._connection.close()

    async def wait_for(self, message_ids: set[str], *, seconds: float) -> set[str]:
        """Wait until all these messages have rows, at most `seconds`. Return the ids of those without one.

        Rows from before the context was entered do not count.
        """
        try:
            async with asyncio.timeout(seconds):
                while message_ids - self.seen.keys():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return message_ids - self.seen.keys()
        return set()

    def _notified(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self.seen.setdefault(bytes.fromhex(str(payload)).decode(), time.time())
        self._changed.set()


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of the values lies, or 0 if there are no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
