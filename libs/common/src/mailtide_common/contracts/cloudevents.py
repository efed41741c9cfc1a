"""The attributes of a record as headers, in two forms: Mailtide's own names, and CloudEvents 1.0.

The second form is the binary content mode of the Kafka protocol binding (CloudEvents, Kafka 1.0.2, section 3.2):
`ce_` headers, `content-type`, and the value as data. Either form alone is read; where both are present, Mailtide's own
counts. Values that hold a whole CloudEvent (structured mode) are not read.
"""

PREFIX = "ce_"
CONTENT_TYPE = "content-type"

ATTRIBUTES = ("id", "type", "time", "source")
"""Required attributes of CloudEvents, and `time`; Mailtide's own headers have the same names without the prefix."""

_CONSTANT = [(f"{PREFIX}specversion", b"1.0"), (CONTENT_TYPE, b"application/json")]


def attribute_headers(event_id: str, event_type: str, time: str, source: str) -> list[tuple[str, bytes]]:
    """Return the headers of a record that has a value, both forms.

    Args:
        event_id: unique together with `source`; the same id again is the same event.
        event_type: type of the event, with its version.
        time: RFC 3339.
        source: the service that writes the record, which is a valid relative URI.
    """
    values = [value.encode("utf-8", "replace") for value in (event_id, event_type, time, source)]
    own = list(zip(ATTRIBUTES, values, strict=True))
    return own + [(PREFIX + name, value) for name, value in own] + _CONSTANT
