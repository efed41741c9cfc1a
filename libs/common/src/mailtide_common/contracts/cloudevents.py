"""The attributes of an event as headers of its record, in two forms: Mailtide's own and CloudEvents 1.0.

The second form is the binary content mode of the Kafka protocol binding (CloudEvents, Kafka 1.0.2, section
3.2): `ce_` headers, `content-type`, and the value as data. A record with either form is read. Mailtide's own
form takes precedence.

The usual header converter of Kafka Connect 4.3.1 reads `1.0` as the number 1; StringConverter does not
(docs/architecture.md#headers).
"""

PREFIX = "ce_"
CONTENT_TYPE = "content-type"

ATTRIBUTES = ("id", "type", "time", "source")
"""Names of Mailtide's own headers. The headers of CloudEvents have `PREFIX` before these names."""

_CONSTANT = [(f"{PREFIX}specversion", b"1.0"), (CONTENT_TYPE, b"application/json")]


def attribute_headers(event_id: str, event_type: str, time: str, source: str) -> list[tuple[str, bytes]]:
    """Return the headers for an event's attributes, in both forms.

    Args:
        event_id: unique within `source`.
        event_type: type of the event, with its version.
        time: time of the event in the format of RFC 3339.
        source: name of the publishing service, which must be a valid URI reference.
    """
    values = [value.encode("utf-8", "replace") for value in (event_id, event_type, time, source)]
    own = list(zip(ATTRIBUTES, values, strict=True))
    return own + [(PREFIX + name, value) for name, value in own] + _CONSTANT
