"""The AsyncAPI document describes the records that are written."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtide_common.contracts.asyncapi_document import document
from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import encode
from mailtide_common.contracts.events import EVENT_TYPES, Event
from mailtide_common.contracts.notification_headers import NotificationHeaders, encode_notification
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.traces import new_traceparent

DOCUMENT = document()

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def check_headers(name: str, headers: list[tuple[str, bytes]]) -> None:
    schema = DOCUMENT["components"]["messages"][name]["headers"]
    texts = {key: value.decode() for key, value in headers}
    assert texts.keys() == schema["properties"].keys()
    jsonschema.validate(texts, schema)


@pytest.mark.parametrize("kind", EVENT_TYPES)
@settings(max_examples=20)
@given(data=st.data())
def test_events_are_as_described(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(st.from_type(kind))
    encoded = encode(event, source="test", cause=Cause(new_traceparent(), UnixMicros(1)))
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{kind.__name__}", **DOCUMENT}
    jsonschema.validate(json.loads(encoded.value or b""), schema)
    check_headers(kind.__name__, encoded.headers)
    assert kind.__name__ in DOCUMENT["channels"][event.topic.name]["messages"]


def test_notifications_have_the_described_headers() -> None:
    headers = NotificationHeaders("id", UnixMicros(1), "gzip", 1, new_traceparent())
    check_headers("Notification", encode_notification("grant", b"{}", headers).headers)
