"""Errors of requests by browsers; `app.py` maps them to an HTTP status."""


class BadRequestError(Exception):
    """The request is forged, replayed or expired, or its `return_to` is not allowed.

    The message is shown to the user, so it contains no secrets.
    """


class ForbiddenError(Exception):
    """The application has not sent this request: its signature is missing, wrong or expired.

    The message is shown to the user, so it contains no secrets.
    """
