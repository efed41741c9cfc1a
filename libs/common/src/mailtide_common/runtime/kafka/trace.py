"""The current trace: every event that is published meanwhile belongs to it."""

from contextvars import ContextVar

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.traces import TRACEPARENT, valid_traceparent

current: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""Set while a single record is handled; a batch passes a trace with each event instead."""


def trace_of(record: Record) -> str | None:
    """Return the trace of a record."""
    return valid_traceparent(record.header(TRACEPARENT))
