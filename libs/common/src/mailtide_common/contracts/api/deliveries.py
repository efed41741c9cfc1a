"""What the notifier sent, and what became of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from .model import Response


class DeliveryState(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    """It failed too often, or for good."""


class Delivery(Response):
    """A notice or a digest for one channel."""

    id: UUID
    """The same at each try."""
    channel_id: UUID
    channel: str
    event: str
    label: str
    """What it is about, without mail content."""
    notices: int
    """Number of notices in it."""
    state: DeliveryState
    attempts: int
    """Failed ones."""
    error: str | None
    created_at: datetime
    due_at: datetime
    """When it is tried next."""
    finished_at: datetime | None


class DeliveryPage(Response):
    """Deliveries, newest first."""

    deliveries: tuple[Delivery, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""
