"""W3C trace contexts (`traceparent`): passed on from record to record, so that one search shows a whole way."""

import re
import secrets
from uuid import UUID

TRACEPARENT = "traceparent"

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def valid_traceparent(value: str | None) -> str | None:
    """The value if it is a W3C trace context, else None."""
    return value if value is not None and _TRACEPARENT.fullmatch(value) else None


def new_traceparent(trace_id: UUID | None = None) -> str:
    """The beginning of a trace, for what nothing else caused; with a given id, what is begun again is one trace."""
    return f"00-{trace_id.hex if trace_id else secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
