"""Errors of browsers' requests; `app.py` maps them to an HTTP status."""


class BadRequestError(Exception):
    """The request is forged, replayed, expired, or names an address that is not allowed.

    The text is fit for the public.
    """


class ForbiddenError(Exception):
    """The application has not sent this request: its signature is missing, wrong or expired.

    The text is fit for the public.
    """
