"""Errors that a page shows."""

from mailtide_common.runtime.errors import PermanentError


class NotFoundError(PermanentError):
    """The requested object does not exist."""


class RefusedError(PermanentError):
    """An action was refused; the text has the reason."""
