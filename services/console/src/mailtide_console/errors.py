"""Errors that a page shows."""

from mailtide_common.runtime.errors import PermanentError


class NotFoundError(PermanentError):
    """The requested object does not exist."""


class RefusedError(PermanentError):
    """The action was refused; the text gives the reason."""
