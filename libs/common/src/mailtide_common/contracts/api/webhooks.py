"""Bodies of the routes for webhook destinations."""

from datetime import datetime

from .model import Response


class WebhookDestination(Response):
    """A webhook destination at Nylas."""

    id: str
    url: str
    description: str | None
    trigger_types: tuple[str, ...]
    status: str
    """The status as named by Nylas."""
    has_secret: bool
    created_at: datetime
    updated_at: datetime


class DestinationState(Response):
    """The webhook destination below PUBLIC_URL, at the time of the last check."""

    url: str
    """URL to which Nylas is expected to deliver."""
    managed: bool
    """Whether Mailtide maintains the destination; if not, an operator has to."""
    destination_id: str | None
    error: str | None
    """The error of the last check; null if it succeeded."""
    person_needed: bool = False
    """Whether the error needs a person; an outage does not, since checks are repeated."""


class WebhookStatus(DestinationState):
    """The state of the webhook destination below PUBLIC_URL, and all stored destinations."""

    failures: int
    """Failed checks in a row."""
    destinations: tuple[WebhookDestination, ...]
