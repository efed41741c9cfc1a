"""Errors of requests by browsers; `app.py` maps them to an HTTP status."""


class BadRequestError(Exception):
    """The request is forged, replayed or expired, its cookie is missing or unusable, or its `return_to` is not allowed.

    The message is shown to the user, so it contains no secrets.
    """


class ForbiddenError(Exception):
    """The connect link is refused: unsigned, altered, expired or malformed, or CONNECT_SECRET is missing.

    The message is shown to the user, so it contains no secrets.
    """
