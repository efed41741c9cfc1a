"""Errors of requests by browsers; `app.py` maps them to an HTTP status."""


class BadRequestError(Exception):
    """An OAuth request has an invalid, expired or used state, no usable cookie, or a wrong `return_to`.

    The message is shown to the user, so it contains no secrets.
    """


class ForbiddenError(Exception):
    """The connect link is unsigned, altered, malformed or expired, or CONNECT_SECRET is missing.

    The message is shown to the user, so it contains no secrets.
    """
