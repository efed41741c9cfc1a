"""Base classes of events."""

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import Topic


class Event(BaseModel, ABC):
    """Base of all events: facts and requests that are published to Kafka."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    type: ClassVar[str]
    """The event's type, the value of the header `type`."""

    default_topic: ClassVar[Topic]

    @property
    def topic(self) -> Topic:
        """The topic to which the event is published."""
        return self.default_topic

    @property
    @abstractmethod
    def key(self) -> str:
        """The record's key."""


class GrantEvent(Event):
    """Base of the events about a grant."""

    grant_id: str

    @property
    def key(self) -> str:
        """The record's key. It begins with the grant, so a grant's events are in one partition per topic."""
        return part(self.grant_id)
