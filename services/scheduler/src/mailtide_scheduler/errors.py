"""What a caller of the scheduler did wrong, or cannot have now; `api/problems.py` maps each to an HTTP status."""


class NotFoundError(Exception):
    """What was asked about does not exist. The text says what, fit for the caller."""


class UnknownAccountError(NotFoundError):
    """There is no such account, or the user never connected it."""

    def __init__(self) -> None:
        super().__init__("no such account")


class RefusedError(Exception):
    """What was asked for makes no sense in the present state. The text says why, fit for the caller."""


class WebhookError(Exception):
    """Nylas did not keep, or could not be asked to keep, the webhook destination. The text says why."""
