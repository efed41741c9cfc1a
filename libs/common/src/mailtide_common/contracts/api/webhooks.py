"""The webhook destination."""

from datetime import datetime

from .model import Response


class WebhookDestination(Response):
    """A webhook destination at Nylas."""

    id: str
    url: str
    description: str | None
    trigger_types: tuple[str, ...]
    status: str
    """Nylas' name of the status."""
    has_secret: bool
    created_at: datetime
    updated_at: datetime


class DestinationState(Response):
    """The webhook destination that Mailtide maintains, as the last check found it."""

    url: str
    """URL to which Nylas is to deliver."""
    managed: bool
    """Whether Mailtide maintains the destination; otherwise an operator does."""
    destination_id: str | None
    error: str | None
    """The error of the last check; null if it succeeded."""


class WebhookStatus(DestinationState):
    """The webhook destination that Mailtide maintains, and all destinations that it has stored."""

    failures: int
    """Failed checks in a row."""
    destinations: tuple[WebhookDestination, ...]
