"""Reads the topic of webhook secrets every second and on request."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from mailtide_common.contracts.codec import Record
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import EVERY_SECOND, Backoff, until_available, wait_for_event
from mailtide_ingress import limits

log = get_logger(__name__)


class Follows(Protocol):
    """The part of `TopicFollower` that is used here."""

    async def start(self) -> None:
        """Connect, and go to the beginning of the topic.

        Raises:
            TransientError: Kafka is unavailable, or the topic does not exist.
        """

    async def stop(self) -> None:
        """Disconnect."""

    async def catch_up(self) -> None:
        """Read the topic to its present end.

        Raises:
            TransientError: Kafka is unavailable.
        """


class SecretFollower:
    """Reads the topic of webhook secrets in the task that calls `run`.

    Concurrent calls of `refresh` share one read, so that many wrong signatures cost little.

    Args:
        make_reader: creates a reader that passes each record to the given function.
        on_record: receives the records. It may receive a record more than once.
        poll_seconds: longest pause between reads.
        backoff: delays between attempts to connect.
    """

    def __init__(
        self,
        make_reader: Callable[[Callable[[Record], None]], Follows],
        on_record: Callable[[Record], None],
        *,
        poll_seconds: float = limits.SECRETS_POLL_SECONDS,
        backoff: Backoff = EVERY_SECOND,
    ) -> None:
        self._make_reader = make_reader
        self._on_record = on_record
        self._poll_seconds = poll_seconds
        self._backoff = backoff
        self._wanted = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self.ready = False
        """Whether the topic has been read to its end at least once."""

    async def run(self) -> None:
        """Read the topic until cancelled. Connect again after each `TransientError`."""
        await until_available(self._read, event="webhook_secret_read_failed", backoff=self._backoff)

    async def refresh(self) -> None:
        """Wait until all records that are in the topic now have been read. Requires a running `run`.

        Raises:
            TransientError: Kafka is unavailable.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._wanted.set()
        await future

    async def _read(self) -> None:
        reader = self._make_reader(self._on_record)
        try:
            await reader.start()
            await self._follow(reader)
        except TransientError as error:
            self._answer(error)
            raise
        finally:
            await reader.stop()

    async def _follow(self, reader: Follows) -> None:
        while True:
            self._wanted.clear()
            answered, self._waiting = self._waiting, []
            try:
                await reader.catch_up()
            except TransientError:
                self._waiting = answered + self._waiting
                raise
            self.ready = True
            _complete(answered)
            if not self._waiting:
                await wait_for_event(self._wanted, self._poll_seconds)

    def _answer(self, error: TransientError) -> None:
        failed, self._waiting = self._waiting, []
        for future in failed:
            if not future.done():
                future.set_exception(TransientError(str(error)))


def _complete(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
