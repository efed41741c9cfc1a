"""Errors of browsers' requests; `app.py` maps them to an HTTP status."""


class BadRequestError(Exception):
    """The request is forged, replayed, expired, or names an address that is not allowed.

    The text is fit for the public.
    """
