"""Errors of requests to the scheduler. `api/problems.py` maps each to an HTTP status."""


class NotFoundError(Exception):
    """The requested object does not exist. The text is shown to the caller."""


class UnknownAccountError(NotFoundError):
    """There is no such account."""

    def __init__(self) -> None:
        super().__init__("there is no such account")


class UnknownUserError(NotFoundError):
    """The user to disconnect never connected the account."""

    def __init__(self) -> None:
        super().__init__("this user has not connected the account: check the user id")


class RefusedError(Exception):
    """The request conflicts with the present state. The text gives the reason and is shown to the caller."""


class WebhookError(Exception):
    """The webhook destination could not be checked or changed.

    The text gives the reason and is shown to the caller.
    """
