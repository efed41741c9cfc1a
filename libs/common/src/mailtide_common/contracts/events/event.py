"""What every event is."""

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from mailtide_common.contracts.topics import Topic


class Event(BaseModel, ABC):
    """Something that happened or is wanted, as it travels through Kafka."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    type: ClassVar[str]
    """Value of the record's `type` header."""

    @abstractmethod
    def topic(self) -> Topic:
        """The topic this event belongs to."""

    @abstractmethod
    def key(self) -> str:
        """The record's key."""
