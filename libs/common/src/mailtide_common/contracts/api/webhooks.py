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
    """The status, in Nylas' words."""
    has_secret: bool
    created_at: datetime
    updated_at: datetime


class DestinationState(Response):
    """The webhook destination below PUBLIC_URL, at the time of the last check."""

    url: str
    """URL to which Nylas should deliver."""
    managed: bool
    """Whether Mailtide maintains the destination. If not, an operator has to."""
    destination_id: str | None
    error: str | None
    """Why the last check failed, or that there was none yet. Null if it succeeded, or if the destination is
    not managed."""
    person_needed: bool = False
    """Whether the error needs a person. An outage does not, because the check is repeated."""


class WebhookStatus(DestinationState):
    """The state of the webhook destination below PUBLIC_URL, with all stored destinations."""

    failures: int
    """Failed checks in a row."""
    destinations: tuple[WebhookDestination, ...]
