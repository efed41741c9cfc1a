"""W3C trace contexts (`traceparent`), which records pass on, so that a trace covers the whole pipeline."""

import random
import re
from contextvars import ContextVar
from uuid import UUID

TRACEPARENT = "traceparent"

current_trace: ContextVar[str | None] = ContextVar(TRACEPARENT, default=None)
"""The trace context of the record that is being handled; events that are published meanwhile get it. It is
not set for a batch of records: there, only events that are published with a cause have a trace context."""

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def valid_traceparent(value: str | None) -> str | None:
    """Return the value if it has the form of a W3C trace context, or else None."""
    return value if value is not None and _TRACEPARENT.fullmatch(value) else None


def new_traceparent(trace_id: UUID | None = None) -> str:
    """Return a trace context for work without a cause, with the given trace id or a random one."""
    digits = f"{random.getrandbits(192):048x}"
    return f"00-{trace_id.hex if trace_id else digits[:32]}-{digits[32:]}-01"
