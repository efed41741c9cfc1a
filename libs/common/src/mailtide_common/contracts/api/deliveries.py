"""Bodies of the routes for the notifier's deliveries."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from .model import Response


class DeliveryState(StrEnum):
    """The state of a delivery."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    """All attempts failed, or one failed permanently."""


class Delivery(Response):
    """A notice, or a digest of several notices, for one channel."""

    id: UUID
    """The id is constant over all attempts, and is sent to the receiver."""
    channel_id: UUID
    channel: str
    event: str
    label: str
    """The subject in words, without mail content."""
    notices: int
    """Number of notices in the delivery."""
    state: DeliveryState
    attempts: int
    """Number of failed attempts. A retry by an operator starts again at 0."""
    error: str | None
    created_at: datetime
    due_at: datetime
    """When the next attempt is due. It has no meaning once the delivery is sent or dead."""
    finished_at: datetime | None


class DeliveryPage(Response):
    """A page of deliveries, newest first."""

    deliveries: tuple[Delivery, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""
