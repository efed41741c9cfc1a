"""Errors of requests to the scheduler; `api/problems.py` maps each to an HTTP status."""


class NotFoundError(Exception):
    """The requested object does not exist. The text is shown to the caller."""


class UnknownAccountError(NotFoundError):
    """There is no such account, or the user whose connection should end never connected it."""

    def __init__(self) -> None:
        super().__init__("there is no such account")


class RefusedError(Exception):
    """The request conflicts with the present state. The text gives the reason and is shown to the caller."""


class WebhookError(Exception):
    """The webhook destination could not be checked or changed at Nylas. The text gives the reason to the caller."""
