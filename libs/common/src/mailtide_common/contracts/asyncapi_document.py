"""Generates the AsyncAPI 3 document of topics and events, from the topic registry and the event models.

FastStream's own generator (0.7.8) is not used. It makes two channels of one topic with two events, and it
omits keys, headers and topic settings.
"""

import inspect
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from . import notification_headers
from .causes import RECEIVED_AT
from .cloudevents import ATTRIBUTES, CONTENT_TYPE, PREFIX
from .dead_letters import ATTEMPTS, ERROR_CLASS, ERROR_MESSAGE, GROUP, OFFSET, PARTITION, TOPIC
from .events import EVENT_TYPES, Event, SyncKind
from .topics import ALL_TOPICS, DEAD_LETTERS, NOTIFICATIONS, Topic
from .traces import TRACEPARENT

Json = dict[str, Any]

_RECEIVED_AT: Json = {"format": "unix-microseconds"}

BINDING = "0.5.0"
"""Version of the Kafka bindings."""


def document() -> Json:
    """Return the AsyncAPI document. Its parts have a fixed order, so that two documents can be compared."""
    _, schemas = models_json_schema(
        [(event, "serialization") for event in EVENT_TYPES], ref_template="#/components/schemas/{model}"
    )
    messages = {event.__name__: _event(event) for event in EVENT_TYPES}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Mailtide",
            "version": version("mailtide-common"),
            "description": "The Kafka topics of Mailtide. `docs/generated/topics.md` shows them in a table.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in ALL_TOPICS},
        "operations": {
            f"{service.replace(' ', '-')}.{action}.{topic.name}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{topic.name}"},
                "tags": [{"name": service}],
            }
            for topic in ALL_TOPICS
            for action, services in (("send", topic.producers), ("receive", topic.consumers))
            for service in services
        },
        "components": {
            "messages": messages | {"Notification": _notification(), "DeadLetter": _dead_letter()},
            "schemas": schemas["$defs"],
        },
    }


def _channel(topic: Topic) -> Json:
    settings: Json = topic.config()
    settings["cleanup.policy"] = [settings["cleanup.policy"]]
    return {
        "address": topic.name,
        "description": topic.purpose,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                **({"partitions": 1} if topic.single_partition else {}),
                "topicConfiguration": {
                    name: int(value) if name.endswith((".ms", ".bytes")) else value
                    for name, value in settings.items()
                },
                "bindingVersion": BINDING,
            }
        },
    }


def _messages(topic: Topic) -> list[str]:
    if topic is NOTIFICATIONS:
        return ["Notification"]
    if topic is DEAD_LETTERS:
        return ["DeadLetter"]
    return [event.__name__ for event in EVENT_TYPES if topic in _topics(event)]


def _topics(event: type[Event]) -> list[Topic]:
    """Return the topics of an event type, one for each kind of sync. They differ only for `SyncRequested`."""
    return [event.model_construct(kind=kind).topic for kind in SyncKind]


def _event(event: type[Event]) -> Json:
    return _message(
        event.type,
        inspect.cleandoc(event.__doc__ or ""),
        _topics(event)[0].key,
        {
            **_attributes(event.type),
            TRACEPARENT: {},
            RECEIVED_AT: _RECEIVED_AT,
        },
        {"$ref": f"#/components/schemas/{event.__name__}"},
    )


def _attributes(type_: str) -> Json:
    own: Json = {name: {} for name in ATTRIBUTES}
    own |= {"type": {"const": type_}, "time": {"format": "date-time"}}
    return own | {
        **{PREFIX + name: schema for name, schema in own.items()},
        f"{PREFIX}specversion": {"const": "1.0"},
        CONTENT_TYPE: {"const": "application/json"},
    }


def _notification() -> Json:
    names = notification_headers
    return _message(
        names.TYPE,
        f"A webhook request's body, byte for byte as received. `{names.CONTENT_ENCODING}` names its compression.",
        NOTIFICATIONS.key,
        {
            **_attributes(names.TYPE),
            RECEIVED_AT: _RECEIVED_AT,
            names.CONTENT_ENCODING: {},
            names.DELIVERY_ATTEMPT: {},
            TRACEPARENT: {},
        },
        {},
    )


def _dead_letter() -> Json:
    noted = (TOPIC, PARTITION, OFFSET, GROUP, ERROR_CLASS, ERROR_MESSAGE, ATTEMPTS)
    return _message(
        "dead letter",
        "The bytes and headers of the original record. Further headers contain its origin and the reason.",
        DEAD_LETTERS.key,
        {name: {} for name in noted},
        {},
    )


def _message(title: str, description: str, key: str, headers: Json, payload: Json) -> Json:
    return {
        "title": title,
        "description": description,
        "headers": {
            "type": "object",
            "properties": {name: {"type": "string", **schema} for name, schema in headers.items()},
        },
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": BINDING}},
    }
