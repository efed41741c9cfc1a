"""A circuit breaker: during an outage of Nylas no calls are made, and no account fails because of it. Pure.

It is closed until several calls in a row have failed for several grants. Then it is open for a while and refuses
calls, until one probe decides. A single failing mailbox does not open it.

INV-32.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mailtide_nylas.errors import NylasThrottledError, NylasTransientError

FAILURES = 10
"""Failed calls in a row that open it, each already retried."""

GRANTS = 3
"""Least number of grants among them: fewer may be a few broken mailboxes."""

OPEN_SECONDS = 15.0
"""Time without calls after it opened."""

PROBE_SECONDS = 2.0
"""Time after which a call that was refused during a probe may be repeated."""


class Circuit:
    """Counts failed calls, and refuses calls during an outage."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        grants: int = GRANTS,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        """Create a closed circuit.

        Args:
            failures: failed calls in a row that open it.
            grants: the least number of grants that they must concern.
            open_seconds: time until a probe may be made.
            clock: a monotonic clock, in seconds.
            on_open: called when an outage begins.
        """
        self._failures_to_open = failures
        self._grants_to_open = grants
        self._open_seconds = open_seconds
        self._clock = clock
        self._on_open = on_open
        self._failures = 0
        self._grants: set[str] = set()
        self._open_until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether there is an outage, as far as is known."""
        return self._open_until is not None

    @contextmanager
    def call(self, grant_id: str) -> Iterator[None]:
        """Make a call, and count its result.

        Raises:
            NylasThrottledError: there is an outage, so that the call was not made, or has just shown that the outage
                continues; not a failure of this grant.
        """
        probe = self._enter()
        try:
            yield
        except NylasTransientError as error:
            self._failed(grant_id, probe=probe)
            if self.is_open:
                raise self._refusal() from error
            raise
        except NylasThrottledError:
            self._succeeded()
            raise
        except Exception:
            self._succeeded()
            raise
        except BaseException:
            if probe:
                self._probing = False
            raise
        else:
            self._succeeded()

    def _enter(self) -> bool:
        """Return whether the call is the probe of an outage."""
        if self._open_until is None:
            return False
        if self._probing or self._clock() < self._open_until:
            raise self._refusal()
        self._probing = True
        return True

    def _failed(self, grant_id: str, *, probe: bool) -> None:
        if probe:
            self._probing = False
            self._open_until = self._clock() + self._open_seconds
            return
        if self._open_until is not None:
            return
        self._failures += 1
        if len(self._grants) < self._grants_to_open:
            self._grants.add(grant_id)
        if self._failures >= self._failures_to_open and len(self._grants) >= self._grants_to_open:
            self._open_until = self._clock() + self._open_seconds
            self._on_open()

    def _succeeded(self) -> None:
        """Close the circuit: Nylas answered, with whatever status."""
        self._failures = 0
        self._grants.clear()
        self._open_until = None
        self._probing = False

    def _refusal(self) -> NylasThrottledError:
        left = 0.0 if self._open_until is None else self._open_until - self._clock()
        return NylasThrottledError(
            "Nylas does not answer", retry_after_seconds=max(left, PROBE_SECONDS), scope="nylas"
        )
