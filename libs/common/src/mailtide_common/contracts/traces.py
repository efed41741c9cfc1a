"""W3C trace contexts (`traceparent`), passed on from record to record, so that one search finds the whole path."""

import re
import secrets
from contextvars import ContextVar
from uuid import UUID

TRACEPARENT = "traceparent"

current_trace: ContextVar[str | None] = ContextVar(TRACEPARENT, default=None)
"""Set while a single record is handled, so that every event published meanwhile belongs to its trace; a batch passes a
trace with each event instead."""

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def valid_traceparent(value: str | None) -> str | None:
    """Return the value if it is a W3C trace context, else None."""
    return value if value is not None and _TRACEPARENT.fullmatch(value) else None


def new_traceparent(trace_id: UUID | None = None) -> str:
    """Start a trace for work that nothing else caused; the same id gives the same trace."""
    return f"00-{trace_id.hex if trace_id else secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
