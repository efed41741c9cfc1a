"""A circuit breaker: during an outage of Nylas, calls are refused, and no account counts as failing (INV-32).

- It opens when several calls in a row have failed for several grants. A single failing mailbox does not open
  it.
- While it is open, it refuses calls. After a while, it admits one call as a probe.
- It closes after a call that Nylas answered without `NylasTransientError`: the probe, or a call that began
  before it opened.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mailtide_nylas.errors import NylasThrottledError, NylasTransientError, NylasUnsentError

FAILURES = 10
"""Calls in a row that must fail to open the circuit. A call and its retries count once."""

GRANTS = 3
"""Different grants that must be among these calls. With fewer, the cause may be the mailboxes."""

OPEN_SECONDS = 15.0
"""Time after the opening, or after a failed probe, before a call is admitted as a probe."""

PROBE_SECONDS = 2.0
"""Least `retry_after_seconds` of a refused call. While a probe runs, no time is left of `OPEN_SECONDS`."""


class Circuit:
    """Counts the calls in a row that failed with `NylasTransientError`; refuses calls during an outage."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        """Create a closed circuit.

        Args:
            clock: a monotonic clock, in seconds.
            on_open: called when an outage begins.
        """
        self._clock = clock
        self._on_open = on_open
        self._failures = 0
        self._grants: set[str] = set()
        self._open_until: float | None = None
        self._probing = False
        self._status: int | None = None
        """The status of the last failed call's error; None if it has none, as after a time-out."""

    @property
    def is_open(self) -> bool:
        """Whether the circuit breaker is open, which means that Nylas is considered unavailable."""
        return self._open_until is not None

    @contextmanager
    def call(self, grant_id: str) -> Iterator[None]:
        """Enclose a call for a grant. Count its result, unless nothing was sent or the call was cancelled.

        Raises:
            NylasThrottledError: the circuit is open, and the call was refused or failed with
                `NylasTransientError`.
        """
        probe = self._enter()
        try:
            yield
        except NylasTransientError as error:
            self._failed(grant_id, error.status, probe=probe)
            if self.is_open:
                raise self._refusal() from error
            raise
        except NylasUnsentError:
            self._uncounted(probe=probe)
            raise
        except Exception:
            self._succeeded()
            raise
        except BaseException:
            self._uncounted(probe=probe)
            raise
        else:
            self._succeeded()

    def _enter(self) -> bool:
        """Admit or refuse a call; return whether it is the probe."""
        if self._open_until is None:
            return False
        if self._probing or self._clock() < self._open_until:
            raise self._refusal()
        self._probing = True
        return True

    def _failed(self, grant_id: str, status: int | None, *, probe: bool) -> None:
        self._status = status
        if probe:
            self._probing = False
            self._open_until = self._clock() + OPEN_SECONDS
            return
        if self._open_until is not None:
            return
        self._failures += 1
        if len(self._grants) < GRANTS:
            self._grants.add(grant_id)
        if self._failures >= FAILURES and len(self._grants) >= GRANTS:
            self._open_until = self._clock() + OPEN_SECONDS
            self._on_open()

    def _uncounted(self, *, probe: bool) -> None:
        """End a call whose result does not count. If it was the probe, another call may become the probe."""
        if probe:
            self._probing = False

    def _succeeded(self) -> None:
        self._failures = 0
        self._grants.clear()
        self._open_until = None
        self._probing = False

    @property
    def _fault(self) -> str:
        """What Nylas does, in words by which `account_health` recognises an outage (see `errors`)."""
        if self._status is None:
            return "does not answer"
        return "fails" if self._status >= 500 else "does not answer as documented"

    def _refusal(self) -> NylasThrottledError:
        left = 0.0 if self._open_until is None else self._open_until - self._clock()
        return NylasThrottledError(
            f"Nylas {self._fault}, so calls are suspended",
            retry_after_seconds=max(left, PROBE_SECONDS),
            scope="nylas",
            status=self._status,
        )
