"""Tells the outbox at once what another one would find within a second."""

import asyncio


class Wakeups:
    """What happened since the outbox looked last."""

    def __init__(self) -> None:
        self.decided = asyncio.Event()

    def wake(self) -> None:
        """Something was decided."""
        self.decided.set()
