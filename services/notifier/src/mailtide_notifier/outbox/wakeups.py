"""Wakes the outbox when notices were stored; without it, the outbox polls once a second."""

import asyncio


class Wakeups:
    """The event `decided`, set when notices were stored, and cleared by the outbox."""

    def __init__(self) -> None:
        self.decided = asyncio.Event()

    def wake(self) -> None:
        """Signal that notices were stored."""
        self.decided.set()
