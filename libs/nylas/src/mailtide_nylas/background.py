"""Lets calls to Nylas end in the background, because a cancelled call leaks its connection."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()


def let_end(task: asyncio.Task[T], then: Callable[[T], object] = lambda _result: None) -> None:
    """Let a task end in the background. Then call `then` with its result, or drop its error."""

    def ended(task: asyncio.Task[T]) -> None:
        _running.discard(task)
        if not task.cancelled() and task.exception() is None:  # read, so that asyncio does not log it
            then(task.result())

    _running.add(task)
    task.add_done_callback(ended)
