"""Wakes the outbox when notices may have been stored, so that it need not wait for its next poll."""

import asyncio


class Wakeups:
    """The event `decided`, set when notices may have been stored, and cleared by the outbox."""

    def __init__(self) -> None:
        self.decided = asyncio.Event()

    def wake(self) -> None:
        self.decided.set()
