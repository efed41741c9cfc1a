"""Base classes of events."""

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import Topic


class Event(BaseModel, ABC):
    """A fact or a request, as it travels through Kafka."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    type: ClassVar[str]
    """Value of the record's `type` header."""

    default_topic: ClassVar[Topic]

    @property
    def topic(self) -> Topic:
        """The topic that the event is published to."""
        return self.default_topic

    @property
    @abstractmethod
    def key(self) -> str:
        """The record's key."""


class GrantEvent(Event):
    """An event about a grant."""

    grant_id: str

    @property
    def key(self) -> str:
        """`grant`, or a key that begins with it: all events of a grant are in one partition."""
        return part(self.grant_id)
