"""The trace of what is being worked on: whatever is published meanwhile belongs to it."""

from contextvars import ContextVar

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.traces import TRACEPARENT, valid_traceparent

current: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""Set for each record that is worked on by itself; a batch says per event what caused it."""


def trace_of(record: Record) -> str | None:
    """The trace that a record belongs to."""
    return valid_traceparent(record.header(TRACEPARENT))
