"""Limits failed logins in this process."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from mailtide_console import limits

ALL = ""


class Attempts:
    """Counts failed logins in a time window, for each client and for all clients together."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def seconds_left(self, client: str) -> float:
        """Return for how many seconds the logins of a client are still refused; 0 if they are accepted."""
        return max(
            self._left(client, limits.LOGIN_FAILURES),
            self._left(ALL, limits.LOGIN_FAILURES_OF_ALL),
        )

    def failed(self, client: str) -> None:
        """Record a failed login. Keep only the `LOGIN_CLIENTS` clients with the newest failures."""
        for name, most in ((client, limits.LOGIN_FAILURES), (ALL, limits.LOGIN_FAILURES_OF_ALL)):
            self._failures.setdefault(name, deque(maxlen=most)).append(self._clock())
            self._failures.move_to_end(name)
        while len(self._failures) > limits.LOGIN_CLIENTS:
            self._failures.popitem(last=False)

    def _left(self, name: str, most: int) -> float:
        failures = self._failures.get(name)
        if failures is None or len(failures) < most:
            return 0.0
        return max(0.0, failures[0] + limits.LOGIN_WINDOW_SECONDS - self._clock())
